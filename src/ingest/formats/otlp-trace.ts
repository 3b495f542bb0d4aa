import { getOrAdd } from '../../get-or-add.ts'
import type { ProjectId, SpanId, TenantId, TraceId } from '../../ids.ts'
import type {
  EventRecord,
  JsonObject,
  JsonValue,
  Repeat,
  SaidRecord,
  SpanRecord,
  TraceRecord,
} from '../../storage/telemetry/record.ts'
import type { Place } from './logs/reader.ts'
import { StandIn } from './logs/stand-in.ts'
import { type SpanOutcome, spanId, spanOutcome } from './otlp-span.ts'
import type { OtlpResource, OtlpScope, OtlpSpan } from './otlp-types.ts'

export interface OtlpContext {
  tenantId: TenantId
  projectId: ProjectId
  /** Milliseconds since the epoch. */
  receivedAt: number
  /** Of the JSON text, in normal form, of a span or log record; UTF-8. */
  maxSpanBytes: number
}

/** 32 hex digits as the UUID of the same 16 bytes. */
export function traceUuid(hex: string): TraceId {
  const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)]
  return parts.join('-') as TraceId
}

interface From {
  scope: OtlpScope | null
  resource: OtlpResource | null
}

interface Standing {
  span: StandIn
  from: From
  resource: JsonObject
}

const NONE: readonly SpanId[] = []

/** Gathers the spans of one trace. What several of them say of the trace is taken from the first; tags are gathered from all. */
export class TraceBuilder {
  private readonly ids = new Map<string, SpanId>()
  private readonly outcomes = new Map<string, SpanOutcome>()
  private readonly metadata = new Map<string, JsonValue>()
  private readonly tags = new Set<string>()
  private sessionId: string | null = null
  private userId: string | null = null
  private environment: string | null = null
  /** What the last span was described by: mostly all spans of a trace come from one resource. */
  private describedBy: JsonObject | null = null
  private readonly events = new Map<string, EventRecord>()
  private readonly said: SaidRecord[] = []
  private readonly repeats: Repeat[] = []
  private standIns: Map<string, Standing> | null = null

  constructor(
    private readonly traceHex: string,
    private readonly context: OtlpContext,
  ) {}

  /** An id is a hash, and most spans share their parent with others. */
  readonly idOf = (spanHex: string): SpanId => getOrAdd(this.ids, spanHex, () => spanId(this.traceHex, spanHex))

  add(source: { span: OtlpSpan } & From, described: JsonObject): void {
    const { span, scope, resource } = source
    const { traceHex, idOf } = this
    const outcome = spanOutcome({ span, scope, resource, traceHex, spanHex: span.spanId ?? '', idOf })
    const { reading, record } = outcome
    this.outcomes.set(record.id, outcome)
    this.sessionId ??= reading.sessionId ?? null
    this.userId ??= reading.userId ?? null
    this.environment ??= reading.environment ?? environmentOf(described)
    for (const tag of reading.tags ?? []) this.tags.add(tag)
    if (described !== this.describedBy) this.describe(described)
    this.describedBy = described
    if (reading.traceMetadata !== undefined) this.describe(reading.traceMetadata)
  }

  private describe(metadata: JsonObject): void {
    for (const key in metadata) if (!this.metadata.has(key)) this.metadata.set(key, metadata[key] ?? null)
  }

  /** Adds what was logged while the trace ran, apart from its spans. */
  addEvent(event: EventRecord): void {
    this.events.set(event.id, event)
  }

  addSaid(said: SaidRecord): void {
    this.said.push(said)
  }

  /** What is known of a span that has not come itself. */
  standInFor(place: Place, from: From, resource: JsonObject): StandIn {
    this.standIns ??= new Map()
    return getOrAdd(this.standIns, place.spanHex, () => ({ span: new StandIn(place), from, resource })).span
  }

  private addStandIns(): SpanId[] {
    const ids: SpanId[] = []
    for (const [spanHex, { span, from, resource }] of this.standIns ?? []) {
      if (this.outcomes.has(this.idOf(spanHex))) continue
      this.add({ ...from, span: span.span() }, resource)
      ids.push(this.idOf(spanHex))
    }
    return ids
  }

  addRepeat({ traceHex, spanHex }: Place): void {
    this.repeats.push({ traceId: traceUuid(traceHex), spanId: spanId(traceHex, spanHex) })
  }

  finish(): TraceRecord {
    const standIns = this.standIns === null ? NONE : this.addStandIns()
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
      events: [...outcomes.flatMap(({ events }) => events), ...this.events.values()],
      said: this.said,
      standIns,
      repeats: this.repeats,
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
