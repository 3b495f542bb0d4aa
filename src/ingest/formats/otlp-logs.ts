import { createHash } from 'node:crypto'
import { getOrAdd } from '../../get-or-add.ts'
import { type EventId, foreignId } from '../../ids.ts'
import type { EventRecord, JsonObject, OtlpSource, TraceRecord } from '../../storage/telemetry/record.ts'
import { LOG_READERS } from './logs/index.ts'
import type { LogEvent, Made, Place } from './logs/reader.ts'
import { readLogsTree } from './otlp-json.ts'
import { type Fault, rejected as rejectedItem } from './otlp-rejected.ts'
import { SPAN_ID, sourceGroups, TRACE_ID, withSchemaUrl } from './otlp-source.ts'
import { toMs } from './otlp-times.ts'
import { type OtlpContext, TraceBuilder } from './otlp-trace.ts'
import type { OtlpLogRecord, OtlpLogsRequest, OtlpResource, OtlpScope, Rejected } from './otlp-types.ts'
import { attributesOf, isLargerThan, plainValue } from './otlp-values.ts'

export interface LogRecords {
  /** One for each trace id, to be merged with what is known of that trace. */
  records: TraceRecord[]
  rejected: Rejected[]
  /** Log records that tell nothing of a model's call, a tool or a prompt, so that no trace is made of them; and one such, in words. */
  ignored: number
  example: string | null
}

interface Heard {
  event: LogEvent
  scope: OtlpScope | null
  resource: OtlpResource | null
  described: JsonObject
}

/**
 * The records of a request of logs: what its events tell of traces. An event that cannot be kept is rejected with its reason and costs no
 * other; a log record that is none of the events that somebody reads is counted and left.
 */
export function recordsFromLogs(request: OtlpLogsRequest, context: OtlpContext): LogRecords {
  const heard = [...eventsOf(request)]
  const events = heard.map(({ event }) => event)
  const traces = new Map<string, TraceBuilder>()
  const out: LogRecords = { records: [], rejected: [...request.refused], ignored: 0, example: null }
  for (const [index, one] of heard.entries()) {
    const { event, scope, resource, described } = one
    const reader = LOG_READERS.find((some) => some.claims(event))
    const fault = reader === undefined ? null : faultOf(event.record, context.maxSpanBytes)
    if (fault !== null) {
      out.rejected.push(rejectedItem(fault, { logRecord: event.record }, scope, resource))
      continue
    }
    const made = reader?.read(event, events, index) ?? null
    if (made === null) {
      out.ignored += 1
      out.example ??= event.name || 'a log record without a name'
      continue
    }
    for (const some of made) {
      const trace = getOrAdd(traces, some.traceHex, () => new TraceBuilder(some.traceHex, context))
      if (some.kind === 'span') trace.add({ span: some.span, scope, resource }, described)
      else if (some.kind === 'event') trace.addEvent(eventRecord(some, event, trace))
      else if (some.kind === 'repeat') trace.addRepeat(some.of)
      else if (some.kind === 'stand-in')
        trace.standInFor(some, { scope, resource }, described).hear(event, some.isMessage)
      else trace.addSaid(saidRecord(some, event, trace, index))
    }
  }
  out.records = [...traces.values()].map((trace) => trace.finish())
  return out
}

/** A rejected log record as the request that it came in. Throws `invalid_otlp` where it still has the wrong shape. */
export function requestOfRejectedLog(payload: string): OtlpLogsRequest {
  const { logRecord, ...from } = JSON.parse(payload) as { logRecord: JsonObject } & Omit<OtlpSource, 'span'>
  const { resource, scope } = sourceGroups(from)
  return readLogsTree({ resourceLogs: [{ ...resource, scopeLogs: [{ ...scope, logRecords: [logRecord] }] }] })
}

function* eventsOf({ resourceLogs }: OtlpLogsRequest): Generator<Heard> {
  for (const { resource = null, schemaUrl: resourceSchema, scopeLogs = [] } of resourceLogs) {
    const from = withSchemaUrl(resource, resourceSchema)
    const described = Object.fromEntries(attributesOf(resource?.attributes))
    for (const { scope = null, schemaUrl, logRecords = [] } of scopeLogs) {
      const by = withSchemaUrl(scope, schemaUrl)
      for (const record of logRecords)
        yield { event: logEvent(record, scope?.name ?? ''), scope: by, resource: from, described }
    }
  }
}

function logEvent(record: OtlpLogRecord, scopeName: string): LogEvent {
  const attributes = attributesOf(record.attributes)
  const body = record.body === undefined ? null : plainValue(record.body)
  const named = record.eventName ?? attributes.get('event.name')
  const name = typeof named === 'string' ? named : ''
  const nanos = record.timeUnixNano ?? record.observedTimeUnixNano ?? '0'
  const { observedTimeUnixNano: _, ...said } = record
  const hash = createHash('sha256')
    .update(JSON.stringify([scopeName, said]))
    .digest('hex')
  return { name, attributes, body, scopeName, record, nanos, inside: placeOf(record), hash }
}

function placeOf({ traceId = '', spanId = '' }: OtlpLogRecord): Place | null {
  return TRACE_ID.test(traceId) && SPAN_ID.test(spanId) ? { traceHex: traceId, spanHex: spanId } : null
}

const NO_ID = /^0*$/

/** Without a span there are no ids, or zeros. */
function faultOf(record: OtlpLogRecord, maxBytes: number): Fault | null {
  const { traceId = '', spanId = '' } = record
  const subjectId = spanId === '' ? null : spanId
  const nowhere = NO_ID.test(traceId) && NO_ID.test(spanId)
  if (!nowhere && placeOf(record) === null)
    return {
      code: 'invalid_span_id',
      message: 'The trace id must be 16 bytes and the span id 8, or both empty.',
      subjectId,
    }
  if (isLargerThan(record, maxBytes))
    return { code: 'payload_too_large', message: `The log record is larger than ${maxBytes} bytes.`, subjectId }
  return null
}

type Of<K extends Made['kind']> = Extract<Made, { kind: K }>

function eventRecord(made: Of<'event'>, event: LogEvent, trace: TraceBuilder): EventRecord {
  return {
    id: foreignId('otel-log', `${made.traceHex}:${event.hash}`),
    spanId: made.spanHex === null ? null : trace.idOf(made.spanHex),
    level: levelOf(event),
    message: event.name,
    at: toMs(event.nanos),
    metadata: made.metadata,
    otlp: made.spanHex === null ? null : made.otlp,
  }
}

const WARN = 13
const ERROR = 17

function levelOf({ name, record: { severityNumber = 0 } }: LogEvent): EventRecord['level'] {
  if (severityNumber >= ERROR || name.endsWith('error')) return 'error'
  return severityNumber >= WARN ? 'warn' : 'info'
}

/** In the order of their times; those of one time in that of the request. */
function saidRecord(made: Of<'said' | 'said-then'>, event: LogEvent, trace: TraceBuilder, index: number) {
  const { side, whole, messages } = made
  return {
    id: foreignId<EventId>('otel-log', `${made.traceHex}:${event.hash}`),
    ...(made.kind === 'said'
      ? { spanId: trace.idOf(made.spanHex), began: null }
      : { spanId: null, began: toMs(event.nanos) }),
    ...{ side, whole, messages },
    order: `${event.nanos.padStart(20, '0')} ${String(index).padStart(8, '0')}`,
  }
}
