import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { call } from './client.ts'
import { API_KEY, Appliance } from './process.ts'

const ROOT = path.resolve(import.meta.dirname, '../..')

/** The application in `fixtures/record`: the `openai` package, OpenInference and OpenTelemetry's exporter. Answers its trace's id. */
async function runApp({ url }: Appliance, protocol: string): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', 'fixtures/record/openai-app.ts'], {
    cwd: ROOT,
    env: {
      PATH: process.env.PATH,
      OTEL_EXPORTER_OTLP_ENDPOINT: url,
      OTEL_EXPORTER_OTLP_HEADERS: `Authorization=Bearer%20${API_KEY}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
    },
  })
  const hex = stdout.trim()
  expect(hex).toMatch(/^[0-9a-f]{32}$/)
  return hex
}

interface Span {
  id: string
  parent_span_id: string | null
  input: string | null
  output: string | null
}

it.each(['http/protobuf', 'http/json'])(
  'shows a real application as what it did (%s)',
  { timeout: 30_000 },
  async (protocol) => {
    const appliance = await Appliance.start()
    const hex = await runApp(appliance, protocol)

    const { body: list } = await call(appliance, 'GET /v1/traces')
    const [listed, ...others] = list.traces as { id: string }[]
    expect(others).toEqual([])
    expect(listed).toMatchObject({ otel_trace_id: hex, name: 'trip' })
    const { body: trace } = await call(appliance, `GET /v1/traces/${listed?.id}`)
    expect(trace).toMatchObject({
      ...{ otel_trace_id: hex, name: 'trip', session_id: 'session-7', user_id: 'user-9', environment: 'test' },
      ...{ input: 'Plan a trip to France.', output: 'Go to Paris.', tags: ['beta', 'europe'] },
      ...{ model: 'gpt-4o-mini-2024-07-18', total_token_count: 2 * 1220, span_count: 7 },
      ...{ error: expect.stringContaining('timed out'), failure_type: 'timeout' },
    })
    // 176 tokens of input, 1,024 cached ones at half the price, 20 of output; two calls.
    expect(trace.cost).toBeCloseTo((2 * (176 * 0.15 + 1024 * 0.075 + 20 * 0.6)) / 1e6, 9)

    const [root, ...steps] = trace.spans as Span[]
    expect(root).toMatchObject({ name: 'trip', kind: 'agent', parent_span_id: null, error: null })
    expect(steps.map(({ parent_span_id }) => parent_span_id)).toEqual(Array(6).fill(root?.id))
    const [chat, streamed, asksTool, tool, limited, slow] = steps
    const tokens = { prompt_tokens: 1200, completion_tokens: 20, cache_read_tokens: 1024 }
    const answered = { type: 'llm', provider: 'openai', model: 'gpt-4o-mini-2024-07-18', ...tokens, error: null }
    expect(chat).toMatchObject(answered)
    expect(messages(chat?.input)).toEqual([
      { role: 'system', content: 'You know France.' },
      { role: 'user', content: 'capital of France?' },
    ])
    expect(messages(chat?.output)).toEqual([{ role: 'assistant', content: 'Paris.' }])
    // The instrumentation reports no usage of a streamed answer.
    expect(streamed).toMatchObject({ type: 'llm', model: 'gpt-4o-mini' })
    expect(messages(streamed?.output)).toEqual([{ role: 'assistant', content: 'The Eiffel tower, of course.' }])
    expect(asksTool).toMatchObject(answered)
    const toolCall = { id: 'call_1', function: { name: 'get_weather', arguments: '{"city":"Paris"}' } }
    expect(messages(asksTool?.output)).toMatchObject([{ role: 'assistant', tool_calls: [toolCall] }])
    expect(tool).toMatchObject({
      type: 'tool',
      name: 'get_weather',
      input: '{"city":"Paris"}',
      output: 'sunny',
      error: null,
    })
    expect(limited).toMatchObject({
      name: 'limited',
      error: expect.stringContaining('429'),
      failure_type: 'rate_limit',
    })
    expect(slow).toMatchObject({ name: 'slow', error: expect.stringContaining('timed out'), failure_type: 'timeout' })

    const failed = await call(
      appliance,
      'GET /v1/traces?failure_type=timeout&model=gpt-4o-mini-2024-07-18&session_id=session-7',
    )
    expect(failed.body.traces).toHaveLength(1)
  },
)

const messages = (text: unknown): unknown => JSON.parse(String(text))
