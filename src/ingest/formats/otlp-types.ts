import type { JsonObject } from '../../storage/telemetry/record.ts'

/**
 * OTLP traces and logs in normal form, whichever encoding they came in. It is the OTLP/JSON mapping with one spelling for each thing:
 *
 * ids       lower-case hex (of any length: whether they are valid is judged span by span)
 * 64 bits   decimal strings; 32 bits and enums are numbers
 * bytes     standard base64
 * doubles   numbers, or `"NaN"`, `"Infinity"`, `"-Infinity"`
 * defaults  left out (0, "", [] and false), except as the value of an attribute; a message that was there stays, even empty
 * text      well formed: lone surrogates and bytes that are not UTF-8 became U+FFFD
 */
export type AnyValue = {
  stringValue?: string
  boolValue?: boolean
  intValue?: string
  doubleValue?: number | string
  arrayValue?: { values: AnyValue[] }
  kvlistValue?: { values: KeyValue[] }
  bytesValue?: string
}

export type KeyValue = { key?: string; value?: AnyValue }

export type OtlpEvent = {
  timeUnixNano?: string
  name?: string
  attributes?: KeyValue[]
  droppedAttributesCount?: number
}

export type OtlpSpan = {
  traceId?: string
  spanId?: string
  traceState?: string
  parentSpanId?: string
  name?: string
  kind?: number
  startTimeUnixNano?: string
  endTimeUnixNano?: string
  attributes?: KeyValue[]
  droppedAttributesCount?: number
  events?: OtlpEvent[]
  droppedEventsCount?: number
  links?: JsonObject[]
  droppedLinksCount?: number
  status?: { message?: string; code?: number }
  flags?: number
}

export type OtlpResource = { attributes?: KeyValue[] } & JsonObject
export type OtlpScope = { name?: string; version?: string; attributes?: KeyValue[] } & JsonObject

export type OtlpScopeSpans = { scope?: OtlpScope; spans?: OtlpSpan[]; schemaUrl?: string }
export type OtlpResourceSpans = { resource?: OtlpResource; scopeSpans?: OtlpScopeSpans[]; schemaUrl?: string }

export interface OtlpRequest {
  resourceSpans: OtlpResourceSpans[]
  /** Spans of a JSON request whose own shape is wrong, while others in it can be kept. */
  refused: Rejected[]
}

export type OtlpLogRecord = {
  timeUnixNano?: string
  observedTimeUnixNano?: string
  severityNumber?: number
  severityText?: string
  body?: AnyValue
  attributes?: KeyValue[]
  droppedAttributesCount?: number
  flags?: number
  traceId?: string
  spanId?: string
  eventName?: string
}

export type OtlpScopeLogs = { scope?: OtlpScope; logRecords?: OtlpLogRecord[]; schemaUrl?: string }
export type OtlpResourceLogs = { resource?: OtlpResource; scopeLogs?: OtlpScopeLogs[]; schemaUrl?: string }

export interface OtlpLogsRequest {
  resourceLogs: OtlpResourceLogs[]
  /** Log records of a JSON request whose own shape is wrong. */
  refused: Rejected[]
}

/** A span or log record that could not become part of a record. `payload` is JSON text: `{span, scope, resource}` or `{logRecord, scope, resource}`. */
export interface Rejected {
  code: 'invalid_span' | 'invalid_span_id' | 'invalid_log_record' | 'payload_too_large'
  message: string
  /** The sender's span id, if one could be read. */
  subjectId: string | null
  payload: string
}
