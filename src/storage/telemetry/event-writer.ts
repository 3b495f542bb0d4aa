import type { Database } from 'better-sqlite3'
import type { PackedTrace } from './pack.ts'

type Event = PackedTrace['events'][number]

/**
 * Events of traces, each once. An export has those that came as log records in their spans, so one may come both ways: as a log record, and
 * in its span from elsewhere.
 */
export class EventWriter {
  readonly #sql: ReturnType<typeof statements>

  constructor(db: Database) {
    this.#sql = statements(db)
  }

  /** Adds the events that are new; `known`: the trace was there before. True if there was any. */
  add(trace: number, events: readonly Event[], known: boolean): boolean {
    const told = known && events.length > 0 ? this.#toldOtherwise(trace, events) : null
    let added = 0
    for (const e of events) {
      if (told?.has(wordsOf(e))) continue
      added += this.#sql.insert.run(trace, e.id, e.spanId, e.level, e.message, e.at, e.metadata, e.otlp).changes
    }
    return added > 0
  }

  /** What the trace has already of what came the other way at the times of these; all of them come by the same. */
  #toldOtherwise(trace: number, events: readonly Event[]): ReadonlySet<string> | null {
    const areLogged = events.some(({ otlp }) => otlp !== null)
    if (!areLogged && this.#sql.hasLogged.get(trace) !== 1) return null
    const times = events.map(({ at }) => at ?? 0)
    const range = [trace, times.reduce((a, b) => Math.min(a, b)), times.reduce((a, b) => Math.max(a, b))] as const
    return new Set(this.#sql[areLogged ? 'ofSpans' : 'logged'].all(...range).map(wordsOf))
  }
}

/** What it says. A level is not part of it: an event of a span has none. */
const wordsOf = ({ spanId, message, at, metadata }: Told): string => JSON.stringify([spanId, at, message, metadata])

type Told = Pick<Event, 'spanId' | 'message' | 'at' | 'metadata'>

function statements(db: Database) {
  const told = (which: string) =>
    db.prepare<[number, number, number], Told>(
      `SELECT span_id AS spanId, message, at, metadata FROM events WHERE trace = ? AND ${which} AND ifnull(at, 0) BETWEEN ? AND ?`,
    )
  return {
    insert: db.prepare(
      `INSERT INTO events (trace, id, span_id, level, message, at, metadata, otlp) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (trace, id) DO NOTHING`,
    ),
    hasLogged: db
      .prepare<[number], number>('SELECT EXISTS (SELECT 1 FROM events WHERE trace = ? AND otlp IS NOT NULL)')
      .pluck(),
    logged: told('otlp IS NOT NULL'),
    ofSpans: told('otlp IS NULL AND span_id IS NOT NULL'),
  }
}
