import type { Database } from 'better-sqlite3'
import { type FoldedSpan, foldAnew, type TraceState } from './fold.ts'
import type { UsageTree } from './usage-tree.ts'

/**
 * Spans that stand for ones of which only log records have come: a call that is told in words is shown, priced and found like any other,
 * also where its span is never sent. When the span itself comes, the one that stood for it goes, and what the trace derives from its spans
 * is worked out anew.
 */
export class StandIns {
  readonly #tree: UsageTree
  readonly #sql: ReturnType<typeof statements>

  constructor(db: Database, tree: UsageTree) {
    this.#tree = tree
    this.#sql = statements(db)
  }

  add(trace: number, spanId: string): void {
    this.#sql.add.run(trace, spanId)
  }

  has(trace: number, spanId: string): boolean {
    return this.#sql.has.get(trace, spanId) === 1
  }

  /** Removes a span that stood for one. What log records say was said in it waits for the span itself. */
  remove(trace: number, spanId: string): void {
    this.#sql.forget.run(trace, spanId)
    this.#sql.removePayload.run(trace, spanId)
    this.#sql.remove.run(trace, spanId)
    this.#sql.waitAgain.run(trace, spanId)
  }

  /** Derives anew what follows from all spans of a trace. */
  refold(trace: number, state: TraceState): void {
    const sums = this.#tree.recount(trace)
    foldAnew(state, this.#sql.spans.all(trace), sums, {
      beginning: (at, characters) => this.#beginning(at, characters),
    })
  }

  #beginning(at: number | null, characters: number): string | null {
    if (at === null) return null
    const bytes = this.#sql[at > 0 ? 'input' : 'output'].get(characters * 4, Math.abs(at))
    return bytes?.toString('utf8').slice(0, characters).toWellFormed() ?? null
  }
}

function statements(db: Database) {
  // In bytes, for SQLite takes a text to end where it has a zero.
  const text = (column: 'input' | 'output') =>
    db
      .prepare<[number, number], Buffer | null>(
        `SELECT substr(CAST(${column} AS BLOB), 1, ?) FROM span_payloads WHERE key = ?`,
      )
      .pluck()
  return {
    add: db.prepare<[number, string]>('INSERT INTO stand_ins (trace, span_id) VALUES (?, ?)'),
    has: db.prepare<[number, string], number>('SELECT 1 FROM stand_ins WHERE trace = ? AND span_id = ?').pluck(),
    forget: db.prepare<[number, string]>('DELETE FROM stand_ins WHERE trace = ? AND span_id = ?'),
    remove: db.prepare<[number, string]>('DELETE FROM spans WHERE trace = ? AND id = ?'),
    removePayload: db.prepare<[number, string]>(
      'DELETE FROM span_payloads WHERE key = (SELECT key FROM spans WHERE trace = ? AND id = ?)',
    ),
    waitAgain: db.prepare<[number, string]>('UPDATE said SET state = 0 WHERE trace = ? AND span_id = ?'),
    // A span's texts are named by its key, the output by its negative.
    spans: db.prepare<[number], FoldedSpan & { key: number }>(
      `SELECT key, parent_id AS parentId, name, type, model, error, failure_type AS failureType, started_at AS startedAt,
         ended_at AS endedAt, latency_ms AS latencyMs, cost, key AS input, -key AS output
       FROM spans WHERE trace = ? ORDER BY key`,
    ),
    input: text('input'),
    output: text('output'),
  }
}
