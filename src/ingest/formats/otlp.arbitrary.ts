import fc from 'fast-check'
import type { AnyValue, OtlpRequest } from './otlp-types.ts'

/** Arbitrary requests in normal form, for the property tests. */
const text = fc.string({ unit: 'grapheme', maxLength: 12 }).map((some) => some.toWellFormed())
const filled = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }).map((some) => some.toWellFormed())
const hex = (bytes: number) =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((some) => Buffer.from(some).toString('hex'))
const small = fc.integer({ min: 1, max: 2 ** 32 - 1 })
const nanos = fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }).map(String)

const { anyValue } = fc.letrec<{ anyValue: AnyValue }>((tie) => ({
  anyValue: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.record({ stringValue: text }),
    fc.record({ boolValue: fc.boolean() }),
    fc.record({ intValue: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String) }),
    fc.record({ doubleValue: fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0) }),
    fc.record({ bytesValue: fc.uint8Array({ maxLength: 8 }).map((some) => Buffer.from(some).toString('base64')) }),
    fc.record({ arrayValue: fc.record({ values: fc.array(tie('anyValue'), { maxLength: 3 }) }) }),
    fc.record({
      kvlistValue: fc.record({
        values: fc.array(fc.record({ key: filled, value: tie('anyValue') }), { maxLength: 3 }),
      }),
    }),
  ),
}))

/** Names the families know, so that their code is reached, beside arbitrary ones. */
const key = fc.oneof(
  filled,
  fc.constantFrom(
    '__proto__',
    'constructor',
    'openinference.span.kind',
    'llm.input_messages.0.message.content',
    'llm.input_messages.0.message.contents.0.message_content.text',
    'llm.input_messages.0.message.tool_calls.0.tool_call.function.name',
    'llm.input_messages.0',
    'llm.token_count.prompt',
    'retrieval.documents.0.document.content',
    'input.value',
    'metadata',
    'tag.tags',
    'gen_ai.operation.name',
    'gen_ai.input.messages',
    'gen_ai.output.messages',
    'gen_ai.system_instructions',
    'gen_ai.prompt.0.content',
    'gen_ai.usage.input_tokens',
    'gen_ai.tool.definitions',
    'session.id',
  ),
)
const attributes = fc.array(fc.record({ key, value: anyValue }), { minLength: 1, maxLength: 6 })
const eventName = fc.oneof(
  filled,
  fc.constantFrom(
    'exception',
    'gen_ai.user.message',
    'gen_ai.choice',
    'gen_ai.content.prompt',
    'gen_ai.client.inference.operation.details',
  ),
)

const event = fc.record({ timeUnixNano: nanos, name: eventName, attributes }, { requiredKeys: [] })
const link = fc.record(
  { traceId: hex(16), spanId: hex(8), traceState: filled, attributes, flags: small },
  { requiredKeys: ['traceId'] },
)
const span = fc.record(
  {
    traceId: fc.oneof(hex(16), fc.constant('0'.repeat(32)), hex(3)),
    spanId: hex(8),
    traceState: filled,
    parentSpanId: hex(8),
    name: filled,
    kind: fc.integer({ min: 1, max: 5 }),
    startTimeUnixNano: nanos,
    endTimeUnixNano: nanos,
    attributes,
    droppedAttributesCount: small,
    events: fc.array(event, { minLength: 1, maxLength: 3 }),
    droppedEventsCount: small,
    links: fc.array(link, { minLength: 1, maxLength: 2 }),
    droppedLinksCount: small,
    status: fc.record({ message: filled, code: fc.integer({ min: 1, max: 2 }) }, { requiredKeys: [] }),
    flags: small,
  },
  { requiredKeys: ['traceId', 'spanId'] },
)
const scopeSpans = fc.record(
  {
    scope: fc.record({ name: filled, version: filled, attributes }, { requiredKeys: [] }),
    spans: fc.array(span, { minLength: 1, maxLength: 4 }),
    schemaUrl: filled,
  },
  { requiredKeys: ['spans'] },
)
const resourceSpans = fc.record(
  {
    resource: fc.record({ attributes, droppedAttributesCount: small }, { requiredKeys: [] }),
    scopeSpans: fc.array(scopeSpans, { minLength: 1, maxLength: 2 }),
    schemaUrl: filled,
  },
  { requiredKeys: ['scopeSpans'] },
)

export const otlpRequest: fc.Arbitrary<Pick<OtlpRequest, 'resourceSpans'>> = fc.record({
  resourceSpans: fc.array(resourceSpans, { maxLength: 2 }),
})
