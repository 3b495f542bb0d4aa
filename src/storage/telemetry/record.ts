import type { DeadLetterId, EventId, ProjectId, SpanId, TenantId, TraceId } from '../../ids.ts'

/**
 * The waist: what every format becomes on its way in, and the only thing the writer knows.
 *
 * trace    one unit of work of an application: a request, a job, a conversation turn
 * span     one step of it: a model call, a tool call, a retrieval, anything else
 * event    a message logged while the trace ran
 * session  the conversation that traces belong to, named by the client
 * fixed    fields of a trace that the client gave outright, so that spans which arrive later do not derive them anew
 *
 * Times are milliseconds since the epoch, durations milliseconds, money US dollars. Text is well-formed UTF-16 (no lone surrogates).
 */
export interface TraceRecord {
  id: TraceId
  tenantId: TenantId
  projectId: ProjectId
  /** The client's own id, where it was not a UUID; 32 hex digits for OTLP are in `otelTraceId`. */
  externalId: string | null
  otelTraceId: string | null
  sessionId: string | null
  userId: string | null
  environment: string | null
  name: string | null
  model: string | null
  input: string | null
  output: string | null
  error: string | null
  startedAt: number | null
  endedAt: number | null
  latencyMs: number | null
  cost: number | null
  tags: string[]
  tagMap: Record<string, string>
  metadata: JsonObject
  spans: SpanRecord[]
  events: EventRecord[]
  /** What log records say was said in its spans. */
  said: readonly SaidRecord[]
  /** Those of its spans that stand for spans of which only log records have come: each goes when the span itself comes. */
  standIns: readonly SpanId[]
  /** Spans of other traces that tell of calls which this one tells of: they are counted here. */
  repeats: readonly Repeat[]
  /** A trace that is there already: answered as a duplicate (a client repeats itself), or grown by the new spans (OTLP). */
  whenKnown: 'duplicate' | 'merge'
  receivedAt: number
}

export interface SpanRecord {
  id: SpanId
  externalId: string | null
  parentId: SpanId | null
  otelSpanId: string | null
  name: string
  /** `llm`, `tool`, `retrieval`, `other`; a type of the client's own is kept as it came. */
  type: string
  /** The finer kind: agent, chain, embedding, reranker, guardrail, evaluator …; null when the type says it all. */
  kind: string | null
  model: string | null
  provider: string | null
  input: string | null
  output: string | null
  error: string | null
  startedAt: number | null
  endedAt: number | null
  latencyMs: number | null
  usage: Usage
  cost: number | null
  metadata: JsonObject
  /** What an OTLP span was, whole, for sending it out again equal; null for native spans. */
  otlp: OtlpSource | null
}

/**
 * Tokens of one model call, each null when unknown. `input` counts all input (cached included), `output` all output (reasoning
 * included), whatever the provider's own convention: `cacheRead`, `cacheWrite` and `inputAudio` are parts of `input`, `reasoning`
 * and `outputAudio` of `output`.
 */
export interface Usage {
  input: number | null
  output: number | null
  cacheRead: number | null
  cacheWrite: number | null
  reasoning: number | null
  inputAudio: number | null
  outputAudio: number | null
  /** What few calls have, apart, so that the others carry nothing for it. */
  more: MoreUsage | null
}

/** Finer parts, each null when unknown. */
export interface MoreUsage {
  /** Part of `cacheWrite`: what is kept for an hour. */
  cacheWrite1h: number | null
  /** Parts of `cacheRead`. */
  cacheReadAudio: number | null
  cacheReadImage: number | null
  /** Part of `input`, cached ones included, as `inputAudio` is. */
  inputImage: number | null
  /** Part of `output`. */
  outputImage: number | null
  /** Searches of the web that the provider did and charges for. */
  webSearches: number | null
  /** How the provider served the call: `batch`, `flex`, `priority` …; null for the standard way. */
  tier: string | null
  /** Where the provider ran it, when that changes the price. */
  region: string | null
}

export const NO_USAGE: Usage = Object.freeze({
  input: null,
  output: null,
  cacheRead: null,
  cacheWrite: null,
  reasoning: null,
  inputAudio: null,
  outputAudio: null,
  more: null,
})

export interface EventRecord {
  id: EventId
  spanId: SpanId | null
  level: 'info' | 'warn' | 'error'
  message: string
  at: number | null
  metadata: JsonObject
  /** A log record as the event of its span that it goes out as, in OTLP/JSON; null for what goes out by itself. */
  otlp: JsonObject | null
}

/**
 * What came apart from its span, as log records: messages, which are its input or output, and definitions of tools, where it has none of its own,
 * whichever comes first.
 */
export interface SaidRecord {
  id: EventId
  /** Null: all that is known of the span is when it began. */
  spanId: SpanId | null
  began: number | null
  side: 'input' | 'output' | 'tools'
  /** All of that side, rather than some messages of it. The last one that is whole comes before all that are not. */
  whole: boolean
  /** Their order in the span: text that sorts by it. */
  order: string
  /** JSON text of a list of chat messages, or of tools; one of messages that is whole may be any text. */
  messages: string
}

/** A span of another trace. */
export interface Repeat {
  traceId: TraceId
  spanId: SpanId
}

/** OTLP/JSON (protobuf JSON mapping) of the span, its scope and its resource. */
export interface OtlpSource {
  span: JsonObject
  scope: JsonObject | null
  resource: JsonObject | null
}

/** What could not be accepted, kept with the reason so that it can be looked at and replayed. */
export interface DeadLetter {
  tenantId: TenantId
  projectId: ProjectId | null
  /** The route it came by: `ingest`, `batch`, `otlp`. */
  source: 'ingest' | 'batch' | 'otlp'
  code: string
  message: string
  /** The client's id of what was refused, if it could be read. */
  subjectId: string | null
  /** JSON text of the refused trace, span or log record, whole. */
  payload: string
  receivedAt: number
}

/** What became of a dead letter, at a time: it was stored after all, it failed again for this reason, or somebody set it aside. */
export type LetterChange = { id: DeadLetterId; tenantId: TenantId; at: number } & (
  | { outcome: 'replayed' | 'resolved' }
  | { outcome: 'failed'; code: string; message: string }
)

export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject
export interface JsonObject {
  [key: string]: JsonValue
}

/** Is it an object, neither a list nor null? */
export const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
