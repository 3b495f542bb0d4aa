import type { Database } from 'better-sqlite3'
import { Rows } from './columns.ts'
import { type FactStatements, factStatements, type Row, type SpanColumns, type TraceColumns } from './fact-columns.ts'
import { columnTypes, LOGGED_TABLES, type TableName } from './schema.ts'
import { type Changed, windowOf } from './settled.ts'
import { addTraces, type TraceSources } from './trace-facts.ts'

/** What one step brings from the log. It is void with the next step. */
export interface Facts {
  /** The place that is reached with them. */
  place: number
  /** Is there more after it? */
  more: boolean
  rows: Record<TableName, Rows>
  newestProject: number
  /** Traces that were here before and changed, or were erased. */
  replacedTraces: number[]
  erasedTraces: number[]
  /** Where the traces are that are brought. */
  changed: Changed[]
  /** Of what is brought. It may have been here before. */
  feedback: number[]
  evaluations: number[]
  /** Models of the calls, which have their places in this list for numbers. */
  models: string[]
}

/** A step takes at most so many traces, and no more once they have so many spans: it is in memory as a whole. */
const MOST_TRACES = 2_000
const MOST_SPANS = 20_000
const MOST_OTHERS = 5_000
/** Of a trace's failing spans so many are told apart; a loop that fails a thousand times has one problem. */
const MOST_FAILING = 50

/** Reads the facts of the log in order from `telemetry.db`. */
export class FactReader {
  readonly #db: Database
  readonly #sql: FactStatements
  readonly #projects = new Map<number, string>()
  readonly #models = new Map<string, number>()
  readonly #rows = Object.fromEntries(
    LOGGED_TABLES.map((table) => [table, new Rows(columnTypes(table))] as const),
  ) as Record<TableName, Rows>

  readonly #sources: TraceSources = {
    projectId: (key) => this.#projectId(key),
    failedSpans: (trace) => this.#sql.failedSpans.all(trace, MOST_FAILING),
    modelNumber: (name) => this.#modelNumber(name),
  }

  constructor(db: Database) {
    this.#db = db
    this.#sql = factStatements(db)
  }

  /** The last committed place. */
  get head(): number {
    return this.#sql.head.get() ?? 0
  }

  /** Is the trace with this key the one with this id, or one that was erased after the place? */
  knows(key: number, id: string, place: number): boolean {
    return this.#sql.idOf.get(key) === id || this.#sql.erasedAfter.get(key, id, place) !== undefined
  }

  /** Facts after a place, from one snapshot. `newestProject` is the last project that is known already. */
  after(place: number, newestProject: number): Facts {
    for (const rows of Object.values(this.#rows)) rows.clear()
    this.#models.clear()
    return this.#db.transaction(() => this.#after(place, newestProject))()
  }

  #after(after: number, newestProject: number): Facts {
    const traces = this.#sql.traces(after, MOST_TRACES)
    const place = this.#reach(after, traces)
    const taken = traces.seq.findLastIndex((seq) => seq <= place) + 1
    for (const column of Object.values(traces) as unknown[][]) column.length = taken
    const rows = this.#rows
    const projects = this.#sql.projects.all(newestProject)
    for (const project of projects) rows.projects.add(project)
    if (taken > 0) addTraces({ traces, spans: this.#spansOf(traces.key) }, rows, this.#sources)
    return {
      place,
      more: place < this.head,
      rows,
      newestProject: (projects.at(-1)?.[0] as number | undefined) ?? newestProject,
      replacedTraces: traces.key.filter((_, i) => (traces.createdSeq[i] ?? 0) <= after),
      erasedTraces: this.#sql.erased.all(after, place),
      changed: changedBy(traces),
      feedback: addAll(rows.feedback, this.#sql.feedback.all(after, place)),
      evaluations: addAll(rows.evaluations, this.#sql.evaluations.all(after, place)),
      models: [...this.#models.keys()],
    }
  }

  /** Up to where a step goes: to the end of the log, unless there is too much of one kind before it. */
  #reach(after: number, { seq, spanCount }: TraceColumns): number {
    let place = this.head
    if (seq.length === MOST_TRACES) place = seq.at(-1) ?? place
    let spans = 0
    for (const [i, count] of spanCount.entries()) {
      spans += count
      if (spans <= MOST_SPANS) continue
      place = seq[Math.max(0, i - 1)] ?? place
      break
    }
    for (const reach of this.#sql.reaches) place = Math.min(place, reach.get(after, MOST_OTHERS - 1) ?? place)
    return place
  }

  #spansOf(keys: readonly number[]): SpanColumns {
    const [first, last] = [keys[0] ?? 0, keys.at(-1) ?? 0]
    const contiguous = keys.every((key, i) => key === first + i)
    return contiguous ? this.#sql.spansBetween(first, last) : this.#sql.spansOf(JSON.stringify(keys))
  }

  #modelNumber(name: string | null): number | null {
    if (name === null) return null
    const number = this.#models.get(name) ?? this.#models.size
    this.#models.set(name, number)
    return number
  }

  #projectId(key: number): string {
    const known = this.#projects.get(key)
    if (known !== undefined) return known
    const id = this.#sql.projectId.get(key) ?? ''
    this.#projects.set(key, id)
    return id
  }
}

/** The windows in which the traces started, each once if they lie together. */
function changedBy({ tenant, startedAt }: TraceColumns): Changed[] {
  const changed: Changed[] = []
  for (const [i, at] of startedAt.entries()) {
    const one = { tenant: tenant[i] ?? 0, window: windowOf(at) }
    const last = changed.at(-1)
    if (last?.tenant !== one.tenant || last.window !== one.window) changed.push(one)
  }
  return changed
}

/** Answers the keys of the rows, which come first in them. */
function addAll(to: Rows, rows: readonly Row[]): number[] {
  for (const row of rows) to.add(row)
  return rows.map(([key]) => key as number)
}
