import { createRequire } from 'node:module'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AppError } from '../../errors.ts'
import type { JsonValue } from '../../storage/telemetry/record.ts'
import { otlpRequest } from './otlp.arbitrary.ts'
import { decodeOtlp, encodeOtlpResponse } from './otlp-decode.ts'

interface Codec {
  fromObject(value: object): object
  encode(message: object): { finish(): Uint8Array }
  decode(bytes: Uint8Array): object
}
interface Collector {
  ExportTraceServiceRequest: Codec
  ExportTraceServiceResponse: Codec & { toObject(message: object, options: object): object }
}

/** OpenTelemetry's own generated code, to write requests with. */
const oracle: Collector = createRequire(import.meta.url)('@opentelemetry/otlp-transformer/build/src/generated/root.js')
  .opentelemetry.proto.collector.trace.v1

const json = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))
const fromJson = (value: unknown) => decodeOtlp(json(value), 'application/json')
const fromProtobuf = (bytes: Uint8Array) => decodeOtlp(bytes, 'application/x-protobuf')

/** The generated code takes ids and bytes as base64 only. */
function toBase64(value: JsonValue, key = ''): JsonValue {
  if (Array.isArray(value)) return value.map((item) => toBase64(item))
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, toBase64(item, name)]))
  }
  return /^(?:traceId|spanId|parentSpanId)$/.test(key) ? Buffer.from(String(value), 'hex').toString('base64') : value
}

const protobufOf = (request: object): Uint8Array => {
  const codec = oracle.ExportTraceServiceRequest
  return codec.encode(codec.fromObject(toBase64(request as JsonValue) as object)).finish()
}

const onlyAppErrors = (run: () => unknown) => {
  try {
    run()
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'invalid_otlp') throw error
  }
}

describe('both encodings', () => {
  it('become the same normal form, held against the official encoder', () => {
    fc.assert(
      fc.property(otlpRequest, (request) => {
        const decoded = fromProtobuf(protobufOf(request))
        expect(decoded).toEqual(fromJson(request))
        expect(decoded.resourceSpans).toEqual(request.resourceSpans)
      }),
      { numRuns: 200 },
    )
  })

  it('never fail with anything but invalid_otlp on mutated bytes', () => {
    const edits = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(otlpRequest, edits, fc.nat(), (request, changes, cut) => {
        for (const [bytes, decode] of [
          [Buffer.from(protobufOf(request)), fromProtobuf],
          [json(request), (some: Uint8Array) => decodeOtlp(some, 'application/json')],
        ] as const) {
          for (const [at, value] of changes) bytes[at % Math.max(1, bytes.length)] = value
          onlyAppErrors(() => decode(bytes))
          onlyAppErrors(() => decode(bytes.subarray(0, cut % (bytes.length + 1))))
        }
      }),
      { numRuns: 300 },
    )
  })

  it('never fail with anything but invalid_otlp on random input', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.json(), (bytes, text) => {
        onlyAppErrors(() => fromProtobuf(bytes))
        onlyAppErrors(() => decodeOtlp(bytes, 'application/json'))
        onlyAppErrors(() => fromJson(text))
        onlyAppErrors(() => fromJson(`{"resourceSpans":[{"scopeSpans":[{"spans":[${text}]}]}]}`))
      }),
      { numRuns: 500 },
    )
  })
})

describe('protobuf', () => {
  it('takes no bytes as no spans', () => {
    expect(fromProtobuf(new Uint8Array())).toEqual({ resourceSpans: [], refused: [] })
  })

  it.each([
    ['cut in a length', [0x0a]],
    ['cut in a field', [0x0a, 0x05, 0x12]],
    ['a length past the end', [0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f]],
    ['a varint without end', Array(12).fill(0xff)],
    ['a wrong wire type', [0x08, 0x01]],
    ['an inner length past its outer', [0x0a, 0x02, 0x12, 0x05, 0, 0, 0, 0, 0]],
    ['not protobuf', [...Buffer.from('{"resourceSpans":[]}')]],
  ])('refuses %s', (_, bytes) => {
    expect(() => fromProtobuf(Uint8Array.from(bytes))).toThrow(AppError)
  })

  it('skips fields it does not know', () => {
    const unknown = [
      0x98, 0x06, 0x01, 0x9a, 0x06, 0x01, 0x41, 0x99, 0x06, 1, 2, 3, 4, 5, 6, 7, 8, 0x9d, 0x06, 1, 2, 3, 4,
    ]
    expect(fromProtobuf(Uint8Array.from(unknown)).resourceSpans).toEqual([])
  })

  it('refuses values nested without end', () => {
    let bytes = Buffer.alloc(0)
    const wrap = (tag: number) => {
      const head: number[] = [tag]
      let length = bytes.length
      for (; length >= 0x80; length >>>= 7) head.push((length & 0x7f) | 0x80)
      bytes = Buffer.concat([Buffer.from([...head, length]), bytes])
    }
    for (let level = 0; level < 3000; level++) wrap(level % 2 === 0 ? 0x2a : 0x0a)
    for (const tag of [0x2a, 0x12, 0x4a, 0x12, 0x12, 0x0a]) wrap(tag)
    expect(() => fromProtobuf(bytes)).toThrow(/nested/)
  })
})

const span = (fields: object) => ({ resourceSpans: [{ scopeSpans: [{ spans: [fields] }] }] })
const firstSpan = (fields: object) => fromJson(span(fields)).resourceSpans[0]?.scopeSpans?.[0]?.spans?.[0]

