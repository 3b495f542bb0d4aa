import type { Database } from 'better-sqlite3'
import type { TraceId } from '../../ids.ts'
import { spanHex } from './otlp/native-spans.ts'
import type { PackedTrace } from './pack.ts'

/**
 * A trace that did not come as OTLP goes out as spans whose ids follow from its own. Sent in where it came from, these are there already,
 * by other ids.
 */
export class SentBack {
  readonly #sql: ReturnType<typeof statements>

  constructor(db: Database) {
    this.#sql = statements(db)
  }

  /** What of the spans of a trace is new where the trace did not come as OTLP. */
  newOf(key: number, id: TraceId, trace: PackedTrace): PackedTrace {
    const hexes = new Set([id, ...this.#sql.spans.all(key)].map(spanHex))
    const back = trace.spans.filter(({ otelSpanId }) => otelSpanId !== null && hexes.has(otelSpanId))
    if (back.length === 0) return trace
    const ids = new Set<string>(back.map((span) => span.id))
    const spans = trace.spans.filter((span) => !ids.has(span.id))
    const events = trace.events.filter(({ spanId }) => spanId === null || !ids.has(spanId))
    // What only spans say that are there already, the trace says itself.
    const said = spans.length === 0 ? { metadata: '{}', tags: [], tagMap: {} } : {}
    return { ...trace, spans, events, ...said }
  }
}

function statements(db: Database) {
  return {
    spans: db.prepare<[number], string>('SELECT id FROM spans WHERE trace = ? AND otel_span_id IS NULL').pluck(),
  }
}
