import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../storage/telemetry/record.ts'
import { readSpan } from './family.ts'
import { FAMILIES } from './index.ts'
import { SpanSource } from './source.ts'

function read(attributes: JsonObject) {
  const source = new SpanSource(new Map(Object.entries(attributes)), [], '')
  const reading = readSpan(FAMILIES, source)
  return { reading, rest: Object.fromEntries(source.rest()), json: (text?: string) => JSON.parse(text ?? 'null') }
}
const kind = (name: string) => ({ 'openinference.span.kind': name })
const IN = 'llm.input_messages'

describe('a model call', () => {
  it('has messages of every form', () => {
    const { reading, rest, json } = read({
      ...kind('LLM'),
      [`${IN}.0.message.role`]: 'user',
      [`${IN}.0.message.contents.0.message_content.type`]: 'text',
      [`${IN}.0.message.contents.0.message_content.text`]: 'What is this?',
      [`${IN}.0.message.contents.1.message_content.type`]: 'image',
      [`${IN}.0.message.contents.1.message_content.image.image.url`]: 'https://e.org/i.png',
      [`${IN}.1.message.role`]: 'tool',
      [`${IN}.1.message.tool_call_id`]: 'c1',
      [`${IN}.1.message.content`]: 'rainy',
      [`${IN}.2.message.role`]: 'assistant',
      [`${IN}.2.message.function_call_name`]: 'f',
      [`${IN}.2.message.function_call_arguments_json`]: '{}',
      [`${IN}.10.message.role`]: 'user',
      [`${IN}.10.message.contents.0.message_content.type`]: 'text',
      [`${IN}.10.message.contents.0.message_content.text`]: 'Last.',
      'llm.output_messages.0.message.role': 'assistant',
      'llm.output_messages.0.message.tool_calls.0.tool_call.id': 'c2',
      'llm.output_messages.0.message.tool_calls.0.tool_call.function.name': 'g',
      'llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments': '{"a":1}',
      'input.value': '{"messages":[]}',
      'input.mime_type': 'application/json',
    })
    expect(json(reading.input)).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is this?' },
          { type: 'image', image: { url: 'https://e.org/i.png' } },
        ],
      },
      { role: 'tool', content: 'rainy', tool_call_id: 'c1' },
      { role: 'assistant', content: null, function_call: { name: 'f', arguments: '{}' } },
      { role: 'user', content: 'Last.' },
    ])
    expect(json(reading.output)).toEqual([
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'c2', type: 'function', function: { name: 'g', arguments: '{"a":1}' } }],
      },
    ])
    expect(rest).toEqual({ 'input.value': '{"messages":[]}', 'input.mime_type': 'application/json' })
  })

  it('has tokens, parameters, tools, prompt and what the application adds', () => {
    const { reading, rest } = read({
      ...kind('LLM'),
      'llm.model_name': 'claude-sonnet-4-5-20250929',
      'llm.request.model_name': 'claude-sonnet-4-5',
      'llm.provider': 'anthropic',
      'llm.token_count.prompt': 100,
      'llm.token_count.completion': 20,
      'llm.token_count.total': 120,
      'llm.token_count.prompt_details.cache_read': 60,
      'llm.token_count.prompt_details.cache_write': 10,
      'llm.token_count.completion_details.reasoning': 5,
      'llm.invocation_parameters': '{"temperature":0}',
      'llm.tools.0.tool.json_schema': '{"name":"g"}',
      'llm.prompt_template.template': 'Hi {name}',
      'llm.prompt_template.variables': '{"name":"Ann"}',
      'llm.prompt_template.version': 'v3',
      'llm.cost.total': 0.25,
      'session.id': 's',
      'user.id': 'u',
      'tag.tags': '["a","b"]',
      metadata: '{"plan":"pro"}',
    })
    expect(reading).toMatchObject({
      model: 'claude-sonnet-4-5-20250929',
      requested_model: 'claude-sonnet-4-5',
      provider: 'anthropic',
      usage: { input: 100, output: 20, cacheRead: 60, cacheWrite: 10, reasoning: 5 },
      cost: 0.25,
      parameters: { temperature: 0 },
      tools: [{ name: 'g' }],
      prompt: { template: 'Hi {name}', variables: { name: 'Ann' }, version: 'v3' },
      sessionId: 's',
      userId: 'u',
      tags: ['a', 'b'],
      metadata: { plan: 'pro' },
      traceMetadata: { plan: 'pro' },
    })
    expect(rest).toEqual({})
  })
})

