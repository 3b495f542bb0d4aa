import {
  type EventId,
  foreignId,
  isUuid,
  newId,
  type ProjectId,
  type SpanId,
  type TenantId,
  type TraceId,
} from '../../ids.ts'
import {
  type EventRecord,
  type JsonObject,
  type JsonValue,
  NO_USAGE,
  type SpanRecord,
  type TraceRecord,
  type Usage,
} from '../../storage/telemetry/record.ts'
import { usageFromProvider, withTier } from '../usage.ts'
import { serviceTier } from '../usage-counts.ts'
import { type EventRequest, type SpanRequest, type TraceRequest, traceRequest } from './native-schema.ts'

/** A trace or span that cannot be kept as such: it goes to the dead letters with this reason. */
export interface Rejection {
  code: string
  message: string
  subjectId: string | null
  payload: string
}

export interface NativeContext {
  tenantId: TenantId
  projectId: ProjectId
  receivedAt: number
  maxSpanBytes: number
}

export type NativeResult = { record: TraceRecord; rejected: Rejection[] } | { record: null; rejected: [Rejection] }

/** What the client calls its project: an id or a name; null when it says nothing. Read before the rest, which needs the answer. */
export function projectNamed(value: unknown): string | null {
  const named = typeof value === 'object' && value !== null && 'project_id' in value ? value.project_id : null
  return typeof named === 'string' && named.trim() !== '' ? named.trim() : null
}

/**
 * One trace in the SDKs' JSON. Spans that are too large, or repeat another's id, are rejected alone; any other fault rejects the
 * trace, with the field named.
 */
export function recordFromNative(value: unknown, context: NativeContext): NativeResult {
  const parsed = traceRequest.safeParse(value)
  if (!parsed.success) {
    const issues = parsed.error.issues.slice(0, 5).map((issue) => `${fieldName(issue.path)}: ${issue.message}`)
    return { record: null, rejected: [reject('invalid_trace', issues.join('; '), value)] }
  }
  return build(parsed.data, context)
}

function build(trace: TraceRequest, context: NativeContext): { record: TraceRecord; rejected: Rejection[] } {
  const id = mapId<TraceId>('trace', trace.id)
  const { spans, rejected } = keepSpans(trace.spans ?? [], id.id, context.maxSpanBytes)
  const tags = trace.tags ?? []
  const record: TraceRecord = {
    id: id.id,
    tenantId: context.tenantId,
    projectId: context.projectId,
    externalId: trace.external_id ?? id.external,
    otelTraceId: null,
    sessionId: trace.session_id || null,
    userId: trace.user_id ?? null,
    environment: trace.environment ?? null,
    name: trace.name ?? null,
    model: trace.model ?? null,
    input: trace.input ?? null,
    output: trace.output ?? null,
    error: trace.error ?? null,
    startedAt: trace.started_at ?? null,
    endedAt: trace.ended_at ?? null,
    latencyMs: rounded(trace.latency_ms),
    cost: trace.cost ?? null,
    tags: Array.isArray(tags) ? tags.map((tag) => tag.toWellFormed()) : [],
    tagMap: { ...trace.tag_map, ...(Array.isArray(tags) ? {} : tags) },
    metadata: trace.metadata ?? {},
    spans,
    events: (trace.events ?? []).map((event) => eventRecord(event, id.id)),
    said: [],
    standIns: [],
    repeats: [],
    whenKnown: 'duplicate',
    receivedAt: context.receivedAt,
  }
  return { record, rejected }
}

function keepSpans(
  requests: readonly SpanRequest[],
  traceId: TraceId,
  maxBytes: number,
): { spans: SpanRecord[]; rejected: Rejection[] } {
  const spans: SpanRecord[] = []
  const rejected: Rejection[] = []
  const seen = new Set<SpanId>()
  for (const request of requests) {
    const span = spanRecord(request, traceId)
    const fault = seen.has(span.id)
      ? (['duplicate_span_id', `Another span of this trace has the id ${request.id}.`] as const)
      : bytesOver(span, maxBytes)
        ? (['payload_too_large', `The span ${span.name} is larger than ${maxBytes} bytes.`] as const)
        : null
    if (fault) rejected.push(reject(fault[0], fault[1], { trace_id: traceId, ...request, id: request.id ?? span.id }))
    else spans.push(span)
    seen.add(span.id)
  }
  return { spans, rejected }
}

function spanRecord(request: SpanRequest, traceId: TraceId): SpanRecord {
  const id = mapId<SpanId>(`span:${traceId}`, request.id)
  const parent = request.parent_span_id ? mapId<SpanId>(`span:${traceId}`, request.parent_span_id).id : null
  return {
    id: id.id,
    externalId: id.external,
    // A span that names itself as its parent has none.
    parentId: parent === id.id ? null : parent,
    otelSpanId: null,
    name: request.name.toWellFormed(),
    type: request.type || 'other',
    kind: null,
    model: request.model ?? null,
    provider: null,
    input: request.input ?? null,
    output: request.output ?? null,
    error: request.error ?? null,
    startedAt: request.start_time ?? null,
    endedAt: request.end_time ?? null,
    latencyMs: rounded(request.latency_ms) ?? elapsed(request.start_time ?? null, request.end_time ?? null),
    usage: usageOf(request),
    cost: request.cost ?? null,
    metadata: request.metadata ?? {},
    otlp: null,
  }
}

