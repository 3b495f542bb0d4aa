import type { ProjectId, SpanId, TenantId, TraceId } from '../../ids.ts'
import type { JsonObject, JsonValue, OtlpSource, SpanRecord, TraceRecord } from '../../storage/telemetry/record.ts'
import { readTree } from './otlp-json.ts'
import { type Fault, rejectedSpan } from './otlp-rejected.ts'
import { type SpanOutcome, spanId, spanOutcome } from './otlp-span.ts'
import type { OtlpRequest, OtlpResource, OtlpScope, OtlpSpan, RejectedSpan } from './otlp-types.ts'
import { attributesOf, isLargerThan } from './otlp-values.ts'

export { decodeOtlp, encodeOtlpResponse, type OtlpContentType, type OtlpOutcome } from './otlp-decode.ts'
export type { OtlpRequest, RejectedSpan } from './otlp-types.ts'

export interface OtlpContext {
  tenantId: TenantId
  projectId: ProjectId
  /** Milliseconds since the epoch. */
  receivedAt: number
  /** Of the span's JSON text in normal form, UTF-8. */
  maxSpanBytes: number
}

export interface OtlpRecords {
  /** One for each trace id, to be merged with what is known of that trace. */
  records: TraceRecord[]
  rejected: RejectedSpan[]
}

/**
 * The records of a request: its spans by trace. A span that cannot be kept (no valid ids, too large) is rejected with its reason and
 * costs no other. Of a span that is there twice the last counts.
 */
export function recordsFromOtlp(request: OtlpRequest, context: OtlpContext): OtlpRecords {
  const traces = new Map<string, TraceBuilder>()
  const rejected = [...request.refused]
  for (const { resource = null, schemaUrl: resourceSchema, scopeSpans = [] } of request.resourceSpans) {
    const from = withSchemaUrl(resource, resourceSchema)
    const described = Object.fromEntries(attributesOf(resource?.attributes))
    for (const { scope = null, schemaUrl, spans = [] } of scopeSpans) {
      const by = withSchemaUrl(scope, schemaUrl)
      for (const span of spans) {
        const fault = faultOf(span, context.maxSpanBytes)
        if (fault !== null) rejected.push(rejectedSpan(fault, span, by, from))
        else traceOf(traces, span, context).add({ span, scope: by, resource: from }, described)
      }
    }
  }
  return { records: [...traces.values()].map((trace) => trace.finish()), rejected }
}

function traceOf(traces: Map<string, TraceBuilder>, span: OtlpSpan, context: OtlpContext): TraceBuilder {
  const traceHex = span.traceId ?? ''
  return getOrAdd(traces, traceHex, () => new TraceBuilder(traceHex, context))
}

/** The schema URL stands beside a resource or scope; here it is kept inside, which has no field of that name. */
function withSchemaUrl<T extends OtlpResource | OtlpScope>(described: T | null, schemaUrl = ''): T | JsonObject | null {
  return schemaUrl === '' ? described : { ...described, schemaUrl }
}

/** OTLP `TracesData` (JSON mapping) of stored spans: what came in by `recordsFromOtlp` goes out equal. */
export function tracesData(sources: readonly OtlpSource[]): JsonObject {
  const resources = new Map<string, Map<string, OtlpSource[]>>()
  for (const source of sources) {
    const scopes = getOrAdd(resources, JSON.stringify(source.resource), () => new Map<string, OtlpSource[]>())
    getOrAdd(scopes, JSON.stringify(source.scope), () => []).push(source)
  }
  return {
    resourceSpans: [...resources].map(([resource, scopes]) => ({
      ...withoutSchemaUrl('resource', resource),
      scopeSpans: [...scopes].map(([scope, group]) => ({
        ...withoutSchemaUrl('scope', scope),
        spans: group.map(({ span }) => span),
      })),
    })),
  }
}

/** A rejected span as the request that it came in, to be read again. Throws `invalid_otlp` where it still has the wrong shape. */
export const requestOfRejected = (payload: string): OtlpRequest =>
  readTree(tracesData([JSON.parse(payload) as OtlpSource]))

