import { keptSpan } from '../storage/telemetry/otlp/kept-span.ts'
import type { OtlpSource, SpanRecord, TraceRecord } from '../storage/telemetry/record.ts'
import { usageMoreJson } from '../storage/telemetry/usage-more.ts'
import type { WireSpan, WireTrace } from '../storage/telemetry/wire.ts'
import { Attachments } from './attachments.ts'
import { failureType } from './failure-type.ts'
import type { Pricer } from './prices/pricer.ts'

/**
 * A record made ready for the writer: priced at the prices of the moment it arrived, its error classified, its objects as JSON text.
 * Pictures and sounds in messages become attachments.
 * A cost that the client states wins over one that we compute.
 */
export function encode(record: TraceRecord, pricer: Pricer): WireTrace {
  const attachments = new Attachments()
  return {
    id: record.id,
    tenantId: record.tenantId,
    projectId: record.projectId,
    externalId: record.externalId,
    otelTraceId: record.otelTraceId,
    sessionId: record.sessionId,
    userId: record.userId,
    environment: record.environment,
    name: record.name,
    model: record.model,
    input: attachments.text(record.input),
    output: attachments.text(record.output),
    error: record.error,
    failureType: failureType(record.error),
    startedAt: record.startedAt,
    endedAt: record.endedAt,
    latencyMs: record.latencyMs,
    cost: record.cost ?? statedCost(record.metadata.cost_usd),
    tags: record.tags,
    tagMap: record.tagMap,
    metadata: attachments.text(JSON.stringify(record.metadata)),
    whenKnown: record.whenKnown,
    receivedAt: record.receivedAt,
    spans: record.spans.map((span) => encodeSpan(span, record, pricer, attachments)),
    events: record.events.map((event) => ({
      ...event,
      metadata: attachments.text(JSON.stringify(event.metadata)),
      otlp: event.otlp && JSON.stringify(event.otlp),
    })),
    said:
      record.said.length === 0
        ? record.said
        : record.said.map((one) => ({ ...one, messages: attachments.text(one.messages) })),
    standIns: record.standIns,
    repeats: record.repeats,
    attachments: [...attachments.found.values()],
  }
}

function encodeSpan(
  span: SpanRecord,
  { tenantId, receivedAt }: TraceRecord,
  pricer: Pricer,
  attachments: Attachments,
): WireSpan {
  const { usage, metadata, otlp, model } = span
  const stated = span.cost ?? statedCost(metadata.cost_usd)
  const priced = stated === null ? pricer.price(tenantId, model, span.provider, usage, receivedAt) : null
  const unpriced =
    stated === null && priced === null && model !== null && (usage.input !== null || usage.output !== null)
  const input = attachments.text(span.input)
  const output = attachments.text(span.output)
  return {
    id: span.id,
    externalId: span.externalId,
    parentId: span.parentId,
    otelSpanId: span.otelSpanId,
    name: span.name,
    type: span.type,
    kind: span.kind,
    model,
    provider: span.provider,
    error: span.error,
    failureType: failureType(span.error),
    startedAt: span.startedAt,
    endedAt: span.endedAt,
    latencyMs: span.latencyMs,
    cost: stated ?? priced?.dollars ?? null,
    promptTokens: usage.input,
    completionTokens: usage.output,
    cacheReadTokens: usage.cacheRead,
    cacheWriteTokens: usage.cacheWrite,
    reasoningTokens: usage.reasoning,
    inputAudioTokens: usage.inputAudio,
    outputAudioTokens: usage.outputAudio,
    usageMore: usage.more && usageMoreJson(usage.more),
    price: priced?.price ?? null,
    unpriced,
    input,
    output,
    metadata: attachments.text(JSON.stringify(metadata)),
    otlp: otlp && keptSpan(otlp.span, { input, output }),
    otlpContext: otlp && contextOf(otlp),
  }
}

type Context = Pick<OtlpSource, 'scope' | 'resource'>

let lastContext: (Context & { text: string }) | null = null

/** The spans of a request share their scope and resource, which are worked out once for all that follow one another. */
function contextOf({ scope, resource }: Context): string {
  if (lastContext?.scope === scope && lastContext.resource === resource) return lastContext.text
  lastContext = { scope, resource, text: JSON.stringify({ scope, resource }) }
  return lastContext.text
}

const statedCost = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null
