import type { Database } from 'better-sqlite3'
import { getOrAdd } from '../../../get-or-add.ts'
import {
  type NativeEvent,
  type NativeSpan,
  type NativeTrace,
  nativeSpan,
  rootSpan,
  traceHex,
} from '../otlp/native-spans.ts'
import type { JsonObject } from '../record.ts'
import { prepared } from './prepared.ts'

export interface PlacedTrace {
  key: number
  id: string
  startedAt: number
}

export interface PlacedSpan {
  /** Null: the span that stands for a native trace itself. */
  key: number | null
  id: string
  parentId: string | null
  start: number
  hex: string
}

/** A trace as it is read to be written as OTLP. */
export interface HotTrace
  extends PlacedTrace,
    Omit<NativeTrace, 'id' | 'startedAt' | 'tags' | 'tagMap' | 'input' | 'output' | 'metadata'> {
  otelTraceId: string | null
  environment: string | null
  tags: string
  tagMap: string
}

/** Writes the spans of a trace that did not come as OTLP. */
export class NativeWriter {
  readonly #db: Database
  readonly #trace: HotTrace
  readonly #hexOf: Map<string, string>
  readonly #root: string | null
  /** Read once for a trace, and only if one of its spans is native. */
  #eventsOf: Map<string | null, NativeEvent[]> | null = null

  constructor(db: Database, trace: HotTrace, spans: readonly PlacedSpan[]) {
    this.#db = db
    this.#trace = trace
    this.#hexOf = new Map(spans.map(({ id, hex }) => [id, hex]))
    this.#root = spans.find(({ key }) => key === null)?.hex ?? null
  }

  /** Null: it was erased meanwhile. */
  write({ key, id, parentId, hex }: PlacedSpan): string | null {
    const trace = this.#trace
    const place = {
      traceId: trace.otelTraceId ?? traceHex(trace.id),
      spanId: hex,
      parentSpanId: key === null ? null : ((parentId && this.#hexOf.get(parentId)) ?? this.#root),
      startedAt: trace.startedAt,
    }
    if (key === null) return JSON.stringify(rootSpan(this.#whole(), place, this.#events(null)))
    const span = this.#span(key)
    return span && JSON.stringify(nativeSpan(span, place, this.#events(id)))
  }

  #whole(): NativeTrace {
    const payload = prepared<[number], { input: string | null; output: string | null; metadata: string }>(
      this.#db,
      'SELECT input, output, metadata FROM trace_payloads WHERE key = ?',
    ).get(this.#trace.key)
    const { tags, tagMap, ...trace } = this.#trace
    return {
      ...trace,
      tags: JSON.parse(tags) as string[],
      tagMap: JSON.parse(tagMap) as Record<string, string>,
      input: payload?.input ?? null,
      output: payload?.output ?? null,
      metadata: JSON.parse(payload?.metadata ?? '{}') as JsonObject,
    }
  }

  #span(key: number): NativeSpan | null {
    const row = prepared<[number], NativeSpan & { metadata: string }>(
      this.#db,
      `SELECT s.name, s.type, s.kind, s.model, s.provider, s.error, s.failure_type AS failureType, s.started_at AS startedAt,
         s.ended_at AS endedAt, s.latency_ms AS latencyMs, s.cost, s.prompt_tokens AS promptTokens,
         s.completion_tokens AS completionTokens, s.cache_read_tokens AS cacheReadTokens,
         s.cache_write_tokens AS cacheWriteTokens, s.reasoning_tokens AS reasoningTokens, y.input, y.output, y.metadata
       FROM spans s JOIN span_payloads y ON y.key = s.key WHERE s.key = ?`,
    ).get(key)
    return row ? { ...row, metadata: JSON.parse(row.metadata) as JsonObject } : null
  }

  /** Those of a span, or of none of the trace's spans. */
  #events(spanId: string | null): readonly NativeEvent[] {
    this.#eventsOf ??= this.#readEvents()
    return this.#eventsOf.get(spanId) ?? []
  }

  #readEvents(): Map<string | null, NativeEvent[]> {
    const rows = prepared<[number], NativeEventRow>(
      this.#db,
      `SELECT span_id AS spanId, level, message, at, metadata FROM events WHERE trace = ? ORDER BY ifnull(at, 0), id`,
    ).all(this.#trace.key)
    const events = new Map<string | null, NativeEvent[]>()
    for (const { spanId, metadata, ...event } of rows) {
      const of = spanId !== null && this.#hexOf.has(spanId) ? spanId : null
      getOrAdd(events, of, () => []).push({ ...event, metadata: JSON.parse(metadata) as JsonObject })
    }
    return events
  }
}

interface NativeEventRow extends Omit<NativeEvent, 'metadata'> {
  spanId: string | null
  metadata: string
}
