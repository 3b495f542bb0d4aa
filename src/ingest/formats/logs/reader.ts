import { createHash } from 'node:crypto'
import type { JsonObject, JsonValue, SaidRecord } from '../../../storage/telemetry/record.ts'
import type { KeyValue, OtlpEvent, OtlpLogRecord, OtlpSpan } from '../otlp-types.ts'
import type { Attributes } from '../otlp-values.ts'

/** A log record that has a name, which makes it an event (https://opentelemetry.io/docs/specs/semconv/general/events/). */
export interface LogEvent {
  name: string
  attributes: Attributes
  body: JsonValue
  scopeName: string
  record: OtlpLogRecord
  /** When it happened, nanoseconds since the epoch; `0` where nobody says. */
  nanos: string
  /** The span it was written in. */
  inside: Place | null
  /** 64 hex digits, the same for the same record. */
  hash: string
}

/** A span by its ids in hex. */
export interface Place {
  traceHex: string
  spanHex: string
}

/**
 * What a log event becomes: a span of its own, messages of a span, or of the model's call that began then, an event of a trace, all that is known of a span while that has not
 * come itself, or the word that a span of another trace tells of the same call as this trace. `otlp` is how it goes out again, as an event of its span.
 */
export type Made =
  | { kind: 'span'; traceHex: string; span: OtlpSpan }
  | ({ kind: 'said'; messages: string } & Pick<SaidRecord, 'side' | 'whole'> & Place)
  | ({ kind: 'said-then'; messages: string; traceHex: string } & Pick<SaidRecord, 'side' | 'whole'>)
  | { kind: 'event'; traceHex: string; spanHex: string | null; metadata: JsonObject; otlp: OtlpEvent }
  | ({ kind: 'stand-in'; isMessage: boolean } & Place)
  | { kind: 'repeat'; traceHex: string; of: Place }

/** Somebody's log events. Each is one file, and a line in `index.ts`. */
export interface LogReader {
  claims(event: LogEvent): boolean
  /** What the event at `index` of a request becomes; null: nothing that belongs in a trace. It must be total, as families are. */
  read(event: LogEvent, events: readonly LogEvent[], index: number): Made[] | null
}

/** Ids out of what names something, the same at any time and in any order. */
export const hexId = (bytes: 16 | 8, ...names: (string | null)[]): string =>
  createHash('sha256')
    .update(JSON.stringify(names))
    .digest('hex')
    .slice(0, bytes * 2)

export function textOf(event: LogEvent, ...keys: string[]): string | null {
  for (const key of keys) {
    const value = event.attributes.get(key)
    if (typeof value === 'string' && value !== '') return value
  }
  return null
}

/** A number; some senders write numbers as text. */
export function numberOf(event: LogEvent, key: string): number | null {
  const value = event.attributes.get(key)
  const number = typeof value === 'string' && /^\d{1,15}(?:\.\d+)?$/.test(value) ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) && number >= 0 ? number : null
}

export interface SpanParts {
  spanId: string
  parentSpanId: string | null
  name: string
  /** Events are written when what they tell of is over. */
  durationMs?: number | null
  error?: string | null
  /** Beside those of the log record. */
  attributes?: Record<string, string>
  more?: readonly KeyValue[]
}

/** The span that a log event stands for: it has all of the record's attributes. */
export function spanOf(event: LogEvent, traceId: string, parts: SpanParts): Made {
  const { spanId, parentSpanId, name, durationMs = 0, error = null, attributes = {}, more = [] } = parts
  const end = BigInt(event.nanos)
  const took = BigInt(Math.round((durationMs ?? 0) * 1e6))
  const own = Object.entries(attributes).map(([key, value]) => ({ key, value: { stringValue: value } }))
  const span: OtlpSpan = {
    traceId,
    spanId,
    ...(parentSpanId === null ? {} : { parentSpanId }),
    name,
    ...(end === 0n ? {} : { startTimeUnixNano: String(end > took ? end - took : end), endTimeUnixNano: event.nanos }),
    attributes: [...(event.record.attributes ?? []), ...own, ...more],
    ...(error === null ? {} : { status: { message: error, code: 2 } }),
  }
  return { kind: 'span', traceHex: traceId, span }
}

/** The event as one of a trace, with all it says. */
export function eventOf(event: LogEvent, traceHex: string, spanHex: string | null): Made {
  const { attributes, body, record, name } = event
  const isSaid = body !== null && body !== name
  const said = isSaid && record.body !== undefined ? [{ key: 'body', value: record.body }] : []
  return {
    ...{ kind: 'event', traceHex, spanHex },
    metadata: { ...Object.fromEntries(attributes), ...(isSaid ? { body } : {}) },
    otlp: spanEvent(event, [...(record.attributes ?? []), ...said]),
  }
}

/** What the record says, with a structured body laid out among its attributes; any other body is one of them. */
export function allAttributes({ record: { attributes = [], body }, name }: LogEvent): KeyValue[] {
  if (body === undefined || body.stringValue === '' || body.stringValue === name) return attributes
  return [...attributes, ...(body.kvlistValue?.values ?? [{ key: 'body', value: body }])]
}

/** The log record as an event of the span that it was written in, in normal form. */
export const spanEvent = ({ nanos, name }: LogEvent, attributes: KeyValue[]): OtlpEvent => ({
  ...(nanos === '0' ? {} : { timeUnixNano: nanos }),
  ...(name === '' ? {} : { name }),
  ...(attributes.length === 0 ? {} : { attributes }),
})