describe('JSON', () => {
  it('takes what senders make of the mapping', () => {
    const read = firstSpan({
      trace_id: '5B8EFFF798038103D269B633813FC60C',
      spanId: Buffer.from('eee19b7ec3c1b174', 'hex').toString('base64'),
      parent_span_id: null,
      start_time_unix_nano: 1544712660000000000,
      endTimeUnixNano: '01544712661000000000',
      kind: 'SPAN_KIND_CLIENT',
      status: { code: 'ERROR' },
      droppedAttributesCount: '3',
      future: { unknown: true },
      attributes: [
        { key: 'i', value: { int_value: 7 } },
        { key: 'd', value: { doubleValue: 'NaN' } },
        { key: 'b', value: { bytesValue: '-_8=' } },
        { key: 'n', value: {} },
        { key: 's', value: { stringValue: 'a\ud800b\0' } },
      ],
    })
    expect(read).toEqual({
      traceId: '5b8efff798038103d269b633813fc60c',
      spanId: 'eee19b7ec3c1b174',
      startTimeUnixNano: '1544712660000000000',
      endTimeUnixNano: '1544712661000000000',
      kind: 3,
      status: { code: 2 },
      droppedAttributesCount: 3,
      attributes: [
        { key: 'i', value: { intValue: '7' } },
        { key: 'd', value: { doubleValue: 'NaN' } },
        { key: 'b', value: { bytesValue: '+/8=' } },
        { key: 'n', value: {} },
        { key: 's', value: { stringValue: 'a\ufffdb\0' } },
      ],
    })
  })

  it('takes a text of 0 for the text that it is', () => {
    const zeros = { name: '0', traceState: '0', attributes: [{ key: '0', value: { stringValue: '0' } }] }
    expect(firstSpan({ ...zeros, startTimeUnixNano: '0', flags: 0 })).toEqual(zeros)
  })

  it.each([
    '',
    'nonsense',
    '[]',
    'null',
    '7',
    '{"resourceSpans":{}}',
    '{"resourceSpans":"x"}',
    '{"resourceSpans":[null]}',
    '{"resourceSpans":[{"scopeSpans":[7]}]}',
    '{"resourceSpans":[{"resource":[],"scopeSpans":[]}]}',
    '{"resourceSpans":[{"scopeSpans":[{"spans":{}}]}]}',
    '{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":5}]}]}]}',
    '{"resourceSpans":[{"scopeSpans":[{"spans":[{"startTimeUnixNano":"-5"}]}]}]}',
    '{"resourceSpans":[{"scopeSpans":[{"spans":[{"attributes":{"a":1}}]}]}]}',
    '{"resourceSpans":[{"scopeSpans":[{"spans":[{"attributes":[{"key":"a","value":"b"}]}]}]}]}',
  ])('refuses %s', (text) => {
    expect(() => fromJson(text)).toThrow(AppError)
  })

  it('takes a request without spans, with or without a byte order mark', () => {
    for (const text of ['{}', '\ufeff{}', '{"resourceSpans":[]}', '{"resourceSpans":null}']) {
      expect(fromJson(text)).toEqual({ resourceSpans: [], refused: [] })
    }
  })

  it('refuses a span of the wrong shape alone, when another can be kept', () => {
    const good = { traceId: '5b8efff798038103d269b633813fc60c', spanId: 'eee19b7ec3c1b174' }
    const bad = { spanId: 'abc', attributes: 'none' }
    const request = fromJson({ resourceSpans: [{ scopeSpans: [{ scope: { name: 's' }, spans: [bad, good] }] }] })
    expect(request.resourceSpans[0]?.scopeSpans?.[0]?.spans).toEqual([good])
    expect(request.refused).toMatchObject([{ code: 'invalid_span', subjectId: 'abc' }])
    expect(JSON.parse(request.refused[0]?.payload ?? '')).toEqual({ span: bad, scope: { name: 's' }, resource: null })
  })

  it('survives nesting that cannot be written out again', () => {
    const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`
    expect(() => fromJson(`{"resourceSpans":[{"scopeSpans":[{"spans":[${deep}]}]}]}`)).toThrow(AppError)
    expect(() => fromJson(`{"resourceSpans":${deep}}`)).toThrow(AppError)
  })
})

describe('the answer', () => {
  it('is empty when all was taken', () => {
    const all = { rejected: 0, errorMessage: '' }
    expect(encodeOtlpResponse('application/x-protobuf', 'spans', all)).toHaveLength(0)
    expect(Buffer.from(encodeOtlpResponse('application/json', 'spans', all)).toString()).toBe('{}')
  })

  it('counts what was rejected', () => {
    const errorMessage = 'spän '.repeat(40)
    const outcome = { rejected: 300, errorMessage }
    const codec = oracle.ExportTraceServiceResponse
    const decoded = codec.toObject(codec.decode(encodeOtlpResponse('application/x-protobuf', 'spans', outcome)), {
      longs: Number,
    })
    expect(decoded).toEqual({ partialSuccess: { rejectedSpans: 300, errorMessage } })
    const json = (signal: 'spans' | 'logs') =>
      JSON.parse(Buffer.from(encodeOtlpResponse('application/json', signal, outcome)).toString())
    expect(json('spans')).toEqual({ partialSuccess: { rejectedSpans: 300, errorMessage } })
    expect(json('logs')).toEqual({ partialSuccess: { rejectedLogRecords: 300, errorMessage } })
  })
})