/**
 * Tokens as the span says them; the parts (cached, reasoning) and how the call was served from a provider's own usage object in
 * `metadata.usage`, if one is there. `metadata.service_tier` says what no usage object does, such as `batch`.
 */
function usageOf(request: SpanRequest): Usage {
  const usage = countsOf(request)
  const tier = serviceTier(request.metadata?.service_tier)
  return tier === null ? usage : withTier(usage, tier)
}

function countsOf({ prompt_tokens, completion_tokens, metadata }: SpanRequest): Usage {
  const reported = metadata?.usage === undefined ? null : usageFromProvider(metadata.usage as JsonValue)
  if (prompt_tokens == null && completion_tokens == null) return reported ?? NO_USAGE
  const { input, cacheRead, cacheWrite } = reported ?? NO_USAGE
  // Anthropic's own count of the input leaves out what was cached; a client that hands it on means the same call.
  const beside = prompt_tokens != null && input === prompt_tokens + (cacheRead ?? 0) + (cacheWrite ?? 0)
  return {
    ...(reported ?? NO_USAGE),
    input: beside ? input : (prompt_tokens ?? input),
    output: completion_tokens ?? reported?.output ?? null,
  }
}

function eventRecord(event: EventRequest, traceId: TraceId): EventRecord {
  return {
    id: mapId<EventId>(`event:${traceId}`, event.id).id,
    spanId: event.span_id ? mapId<SpanId>(`span:${traceId}`, event.span_id).id : null,
    level: event.level,
    message: event.message.toWellFormed(),
    at: event.created_at ?? null,
    metadata: (event.metadata ?? {}) as JsonObject,
    otlp: null,
  }
}

/**
 * What was rejected, read again. A trace without an id gets `id`, so that to read it twice makes one trace; a span whose id another one
 * has gets it too. A span alone is a record to be merged with its trace.
 */
export function recordFromRejection(
  { code, payload, id }: Pick<Rejection, 'code' | 'payload'> & { id: string },
  context: NativeContext,
): NativeResult {
  const value: unknown = JSON.parse(payload)
  if (!isRecord(value)) return recordFromNative(value, context)
  if (isUnreadable(value)) return { record: null, rejected: [reject(code, 'It cannot be read.', value)] }
  if (!SPAN_FAULTS.has(code) || typeof value.trace_id !== 'string') return recordFromNative({ id, ...value }, context)
  const { trace_id, ...span } = value
  const result = recordFromNative(
    { id: trace_id, spans: [code === 'duplicate_span_id' ? { ...span, id } : span] },
    context,
  )
  return result.record === null ? result : { ...result, record: { ...result.record, whenKnown: 'merge' } }
}

/** Faults of a span alone; what is kept is the span with the id of its trace. */
const SPAN_FAULTS = new Set(['duplicate_span_id', 'payload_too_large'])

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isUnreadable = (value: Record<string, unknown>): boolean => Object.keys(value).join() === 'unreadable'

/** The client's id if it is a UUID; else the UUID that stands for it, always the same one. */
function mapId<T extends string>(scope: string, id: string | null | undefined): { id: T; external: string | null } {
  if (!id) return { id: newId<T>(), external: null }
  return isUuid(id) ? { id: id.toLowerCase() as T, external: null } : { id: foreignId<T>(scope, id), external: id }
}

const rounded = (ms: number | null | undefined): number | null => (ms == null ? null : Math.round(ms))

const elapsed = (from: number | null, to: number | null): number | null =>
  from === null || to === null || to < from ? null : to - from

/** UTF-8 is at most three bytes a UTF-16 unit: only a span that might be over is measured. */
function bytesOver(span: SpanRecord, limit: number): boolean {
  const texts = [span.input ?? '', span.output ?? '', span.error ?? '', JSON.stringify(span.metadata)]
  const characters = texts.reduce((sum, text) => sum + text.length, 0)
  if (characters * 3 <= limit) return false
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) > limit
}

/** The rejection of a value, with the value kept whole as JSON text. */
export function reject(code: string, message: string, value: unknown): Rejection {
  const id = typeof value === 'object' && value !== null && 'id' in value ? value.id : null
  return {
    code,
    message: `${message}.`.replace(/\.\.$/, '.'),
    subjectId: typeof id === 'string' ? id : null,
    payload: payloadOf(value),
  }
}

/** JSON of what was refused. What is nested too deep for that is described instead. */
function payloadOf(value: unknown): string {
  try {
    return JSON.stringify(value).toWellFormed()
  } catch (error) {
    return JSON.stringify({ unreadable: (error as Error).message })
  }
}

const fieldName = (path: readonly PropertyKey[]): string =>
  path.length === 0
    ? 'trace'
    : path.map((key, i) => (typeof key === 'number' ? `[${key}]` : i === 0 ? String(key) : `.${String(key)}`)).join('')
