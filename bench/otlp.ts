import generated from '@opentelemetry/otlp-transformer/build/src/generated/root.js'

/** 64 bits. */
export interface Long {
  low: number
  high: number
}

/** A span as protobuf wants it. */
export interface ProtoSpan {
  traceId: Uint8Array
  spanId: Uint8Array
  parentSpanId?: Uint8Array
  name: string
  kind: number
  startTimeUnixNano: Long
  endTimeUnixNano: Long
  attributes: Attribute[]
  status?: { code: number; message: string }
}

interface Attribute {
  key: string
  value: { stringValue: string } | { intValue: number } | { doubleValue: number }
}

interface Codec {
  encode(message: object): { finish(): Uint8Array }
}

const root = generated as unknown as {
  opentelemetry: { proto: { collector: { trace: { v1: { ExportTraceServiceRequest: Codec } } } } }
}
const request = root.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest

/** One request in protobuf, of a service that calls itself by `name`. */
export function encodeSpans(name: string, spans: readonly ProtoSpan[]): Buffer {
  const resource = { attributes: attributes({ 'service.name': name, 'telemetry.sdk.language': 'nodejs' }) }
  const scopeSpans = [{ scope: { name: 'bench', version: '1.0.0' }, spans }]
  return Buffer.from(request.encode({ resourceSpans: [{ resource, scopeSpans }] }).finish())
}

/** Milliseconds since the epoch as nanoseconds. */
export function nanos(ms: number): Long {
  const value = BigInt(ms) * 1_000_000n
  return { low: Number(value & 0xffff_ffffn), high: Number(value >> 32n) }
}

/** Whole numbers as such, texts as such; what is undefined is not there. */
export const attributes = (values: Record<string, string | number | undefined>): Attribute[] =>
  Object.entries(values).flatMap(([key, value]) => (value === undefined ? [] : [{ key, value: asAny(value) }]))

function asAny(value: string | number): Attribute['value'] {
  if (typeof value === 'string') return { stringValue: value }
  return Number.isInteger(value) ? { intValue: value } : { doubleValue: value }
}
