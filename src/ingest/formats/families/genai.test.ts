import { describe, expect, it } from 'vitest'
import type { JsonObject, JsonValue } from '../../../storage/telemetry/record.ts'
import { readSpan } from './family.ts'
import { FAMILIES } from './index.ts'
import { SpanSource } from './source.ts'

interface TestEvent {
  name: string
  attributes: JsonObject
}

function read(attributes: JsonObject, events: TestEvent[] = []) {
  const sourceEvents = events.map((event) => ({
    name: event.name,
    attributes: new Map(Object.entries(event.attributes)),
  }))
  const source = new SpanSource(new Map(Object.entries(attributes)), sourceEvents, '')
  const reading = readSpan(FAMILIES, source)
  const parsed = (text: string | undefined): JsonValue => JSON.parse(text ?? 'null')
  return {
    reading,
    rest: Object.fromEntries(source.rest()),
    left: sourceEvents.filter((event) => !source.isTaken(event)).map(({ name }) => name),
    input: () => parsed(reading.input),
    output: () => parsed(reading.output),
  }
}

const CALL = { type: 'function', function: { name: 'get_weather', arguments: '{"city":"Paris"}' } }

describe('numbered prompts (before 1.28)', () => {
  it('are messages, with deprecated token names', () => {
    const { reading, input, output, rest } = read({
      'gen_ai.system': 'OpenAI',
      'gen_ai.request.model': 'gpt-4o',
      'gen_ai.response.model': 'gpt-4o-2024-08-06',
      'gen_ai.request.max_tokens': 100,
      'gen_ai.prompt.0.role': 'system',
      'gen_ai.prompt.0.content': 'Be kind.',
      'gen_ai.prompt.1.role': 'user',
      'gen_ai.prompt.1.content': 'Weather?',
      'gen_ai.completion.0.role': 'assistant',
      'gen_ai.completion.0.finish_reason': 'tool_calls',
      'gen_ai.completion.0.tool_calls.0.id': 'call_1',
      'gen_ai.completion.0.tool_calls.0.name': 'get_weather',
      'gen_ai.completion.0.tool_calls.0.arguments': '{"city":"Paris"}',
      'gen_ai.completion.1.content': 'Or so.',
      'gen_ai.usage.prompt_tokens': 10,
      'gen_ai.usage.completion_tokens': 5,
      'llm.usage.total_tokens': 15,
      'gen_ai.usage.cache_read_input_tokens': 4,
      'llm.is_streaming': false,
    })
    expect(reading).toMatchObject({
      type: { type: 'llm', kind: null },
      model: 'gpt-4o-2024-08-06',
      requested_model: 'gpt-4o',
      provider: 'openai',
      parameters: { max_tokens: 100 },
      usage: { input: 10, output: 5, cacheRead: 4 },
    })
    expect(input()).toEqual([
      { role: 'system', content: 'Be kind.' },
      { role: 'user', content: 'Weather?' },
    ])
    expect(output()).toEqual([
      { role: 'assistant', content: null, tool_calls: [{ id: 'call_1', ...CALL }], finish_reason: 'tool_calls' },
      { role: 'assistant', content: 'Or so.' },
    ])
    expect(rest).toEqual({ 'llm.is_streaming': false })
  })
})

describe('messages as JSON in attributes (1.37 and later)', () => {
  const attributes = {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'anthropic',
    'gen_ai.request.model': 'claude-sonnet-4-5',
    'gen_ai.conversation.id': 'conv-1',
    'gen_ai.response.finish_reasons': ['stop'],
    'gen_ai.usage.input_tokens': 2000,
    'gen_ai.usage.output_tokens': 50,
    'gen_ai.usage.cache_read.input_tokens': 1500,
    'gen_ai.usage.cache_creation.input_tokens': 200,
    'gen_ai.usage.reasoning.output_tokens': 20,
  }
  const system = [{ type: 'text', content: 'Be kind.' }]
  const asked = [
    { role: 'user', parts: [{ type: 'text', content: 'Weather?' }] },
    { role: 'assistant', parts: [{ type: 'tool_call', id: 'c1', name: 'get_weather', arguments: { city: 'Paris' } }] },
    {
      role: 'tool',
      parts: [
        { type: 'tool_call_response', id: 'c1', result: 'rainy' },
        { type: 'tool_call_response', id: 'c2', response: { t: 9 } },
      ],
    },
    {
      role: 'user',
      parts: [
        { type: 'text', content: 'And this?' },
        { type: 'uri', modality: 'image', uri: 'https://e.org/i.png' },
      ],
    },
  ]
  const answered = [
    {
      role: 'assistant',
      parts: [
        { type: 'reasoning', content: 'Hm.' },
        { type: 'text', content: 'Rain.' },
      ],
      finish_reason: 'stop',
    },
  ]
  const messages = {
    'gen_ai.system_instructions': system,
    'gen_ai.input.messages': asked,
    'gen_ai.output.messages': answered,
  }
  const asText = Object.fromEntries(Object.entries(messages).map(([key, value]) => [key, JSON.stringify(value)]))

  it.each<[string, JsonObject, TestEvent[]]>([
    ['structured', messages, []],
    ['as text', asText, []],
    ['in the event', {}, [{ name: 'gen_ai.client.inference.operation.details', attributes: asText }]],
  ])('%s', (_, more, events) => {
    const { reading, input, output, rest, left } = read({ ...attributes, ...more }, events)
    expect(input()).toEqual([
      { role: 'system', content: 'Be kind.' },
      { role: 'user', content: 'Weather?' },
      { role: 'assistant', content: null, tool_calls: [{ id: 'c1', ...CALL }] },
      { role: 'tool', content: 'rainy', tool_call_id: 'c1' },
      { role: 'tool', content: '{"t":9}', tool_call_id: 'c2' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'And this?' },
          { type: 'uri', modality: 'image', uri: 'https://e.org/i.png' },
        ],
      },
    ])
    expect(output()).toEqual([{ role: 'assistant', content: 'Rain.', reasoning: 'Hm.', finish_reason: 'stop' }])
    expect(reading.usage).toMatchObject({ input: 2000, output: 50, cacheRead: 1500, cacheWrite: 200, reasoning: 20 })
    expect(reading).toMatchObject({ sessionId: 'conv-1', finish_reasons: ['stop'], provider: 'anthropic' })
    expect([rest, left]).toEqual([{}, []])
  })

  it('leave alone an event that disagrees with the span', () => {
    const events = [
      { name: 'gen_ai.client.inference.operation.details', attributes: { 'gen_ai.operation.name': 'other' } },
    ]
    expect(read(attributes, events).left).toHaveLength(1)
  })

  it('keep text that is not a list of messages', () => {
    const { reading } = read({ 'gen_ai.input.messages': 'just text', 'gen_ai.output.messages': '["a",{"role":"x"}]' })
    expect(reading).toMatchObject({ input: 'just text', output: '["a",{"role":"x"}]' })
  })
})

