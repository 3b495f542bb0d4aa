import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { JsonObject } from '../record.ts'
import { keptSpan, refersToPayload, wholeSpan } from './kept-span.ts'

const LONG = 'What is the weather in Berlin tomorrow, and should I take an umbrella? '.repeat(2)
const OTHER = `${LONG}{"sameAs":"input"}`

const text = fc.oneof(fc.constantFrom(LONG, OTHER, '{"sameAs":"output"}', ''), fc.string())
const value = fc.letrec<{ value: JsonObject }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    text.map((stringValue) => ({ stringValue })),
    fc.constant({}),
    fc.array(tie('value')).map((values) => ({ arrayValue: { values } })),
    fc.record({ key: text, value: tie('value') }).map((one) => ({ kvlistValue: { values: [one] } })),
  ),
})).value
const attribute = fc.record({ key: text, value }, { requiredKeys: [] })
const span = fc.record({ name: text, attributes: fc.array(attribute) }, { requiredKeys: ['name'] })
const payload = fc.record({ input: fc.option(text), output: fc.option(text) })

it('comes back as it was', () => {
  fc.assert(
    fc.property(span, payload, (one, shown) => {
      expect(wholeSpan(keptSpan(one, shown), shown)).toBe(JSON.stringify(one))
    }),
  )
})

it('keeps a long text once', () => {
  const attributes = [
    { key: 'input.value', value: { stringValue: LONG } },
    { key: 'output.value', value: { stringValue: OTHER } },
  ]
  const kept = keptSpan({ name: 'chat', attributes }, { input: LONG, output: OTHER })
  expect(kept).not.toContain('umbrella')
  expect(refersToPayload(kept)).toBe(true)
  expect(refersToPayload(keptSpan({ attributes }, { input: 'another', output: null }))).toBe(false)
})
