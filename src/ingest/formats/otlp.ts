import { getOrAdd } from '../../get-or-add.ts'
import type { JsonObject, OtlpSource, TraceRecord } from '../../storage/telemetry/record.ts'
import { readTree } from './otlp-json.ts'
import { type Fault, rejected as rejectedItem } from './otlp-rejected.ts'
import { SPAN_ID, TRACE_ID, withoutSchemaUrl, withSchemaUrl } from './otlp-source.ts'
import { type OtlpContext, TraceBuilder } from './otlp-trace.ts'
import type { OtlpRequest, OtlpSpan, Rejected } from './otlp-types.ts'
import { attributesOf, isLargerThan } from './otlp-values.ts'

export {
  decodeOtlp,
  decodeOtlpLogs,
  encodeOtlpResponse,
  type OtlpContentType,
  type OtlpOutcome,
} from './otlp-decode.ts'
export { type OtlpContext, traceUuid } from './otlp-trace.ts'
export type { OtlpRequest, Rejected } from './otlp-types.ts'

export interface OtlpRecords {
  /** One for each trace id, to be merged with what is known of that trace. */
  records: TraceRecord[]
  rejected: Rejected[]
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
        if (fault !== null) rejected.push(rejectedItem(fault, { span }, by, from))
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
