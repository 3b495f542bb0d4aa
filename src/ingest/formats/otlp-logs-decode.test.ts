import { JsonLogsSerializer, ProtobufLogsSerializer } from '@opentelemetry/otlp-transformer'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AppError } from '../../errors.ts'
import { decodeOtlpLogs } from './otlp-decode.ts'

type Exported = Parameters<typeof ProtobufLogsSerializer.serializeRequest>[0][number]

/** As OpenTelemetry's SDK hands it to its own serializers. */
const record = (fields: object): Exported =>
  ({
    hrTime: [1_772_366_400, 123_456_789],
    hrTimeObserved: [1_772_366_401, 1],
    resource: { attributes: { 'service.name': 'shop' }, asyncAttributesPending: false, getRawAttributes: () => [] },
    instrumentationScope: { name: 'lib', version: '1.0', schemaUrl: 'https://example.com/schema' },
    attributes: {},
    droppedAttributesCount: 0,
    ...fields,
  }) as unknown as Exported

const RECORDS = [
  record({
    eventName: 'gen_ai.user.message',
    severityNumber: 9,
    severityText: 'INFO',
    body: { content: 'schön', parts: [1, 2.5, true, null], nested: { a: 'b' } },
    attributes: { 'gen_ai.system': 'openai', count: 3, list: ['a', 'b'] },
    spanContext: { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 },
    droppedAttributesCount: 2,
  }),
  record({ body: 'plain', instrumentationScope: { name: 'other' } }),
  record({ body: '', attributes: { a: 1 } }),
]
const protobuf = (): Buffer => Buffer.from(ProtobufLogsSerializer.serializeRequest(RECORDS) ?? [])
const json = (): Buffer => Buffer.from(JsonLogsSerializer.serializeRequest(RECORDS) ?? [])

const onlyAppErrors = (run: () => unknown) => {
  try {
    run()
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'invalid_otlp') throw error
  }
}

describe('logs in both encodings', () => {
  it('become the same normal form, as OpenTelemetry itself writes them', () => {
    const read = decodeOtlpLogs(protobuf(), 'application/x-protobuf')
    expect(read).toEqual(decodeOtlpLogs(json(), 'application/json'))
    const [first] = read.resourceLogs[0]?.scopeLogs ?? []
    expect(first).toMatchObject({ scope: { name: 'lib', version: '1.0' }, schemaUrl: 'https://example.com/schema' })
    expect(first?.logRecords?.[0]).toMatchObject({
      timeUnixNano: '1772366400123456789',
      observedTimeUnixNano: '1772366401000000001',
      severityNumber: 9,
      severityText: 'INFO',
      eventName: 'gen_ai.user.message',
      traceId: 'a'.repeat(32),
      spanId: 'b'.repeat(16),
      flags: 1,
      droppedAttributesCount: 2,
      body: { kvlistValue: { values: [{ key: 'content', value: { stringValue: 'schön' } }, {}, {}] } },
    })
  })

  it('take what else senders make of the mapping', () => {
    const body = {
      resource_logs: [
        {
          scope_logs: [
            { log_records: [{ time_unix_nano: 12, severity_number: 'SEVERITY_NUMBER_ERROR2', event_name: 'e' }] },
          ],
        },
      ],
    }
    const { resourceLogs } = decodeOtlpLogs(Buffer.from(JSON.stringify(body)), 'application/json')
    expect(resourceLogs[0]?.scopeLogs?.[0]?.logRecords).toEqual([
      { timeUnixNano: '12', severityNumber: 18, eventName: 'e' },
    ])
  })

  it('refuse a record of the wrong shape alone', () => {
    const body = { resourceLogs: [{ scopeLogs: [{ logRecords: [{ eventName: 'e' }, { traceId: 7 }] }] }] }
    const { resourceLogs, refused } = decodeOtlpLogs(Buffer.from(JSON.stringify(body)), 'application/json')
    expect(resourceLogs[0]?.scopeLogs?.[0]?.logRecords).toHaveLength(1)
    expect(refused).toMatchObject([{ code: 'invalid_log_record', message: expect.stringContaining('traceId') }])
  })

  it('never fail with anything but invalid_otlp on mutated bytes', () => {
    const edits = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(edits, fc.nat(), fc.boolean(), (changes, cut, isJson) => {
        const bytes = isJson ? json() : protobuf()
        const type = isJson ? 'application/json' : 'application/x-protobuf'
        for (const [at, value] of changes) bytes[at % bytes.length] = value
        onlyAppErrors(() => decodeOtlpLogs(bytes, type))
        onlyAppErrors(() => decodeOtlpLogs(bytes.subarray(0, cut % (bytes.length + 1)), type))
      }),
      { numRuns: 500 },
    )
  })
})
