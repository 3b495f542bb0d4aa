import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonObject, JsonValue } from '../../../storage/telemetry/record.ts'
import { type Family, readSpan } from './family.ts'
import { FAMILIES } from './index.ts'
import { SpanSource } from './source.ts'

const sourceOf = (attributes: JsonObject, scope = '') => new SpanSource(new Map(Object.entries(attributes)), [], scope)
const text =
  (key: string): NonNullable<Family['fields']['model']> =>
  (source) =>
    source.takeText(key)

describe('families', () => {
  const first: Family = { name: 'first', claims: (source) => source.has('a.model'), fields: { model: text('a.model') } }
  const second: Family = {
    name: 'second',
    claims: () => true,
    fields: { model: text('b.model'), provider: text('b.provider') },
  }

  it('are asked in order, field by field, and what lost is not taken', () => {
    const source = sourceOf({ 'a.model': 'A', 'b.model': 'B', 'b.provider': 'p' })
    expect(readSpan([first, second], source)).toEqual({ model: 'A', provider: 'p' })
    expect(source.rest()).toEqual([['b.model', 'B']])
  })

  it('are passed over when they do not claim the span', () => {
    expect(readSpan([first, second], sourceOf({ 'b.model': 'B' }))).toEqual({ model: 'B' })
  })

  it('of real spans: OpenInference before GenAI', () => {
    const source = sourceOf({
      'openinference.span.kind': 'LLM',
      'llm.model_name': 'from openinference',
      'gen_ai.response.model': 'from genai',
      'gen_ai.conversation.id': 'c',
      'llm.token_count.prompt': 5,
      'gen_ai.usage.input_tokens': 6,
    })
    const reading = readSpan(FAMILIES, source)
    expect(reading).toMatchObject({ model: 'from openinference', sessionId: 'c', usage: { input: 5 } })
    expect(source.rest().map(([key]) => key)).toEqual(['gen_ai.response.model', 'gen_ai.usage.input_tokens'])
  })

  it.each(['constructor', '__proto__', 'toString'])('make nothing of a kind called %s but that kind', (kind) => {
    const reading = readSpan(FAMILIES, sourceOf({ 'gen_ai.operation.name': kind }))
    expect(reading.type).toEqual({ type: 'other', kind })
  })
})

describe('numbered attributes', () => {
  const list = (attributes: JsonObject): JsonValue[] => sourceOf(attributes).takeList('p.q.')

  it('become a list in the order of their numbers', () => {
    expect(list({ 'p.q.10.a': 3, 'p.q.2.a': 2, 'p.q.2.b.1.c': 'y', 'p.q.2.b.0.c': 'x', 'p.q.0': 'plain' })).toEqual([
      'plain',
      { a: 2, b: [{ c: 'x' }, { c: 'y' }] },
      { a: 3 },
    ])
  })

  it('leave alone what is not numbered, runs through another, or goes too deep', () => {
    const source = sourceOf({
      'p.q.name': 1,
      'p.q.0.a': 1,
      'p.q.0.a.b': 2,
      [`p.q.0${'.x'.repeat(5000)}`]: 3,
      'p.q.999999999.a': 4,
    })
    expect(source.takeList('p.q.')).toEqual([{ a: 1 }, { a: 4 }])
    expect(source.rest()).toHaveLength(3)
  })

  it('are asked in the order that the documentation names', () => {
    const documented = [...readFileSync('docs/instrumentation.md', 'utf8').matchAll(/^\| \d+ +\| `([\w-]+)`/gm)].map(
      ([, name]) => name,
    )
    expect(documented).toEqual(FAMILIES.map(({ name }) => name))
  })

  /** Each pair on one span: both say which model, who, and where to; the first of them is believed, the other's words are kept. */
  const speaking: [name: string, attributes: JsonObject, model: string, left: string[]][] = [
    [
      'langfuse',
      { 'langfuse.observation.model.name': 'L', 'llm.model_name': 'O', 'openinference.span.kind': 'LLM' },
      'L',
      ['llm.model_name'],
    ],
    [
      'langsmith',
      {
        'langsmith.span.kind': 'llm',
        'gen_ai.response.model': 'S',
        'llm.model_name': 'O',
        'openinference.span.kind': 'LLM',
      },
      'S',
      ['llm.model_name'],
    ],
    ['mlflow', { 'mlflow.llm.model': '"M"', 'gen_ai.response.model': 'G' }, 'M', ['gen_ai.response.model']],
    ['vercel', { 'ai.response.model': 'V', 'gen_ai.response.model': 'G' }, 'V', ['gen_ai.response.model']],
    [
      'traceloop',
      { 'traceloop.span.kind': 'task', 'llm.response.model': 'T', 'gen_ai.response.model': 'G' },
      'T',
      ['gen_ai.response.model'],
    ],
    [
      'openinference',
      {
        'openinference.span.kind': 'LLM',
        'llm.model_name': 'O',
        'ai.response.model': 'V',
        'gen_ai.response.model': 'G',
      },
      'O',
      ['ai.response.model', 'gen_ai.response.model'],
    ],
  ]
  it.each(speaking)('%s before those that come after it', (_, attributes, model, left) => {
    const source = sourceOf(attributes)
    expect(readSpan(FAMILIES, source).model).toBe(model)
    expect(source.rest().map(([key]) => key)).toEqual(expect.arrayContaining(left))
  })

  it('take the session of the application before that of its SDK', () => {
    const both = { 'langfuse.session.id': 'mine', 'gen_ai.conversation.id': 'theirs', 'session.id': 'common' }
    expect(readSpan(FAMILIES, sourceOf(both)).sessionId).toBe('mine')
  })

  it('read nothing of a span that speaks none of them', () => {
    const source = sourceOf({ 'http.request.method': 'GET', 'url.path': '/' }, 'http')
    expect(readSpan(FAMILIES, source)).toEqual({})
    expect(source.rest()).toHaveLength(2)
  })

  it('are total: whatever type an attribute has, and lose nothing', () => {
    const keys = readdirSync('fixtures/otlp')
      .filter((file) => /^[\w-]+\.json$/.test(file))
      .flatMap((file) =>
        [...readFileSync(`fixtures/otlp/${file}`, 'utf8').matchAll(/"key": "([^"]+)"/g)].map(([, key]) => key ?? ''),
      )
    const attributes = fc.dictionary(
      fc.constantFrom(...new Set(keys)),
      fc.oneof(fc.jsonValue(), fc.json(), fc.constantFrom('{}', '[{}]', '[[]]', '[null]')),
      { maxKeys: 12 },
    )
    fc.assert(
      fc.property(
        attributes,
        fc.constantFrom(
          '',
          'litellm',
          'gemini-cli',
          'livekit-agents',
          'gcp.vertex.agent',
          'com.anthropic.claude_code.tracing',
        ),
        (found, scope) => {
          const source = sourceOf(found as JsonObject, scope)
          const reading = readSpan(FAMILIES, source)
          for (const value of Object.values(reading)) expect(value ?? undefined).toBeDefined()
          for (const [key] of source.rest()) expect(key in found).toBe(true)
        },
      ),
      { numRuns: 2000 },
    )
  })
})