function withoutSchemaUrl(name: string, text: string): JsonObject {
  const described: JsonObject | null = JSON.parse(text)
  if (described === null) return {}
  const { schemaUrl, ...rest } = described
  return schemaUrl === undefined ? { [name]: rest } : { [name]: rest, schemaUrl }
}

function getOrAdd<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key) ?? make()
  map.set(key, found)
  return found
}

const TRACE_ID = /^(?!0{32})[0-9a-f]{32}$/
const SPAN_ID = /^(?!0{16})[0-9a-f]{16}$/

function faultOf(span: OtlpSpan, maxSpanBytes: number): Fault | null {
  const subjectId = span.spanId ?? null
  if (!TRACE_ID.test(span.traceId ?? '')) {
    return { code: 'invalid_span_id', message: 'The trace id must be 16 bytes, not all zero.', subjectId }
  }
  if (!SPAN_ID.test(span.spanId ?? '')) {
    return { code: 'invalid_span_id', message: 'The span id must be 8 bytes, not all zero.', subjectId }
  }
  if (isLargerThan(span, maxSpanBytes)) {
    return { code: 'payload_too_large', message: `The span is larger than ${maxSpanBytes} bytes.`, subjectId }
  }
  return null
}

/** 32 hex digits as the UUID of the same 16 bytes. */
export function traceUuid(hex: string): TraceId {
  const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)]
  return parts.join('-') as TraceId
}

/** Gathers the spans of one trace. What several of them say of the trace is taken from the first; tags are gathered from all. */
class TraceBuilder {
  private readonly ids = new Map<string, SpanId>()
  private readonly outcomes = new Map<string, SpanOutcome>()
  private readonly metadata = new Map<string, JsonValue>()
  private readonly tags = new Set<string>()
  private sessionId: string | null = null
  private userId: string | null = null
  private environment: string | null = null

  constructor(
    private readonly traceHex: string,
    private readonly context: OtlpContext,
  ) {}

  /** An id is a hash, and most spans share their parent with others. */
  private readonly idOf = (spanHex: string): SpanId => getOrAdd(this.ids, spanHex, () => spanId(this.traceHex, spanHex))

  add(source: { span: OtlpSpan; scope: OtlpScope | null; resource: OtlpResource | null }, resource: JsonObject): void {
    const outcome = spanOutcome({
      ...source,
      traceHex: this.traceHex,
      spanHex: source.span.spanId ?? '',
      idOf: this.idOf,
    })
    const { reading, record } = outcome
    this.outcomes.set(record.id, outcome)
    this.sessionId ??= reading.sessionId ?? null
    this.userId ??= reading.userId ?? null
    this.environment ??= reading.environment ?? environmentOf(resource)
    for (const tag of reading.tags ?? []) this.tags.add(tag)
    for (const described of [resource, reading.traceMetadata ?? {}]) {
      for (const [key, value] of Object.entries(described)) if (!this.metadata.has(key)) this.metadata.set(key, value)
    }
  }

  finish(): TraceRecord {
    const outcomes = [...this.outcomes.values()]
    return {
      id: traceUuid(this.traceHex),
      tenantId: this.context.tenantId,
      projectId: this.context.projectId,
      externalId: null,
      otelTraceId: this.traceHex,
      sessionId: this.sessionId,
      userId: this.userId,
      environment: this.environment,
      ...DERIVED,
      tags: [...this.tags],
      tagMap: {},
      metadata: Object.fromEntries(this.metadata),
      spans: outcomes.map(({ record }): SpanRecord => record),
      events: outcomes.flatMap(({ events }) => events),
      whenKnown: 'merge',
      receivedAt: this.context.receivedAt,
    }
  }
}

/** An OTLP trace has nothing of its own: all of this is worked out from its spans once they have been merged. */
const DERIVED = {
  name: null,
  model: null,
  input: null,
  output: null,
  error: null,
  startedAt: null,
  endedAt: null,
  latencyMs: null,
  cost: null,
} as const

function environmentOf(resource: JsonObject): string | null {
  const name = resource['deployment.environment.name'] ?? resource['deployment.environment']
  return typeof name === 'string' && name !== '' ? name : null
}
