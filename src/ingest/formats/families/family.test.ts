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
})
