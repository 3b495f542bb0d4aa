import type { Database } from 'better-sqlite3'
import type { TraceId } from '../../ids.ts'
import type { Repeat } from './record.ts'
import { REPORTS } from './usage-tree.ts'

/** Tokens and dollars, all of them. */
const ALL = REPORTS.promptTokens | REPORTS.completionTokens | REPORTS.cost

/**
 * Spans of one trace whose calls another trace tells too: a program that sends logs and traces tells of each call twice. What such a span
 * used is its own, and counts in the trace that tells more. Either may come first; the note goes with the trace that made it.
 */
export class Repeats {
  readonly #sql: ReturnType<typeof statements>
  /** Is there any at all? Most stores have none, and ask nothing. */
  #any = false

  constructor(db: Database) {
    this.#sql = statements(db)
  }

  reload(): void {
    this.#any = this.#sql.any.get() === 1
  }

  /** Notes what a trace repeats; answers the traces that are to be counted anew, by their ids. */
  add(tenant: number, trace: number, repeats: readonly Repeat[]): Set<TraceId> {
    const changed = new Set<TraceId>()
    for (const { traceId, spanId } of repeats) {
      if (this.#sql.add.run(trace, tenant, traceId, spanId).changes === 0) continue
      this.#any = true
      changed.add(traceId)
    }
    return changed
  }

  /** Lets the spans of a trace that are told elsewhere count for nothing when they come. True if there are any. */
  await(tenant: number, trace: number, traceId: TraceId): boolean {
    return this.#any && this.#sql.await.run(trace, ALL, tenant, traceId).changes > 0
  }
}

function statements(db: Database) {
  return {
    any: db.prepare<[], number>('SELECT EXISTS (SELECT 1 FROM repeats)').pluck(),
    add: db.prepare<[number, number, string, string]>(
      `INSERT INTO repeats (trace, tenant, of_trace, of_span) VALUES (?, ?, ?, ?)
       ON CONFLICT (tenant, of_trace, of_span) DO NOTHING`,
    ),
    await: db.prepare<[number, number, number, string]>(
      `INSERT INTO awaited_spans (trace, span_id, below)
       SELECT ?, of_span, ? FROM repeats WHERE tenant = ? AND of_trace = ?
       ON CONFLICT (trace, span_id) DO UPDATE SET below = excluded.below`,
    ),
  }
}
