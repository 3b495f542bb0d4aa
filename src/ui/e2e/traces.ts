const MINUTE = 60_000
const QUESTIONS = ['Where is my order 48213?', 'Can I get a refund for the boots?', 'My card was charged twice']
const ANSWER = 'Your order **48213** left our warehouse on Monday.\n\n- Tracking: `0034`\n- Expected: Thursday'
const ERROR = 'RateLimitError: 429 Too Many Requests\n    at Client.request (/app/client.js:412:19)'

/** Traces of a support agent over the last hours, every eighth of which failed; the same whenever it is asked. */
export function someTraces(count: number): object[] {
  const now = Date.now()
  return Array.from({ length: count }, (_, i) => trace(i, now - (count - i) * 4 * MINUTE))
}

/** Four days of a quiet service, and one hour, three hours ago, in which most of it failed. */
export function anOddHour(project: string): object[] {
  const hour = 60 * MINUTE
  const now = Math.floor(Date.now() / hour) * hour
  const [hours, each, odd] = [96, 16, 3]
  return Array.from({ length: hours * each }, (_, i) => {
    const back = Math.floor(i / each) + 1
    const at = now - back * hour + (i % each) * 2 * MINUTE
    const failed = back === odd && i % each < 14
    return {
      ...{ project_id: project, name: 'quiet', ...(failed ? { error: ERROR } : {}) },
      ...{ started_at: new Date(at).toISOString(), ended_at: new Date(at + 900 + (i % 7) * 20).toISOString() },
    }
  })
}

function trace(i: number, at: number): object {
  const time = (ms: number) => new Date(at + ms).toISOString()
  const failed = i % 8 === 5
  const question = QUESTIONS[i % QUESTIONS.length]
  const model = i % 3 === 0 ? 'gpt-4o-mini' : 'gpt-4o'
  const id = (step: string) => `trace-${i}-${step}`
  const call = {
    id: `call-${i}`,
    type: 'function',
    function: { name: 'lookup_order', arguments: '{"order_id":48213}' },
  }
  const asked = [
    { role: 'system', content: 'You are a support agent.' },
    { role: 'user', content: question },
    { role: 'assistant', content: null, tool_calls: [call] },
    { role: 'tool', tool_call_id: call.id, content: '{"state":"in_transit"}' },
  ]
  const documents = [
    { id: 'kb-1', title: 'Returns and refunds', score: 0.87, content: 'Unworn items can be returned within 60 days.' },
    { id: 'kb-2', title: 'Delivery times', score: 0.71, content: 'Orders ship within 24 hours.' },
  ]
  const long = 2_400 + i * 60
  return {
    id: `trace-${i}`,
    name: 'support-agent',
    session_id: `conversation-${i % 5}`,
    user_id: `user-${i % 7}`,
    input: question,
    output: failed ? null : ANSWER,
    ...(failed ? { error: ERROR } : {}),
    tags: { team: 'care' },
    metadata: { tier: i % 2 === 0 ? 'pro' : 'free' },
    started_at: time(0),
    ended_at: time(long),
    spans: [
      {
        id: id('root'),
        name: 'support-agent',
        type: 'agent',
        input: question,
        start_time: time(0),
        end_time: time(long),
      },
      {
        ...{ id: id('docs'), parent_span_id: id('root'), name: 'retrieve policy', type: 'retrieval', input: question },
        ...{ output: JSON.stringify(documents), start_time: time(20), end_time: time(140) },
      },
      {
        ...{
          id: id('tool'),
          parent_span_id: id('root'),
          name: 'lookup_order',
          type: 'tool',
          input: '{"order_id":48213}',
        },
        ...{ output: '{"state":"in_transit"}', start_time: time(150), end_time: time(600) },
      },
      {
        ...{ id: id('chat'), parent_span_id: id('root'), name: `chat ${model}`, type: 'llm', model, input: asked },
        ...(failed ? { error: ERROR } : { output: [{ role: 'assistant', content: ANSWER }] }),
        ...{ prompt_tokens: 900 + i, completion_tokens: 120, start_time: time(620), end_time: time(long) },
      },
    ],
    events: failed
      ? [
          {
            span_id: id('chat'),
            level: 'error',
            message: 'the call failed',
            created_at: time(long),
            metadata: { retries: 3 },
          },
        ]
      : [],
  }
}
