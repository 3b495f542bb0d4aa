import { foreignId, type SpanId } from '../../ids.ts'
import type { EventRecord, JsonObject, JsonValue, SpanRecord, Usage } from '../../storage/telemetry/record.ts'
import { NO_USAGE } from '../../storage/telemetry/record.ts'
import { withTier } from '../usage.ts'
import { serviceTier } from '../usage-counts.ts'
import { METADATA_FIELDS, type Reading, readSpan } from './families/family.ts'
import { FAMILIES } from './families/index.ts'
import { SpanSource } from './families/source.ts'
import { spanTimes, toMs } from './otlp-times.ts'
import type { OtlpEvent, OtlpResource, OtlpScope, OtlpSpan } from './otlp-types.ts'
import { attributesOf } from './otlp-values.ts'

/** A span with where it comes from; `traceHex` and `spanHex` are valid ids in lower-case hex. */
export interface PlacedSpan {
  /** The id of a span of the same trace, by its hex. */
  idOf(spanHex: string): SpanId
  span: OtlpSpan
  scope: OtlpScope | null
  resource: OtlpResource | null
  traceHex: string
  spanHex: string
}

/** What one span gives: its own record, its events, and what it says of its trace. */
export interface SpanOutcome {
  record: SpanRecord
  events: EventRecord[]
  reading: Partial<Reading>
}

/** Turns one span into a record. Total: attributes of any type and amount give a record, never an error. */
export function spanOutcome(placed: PlacedSpan): SpanOutcome {
  const { span, scope, resource, spanHex } = placed
  const events = (span.events ?? []).map((event) => ({
    event,
    name: event.name ?? '',
    attributes: attributesOf(event.attributes),
  }))
  const source = new SpanSource(attributesOf(span.attributes), events, scope?.name ?? '', span.name)
  const reading = readSpan(FAMILIES, source)
  const id = placed.idOf(spanHex)
  const asked = reading.requested_model ?? null
  const record: SpanRecord = {
    id,
    externalId: null,
    parentId: parentId(placed),
    otelSpanId: spanHex,
    name: reading.name ?? span.name ?? '',
    type: reading.type?.type ?? 'other',
    kind: reading.type?.kind ?? null,
    model: reading.model ?? asked,
    provider: reading.provider ?? null,
    input: reading.input ?? null,
    output: reading.output ?? null,
    error: errorOf(span, source) ?? reading.error ?? null,
    ...spanTimes(span.startTimeUnixNano, span.endTimeUnixNano),
    usage: usageOf(reading),
    cost: reading.cost ?? null,
    metadata: metadataOf(reading, source),
    otlp: { span, scope, resource },
  }
  const rest = events.flatMap((one, index) => (source.isTaken(one) ? [] : [eventRecord(one.event, index, id, placed)]))
  return { record, events: rest, reading }
}

function usageOf({ usage, tier }: Partial<Reading>): Usage {
  if (usage === undefined) return NO_USAGE
  const served = tier === undefined ? null : serviceTier(tier)
  return served === null ? usage : withTier(usage, served)
}

export const spanId = (traceHex: string, spanHex: string): SpanId => foreignId('otel-span', `${traceHex}:${spanHex}`)

const NO_ID = /^0*$/

/** A span that names itself as its parent would make the tree a circle: it is a root. */
function parentId({ span, spanHex, idOf }: PlacedSpan): SpanId | null {
  const parent = span.parentSpanId ?? ''
  return NO_ID.test(parent) || parent === spanHex ? null : idOf(parent)
}

const STATUS_ERROR = 2

/**
 * The error of a span whose status is ERROR: the status message, else `Type: message` of its last exception, else its `error.type`,
 * else `error`. An exception without that status was handled by the application, so it stays an event and the span is fine.
 */
function errorOf(span: OtlpSpan, source: SpanSource): string | null {
  if (span.status?.code !== STATUS_ERROR) return null
  const exception = source.events.findLast(({ name }) => name === 'exception')
  const type = source.peek('error.type')
  const said = [span.status.message, exception && exceptionText(exception.attributes), type]
  return said.find((one) => typeof one === 'string' && one.trim() !== '')?.toString() ?? 'error'
}

function exceptionText(attributes: Map<string, JsonValue>): string {
  const parts = [attributes.get('exception.type'), attributes.get('exception.message')]
  return parts.filter((part) => typeof part === 'string' && part !== '').join(': ')
}

function metadataOf(reading: Partial<Reading>, source: SpanSource): JsonObject {
  const entries = new Map<string, JsonValue>()
  for (const field of METADATA_FIELDS) {
    const value = reading[field]
    const agrees = field === 'requested_model' && (reading.model === undefined || reading.model === value)
    if (value !== undefined && !agrees) entries.set(field, value)
  }
  for (const [key, value] of source.rest()) entries.set(entries.has(key) ? `attribute.${key}` : key, value)
  return Object.fromEntries(entries)
}

function eventRecord(event: OtlpEvent, index: number, spanId: SpanId, placed: PlacedSpan): EventRecord {
  const { traceHex, spanHex } = placed
  const name = event.name ?? ''
  const time = event.timeUnixNano ?? '0'
  const attributes = attributesOf(event.attributes)
  const isException = name === 'exception'
  return {
    id: foreignId('otel-event', `${traceHex}:${spanHex}:${index}:${time}:${name}`),
    spanId,
    level: isException ? 'error' : 'info',
    message: (isException && exceptionText(attributes)) || name,
    at: toMs(time),
    metadata: Object.fromEntries(attributes),
    otlp: null,
  }
}