describe('messages as events (1.28 to 1.36)', () => {
  it('are taken in their order', () => {
    const { input, output, left } = read({ 'gen_ai.operation.name': 'chat' }, [
      { name: 'gen_ai.system.message', attributes: { 'gen_ai.system': 'openai', content: 'Be kind.' } },
      { name: 'gen_ai.user.message', attributes: { 'gen_ai.event.content': '{"content":"Weather?","role":"user"}' } },
      { name: 'gen_ai.assistant.message', attributes: { tool_calls: JSON.stringify([{ id: 'c1', ...CALL }]) } },
      { name: 'gen_ai.tool.message', attributes: { id: 'c1', content: 'rainy' } },
      { name: 'retry', attributes: {} },
      {
        name: 'gen_ai.choice',
        attributes: { index: 0, finish_reason: 'stop', message: '{"content":"Rain.","role":"assistant"}' },
      },
      { name: 'gen_ai.choice', attributes: { index: 1, finish_reason: 'stop', content: 'Sun.' } },
    ])
    expect(input()).toEqual([
      { role: 'system', content: 'Be kind.' },
      { role: 'user', content: 'Weather?' },
      { role: 'assistant', content: null, tool_calls: [{ id: 'c1', ...CALL }] },
      { role: 'tool', content: 'rainy', tool_call_id: 'c1' },
    ])
    expect(output()).toEqual([
      { role: 'assistant', content: 'Rain.', index: 0, finish_reason: 'stop' },
      { role: 'assistant', content: 'Sun.', index: 1, finish_reason: 'stop' },
    ])
    expect(left).toEqual(['retry'])
  })

  it('may hold the whole prompt', () => {
    const { reading, output, left } = read({}, [
      { name: 'gen_ai.content.prompt', attributes: { 'gen_ai.prompt': 'Weather?' } },
      {
        name: 'gen_ai.content.completion',
        attributes: { 'gen_ai.completion': '[{"role":"assistant","content":"Rain."}]' },
      },
    ])
    expect(reading.input).toBe('Weather?')
    expect(output()).toEqual([{ role: 'assistant', content: 'Rain.' }])
    expect(left).toEqual([])
  })
})

describe('operations', () => {
  it.each<[string, JsonObject, JsonObject]>([
    ['chat', { 'gen_ai.operation.name': 'chat' }, { type: 'llm', kind: null }],
    ['embeddings', { 'gen_ai.operation.name': 'embeddings' }, { type: 'other', kind: 'embedding' }],
    ['an agent', { 'gen_ai.operation.name': 'invoke_agent' }, { type: 'other', kind: 'agent' }],
    ['one of the future', { 'gen_ai.operation.name': 'dream' }, { type: 'other', kind: 'dream' }],
    ['a tool by its name', { 'gen_ai.tool.name': 'x' }, { type: 'tool', kind: null }],
    ['a call by its tokens', { 'gen_ai.usage.input_tokens': 1 }, { type: 'llm', kind: null }],
  ])('%s', (_, attributes, type) => expect(read(attributes).reading.type).toEqual(type))

  it('of a tool have its arguments and result', () => {
    const { reading, rest } = read({
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'get_weather',
      'gen_ai.tool.call.id': 'c1',
      'gen_ai.tool.type': 'function',
      'gen_ai.tool.call.arguments': '{"city":"Paris"}',
      'gen_ai.tool.call.result': { t: 9 },
    })
    expect(reading).toMatchObject({ input: '{"city":"Paris"}', output: '{"t":9}' })
    expect(reading.tool).toEqual({ name: 'get_weather', call_id: 'c1', type: 'function' })
    expect(rest).toEqual({})
  })
})

describe('tokens', () => {
  const usage = (counts: JsonObject) =>
    read(Object.fromEntries(Object.entries(counts).map(([key, value]) => [`gen_ai.usage.${key}`, value]))).reading.usage

  it('of a raw Anthropic response get their cached part added', () => {
    const raw = { input_tokens: 21, output_tokens: 9, cache_read_input_tokens: 4000, cache_creation_input_tokens: 10 }
    expect(usage(raw)).toMatchObject({ input: 4031, cacheRead: 4000, cacheWrite: 10 })
  })

  it('may be text', () =>
    expect(usage({ input_tokens: '12', output_tokens: 'many' })).toMatchObject({ input: 12, output: null }))
})