describe('retrieval', () => {
  const documents = {
    'retrieval.documents.0.document.id': 'd1',
    'retrieval.documents.0.document.content': 'Paris is …',
    'retrieval.documents.0.document.score': 0.9,
    'retrieval.documents.0.document.metadata': '{"page":3}',
    'retrieval.documents.1.document.content': 'Rome is …',
  }
  const list = [{ id: 'd1', content: 'Paris is …', score: 0.9, metadata: { page: 3 } }, { content: 'Rome is …' }]

  it('gives the documents as output, and by name', () => {
    const { reading, json, rest } = read({ ...kind('RETRIEVER'), 'input.value': 'capital?', ...documents })
    expect(reading).toMatchObject({ type: { type: 'retrieval', kind: null }, input: 'capital?', documents: list })
    expect(json(reading.output)).toEqual(list)
    expect(rest).toEqual({})
  })

  it('keeps an output of its own', () => {
    expect(read({ ...kind('RETRIEVER'), 'output.value': 'two', ...documents }).reading).toMatchObject({
      output: 'two',
      documents: list,
    })
  })

  it('ranks', () => {
    const { reading, json, rest } = read({
      ...kind('RERANKER'),
      'reranker.query': 'capital?',
      'reranker.top_k': 1,
      'reranker.model_name': 'rerank-3',
      'reranker.input_documents.0.document.id': 'a',
      'reranker.output_documents.0.document.id': 'b',
    })
    expect(reading).toMatchObject({
      type: { type: 'retrieval', kind: 'reranker' },
      model: 'rerank-3',
      input: 'capital?',
      reranker: { query: 'capital?', top_k: 1, input_documents: [{ id: 'a' }] },
      documents: [{ id: 'b' }],
    })
    expect(json(reading.output)).toEqual([{ id: 'b' }])
    expect(rest).toEqual({})
  })
})

describe('other kinds', () => {
  it.each([
    ['TOOL', 'tool', null],
    ['EMBEDDING', 'other', 'embedding'],
    ['AGENT', 'other', 'agent'],
    ['CHAIN', 'other', 'chain'],
    ['GUARDRAIL', 'other', 'guardrail'],
    ['EVALUATOR', 'other', 'evaluator'],
    ['SOMETHING', 'other', 'something'],
  ])('%s', (name, type, finer) => expect(read(kind(name)).reading.type).toEqual({ type, kind: finer }))

  it('embed texts', () => {
    const { reading } = read({
      ...kind('EMBEDDING'),
      'embedding.model_name': 'text-embedding-3-small',
      'embedding.embeddings.0.embedding.text': 'a',
      'embedding.embeddings.0.embedding.vector': [0.5, 0.25],
      'llm.token_count.prompt': 3,
    })
    const embeddings = [{ text: 'a', vector: [0.5, 0.25] }]
    expect(reading).toMatchObject({ model: 'text-embedding-3-small', embeddings, usage: { input: 3, output: null } })
  })

  it('call tools', () => {
    const { reading, rest } = read({
      ...kind('TOOL'),
      'tool.name': 'get_weather',
      'tool.description': 'Weather of a city',
      'tool.parameters': '{"city":"Paris"}',
    })
    expect(reading.input).toBe('{"city":"Paris"}')
    expect(reading.tool).toEqual({
      name: 'get_weather',
      description: 'Weather of a city',
      parameters: { city: 'Paris' },
    })
    expect(rest).toEqual({})
  })
})
