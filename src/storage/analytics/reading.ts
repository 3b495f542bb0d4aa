import type { Database, Statement } from 'better-sqlite3'
import { REPORTS } from '../telemetry/usage-tree.ts'
import { type DuckDBValue, uuidValue, whole } from './duckdb.ts'
import { type FailingSpan, failuresOf } from './failures/failures.ts'
import { SEPARATOR, TAG_SEPARATOR } from './schema.ts'

/** What one step brings from the log: rows as the tables of `schema.ts` have them, and the keys of those that they replace. */
export interface Facts {
  /** The place that is reached with them. */
  place: number
  /** Is there more after it? */
  more: boolean
  projects: DuckDBValue[][]
  traces: DuckDBValue[][]
  spans: DuckDBValue[][]
  calls: DuckDBValue[][]
  failures: DuckDBValue[][]
  feedback: DuckDBValue[][]
  evaluations: DuckDBValue[][]
  /** Traces that were here before and changed, or were erased. */
  replacedTraces: number[]
  erasedTraces: number[]
}

/** A step takes at most so many traces, and no more once they have so many spans: it is in memory as a whole. */
const MOST_TRACES = 1_000
const MOST_SPANS = 20_000
const MOST_OTHERS = 5_000
/** What is kept of a trace's error. */
const ERROR_CHARACTERS = 200

/** Reads the facts of the log in order from `telemetry.db`. */
export class FactReader {
  readonly #db: Database
  readonly #sql: ReturnType<typeof statements>
  readonly #projects = new Map<number, string>()

  constructor(db: Database) {
    this.#db = db
    this.#sql = statements(db)
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
    return this.#db.transaction(() => this.#after(place, newestProject))()
  }

  #after(after: number, newestProject: number): Facts {
    const rows = this.#sql.traces.all(after, MOST_TRACES)
    const place = this.#reach(after, rows)
    while ((rows.at(-1)?.[TRACE.seq] as number) > place) rows.pop()
    const facts: Facts = {
      place,
      more: place < this.head,
      projects: this.#sql.projects.all(newestProject).map(projectRow),
      traces: [],
      spans: [],
      calls: [],
      failures: [],
      feedback: this.#sql.feedback.all(after, place).map(feedbackRow),
      evaluations: this.#sql.evaluations.all(after, place).map(evaluationRow),
      replacedTraces: [],
      erasedTraces: this.#sql.erased.all(after, place),
    }
    for (const row of rows) if ((row[TRACE.createdSeq] as number) <= after) facts.replacedTraces.push(keyOf(row))
    this.#addSpans(facts, rows)
    return facts
  }

  /** Up to where a step goes: to the end of the log, unless there is too much of one kind before it. */
  #reach(after: number, rows: readonly Row[]): number {
    let place = this.head
    if (rows.length === MOST_TRACES) place = rows.at(-1)?.[TRACE.seq] as number
    let spans = 0
    for (const [i, row] of rows.entries()) {
      spans += row[TRACE.spanCount] as number
      if (spans <= MOST_SPANS) continue
      place = (rows[i - 1] ?? row)[TRACE.seq] as number
      break
    }
    for (const reach of this.#sql.reaches) place = Math.min(place, reach.get(after, MOST_OTHERS - 1) ?? place)
    return place
  }

  #projectId(key: number): string {
    const known = this.#projects.get(key)
    if (known !== undefined) return known
    const id = this.#sql.projectId.get(key) ?? ''
    this.#projects.set(key, id)
    return id
  }

  #addSpans(facts: Facts, rows: readonly Row[]): void {
    const trees = new Map(rows.map((row) => [keyOf(row), new TraceFacts(row)]))
    const spans = this.#sql.spans.iterate(JSON.stringify([...trees.keys()]))
    for (const span of spans) trees.get(span[SPAN.trace] as number)?.add(facts, span)
    for (const trace of trees.values()) trace.end(facts, (key) => this.#projectId(key))
  }
}

/** The rows of one trace. */
class TraceFacts {
  readonly #failing: FailingSpan[] = []
  readonly #row: Row
  readonly #models = new Set<string>()
  #spanCost = 0

  constructor(row: Row) {
    this.#row = row
  }

  add(facts: Facts, span: Row): void {
    const row = this.#row
    const started = span[SPAN.startedAt] as number | null
    const ended = span[SPAN.endedAt] as number | null
    const latency =
      (span[SPAN.latencyMs] as number | null) ??
      (started !== null && ended !== null && ended >= started ? ended - started : null)
    const spanError = span[SPAN.error] as string | null
    const failed = spanError !== null
    if (spanError !== null && this.#failing.length < MOST_FAILING) this.#failing.push(failingSpan(span, spanError))
    const [trace, tenant] = [BigInt(keyOf(row)), row[TRACE.tenant] as number]
    const name = span[SPAN.name] as string
    facts.spans.push([
      trace,
      tenant,
      whole(started === null ? null : started - (row[TRACE.startedAt] as number)),
      whole(latency),
      name,
      span[SPAN.type] as string,
      failed,
      span[SPAN.failureType] as string | null,
    ])
    const model = span[SPAN.model] as string | null
    const cost = span[SPAN.cost] as number | null
    const tokens = span.slice(SPAN.promptTokens) as (number | null)[]
    if (model !== null) this.#models.add(model)
    if (span[SPAN.repeats] === 1) return
    if (model === null && cost === null && tokens.every((count) => count === null)) return
    this.#spanCost += cost ?? 0
    facts.calls.push([
      ...this.#callStart(),
      whole(latency),
      failed,
      name,
      model,
      span[SPAN.provider] as string | null,
      cost,
      ...tokens.map(whole),
    ])
  }

  end(facts: Facts, projectId: (key: number) => string): void {
    const row = this.#row
    const model = row[TRACE.model] as string | null
    const cost = row[TRACE.cost] as number | null
    const rest = cost === null ? 0 - this.#spanCost : cost - this.#spanCost
    // Sums of the same numbers in another order differ in their last digits; that is no rest.
    if (Math.abs(rest) > 1e-9)
      facts.calls.push([...this.#callStart(), null, null, null, model, null, rest, ...NO_TOKENS])
    if (model !== null) this.#models.add(model)
    const error = row[TRACE.error] as string | null
    this.#addFailures(facts, projectId(row[TRACE.project] as number), error)
    facts.traces.push([
      BigInt(keyOf(row)),
      BigInt(row[TRACE.seq] as number),
      row[TRACE.tenant] as number,
      row[TRACE.project] as number,
      uuidValue(row[TRACE.id] as string),
      BigInt(row[TRACE.startedAt] as number),
      whole(row[TRACE.latencyMs] as number | null),
      error !== null,
      error?.slice(0, ERROR_CHARACTERS).toWellFormed() ?? null,
      row[TRACE.failureType] as string | null,
      row[TRACE.name] as string | null,
      model,
      this.#models.size > 1 ? listText([...this.#models]) : null,
      row[TRACE.environment] as string | null,
      row[TRACE.sessionId] as string | null,
      row[TRACE.userId] as string | null,
      tagText(row[TRACE.tags] as string, row[TRACE.tagMap] as string),
      cost,
      whole(row[TRACE.promptTokens] as number | null),
      whole(row[TRACE.completionTokens] as number | null),
      row[TRACE.spanCount] as number,
    ])
  }

  #addFailures(facts: Facts, project: string, error: string | null): void {
    const row = this.#row
    if (error === null && this.#failing.length === 0) return
    const whole = error === null ? null : wholeTrace(row, error)
    const [trace, tenant, projectKey, startedAt] = this.#callStart()
    for (const one of failuresOf(project, this.#failing, whole)) {
      const { signature, type, message, span, failureType, variant, seenAt } = one
      const said = [signature, type, message, span, failureType, variant]
      facts.failures.push([
        ...[trace, tenant, projectKey, startedAt].map((value) => value ?? null),
        BigInt(seenAt),
        ...said,
      ])
    }
  }

  /** What every call says of its trace: key, tenant, project and start. */
  #callStart(): DuckDBValue[] {
    const row = this.#row
    return [
      BigInt(keyOf(row)),
      row[TRACE.tenant] as number,
      row[TRACE.project] as number,
      BigInt(row[TRACE.startedAt] as number),
    ]
  }
}

/** Of a trace's failing spans so many are told apart; a loop that fails a thousand times has one problem. */
const MOST_FAILING = 50

const failingSpan = (span: Row, error: string): FailingSpan => ({
  id: span[SPAN.id] as string,
  parentId: span[SPAN.parentId] as string | null,
  name: span[SPAN.name] as string,
  error,
  failureType: span[SPAN.failureType] as string | null,
  seenAt: span[SPAN.createdAt] as number,
})

const wholeTrace = (row: Row, error: string) => ({
  name: (row[TRACE.name] as string | null) ?? '',
  error,
  failureType: row[TRACE.failureType] as string | null,
  seenAt: row[TRACE.createdAt] as number,
})

const NO_TOKENS = [null, null, null, null, null]

const listText = (members: readonly string[]): string => `${SEPARATOR}${members.join(SEPARATOR)}${SEPARATOR}`

/** A tag of a map is `key`, a separator and its value; one of a list is itself. */
export const tagMember = (key: string, value: string): string => `${key}${TAG_SEPARATOR}${value}`

function tagText(tags: string, tagMap: string): string | null {
  if (tags === '[]' && tagMap === '{}') return null
  const pairs = Object.entries(JSON.parse(tagMap) as Record<string, string>).map(([key, value]) =>
    tagMember(key, value),
  )
  return listText([...(JSON.parse(tags) as string[]), ...pairs])
}

type Row = (number | string | null)[]

const TRACE_COLUMNS = {
  key: 'key',
  createdSeq: 'created_seq',
  createdAt: 'created_at',
  seq: 'seq',
  tenant: 'tenant',
  project: 'project',
  id: 'id',
  startedAt: 'started_at',
  latencyMs: 'latency_ms',
  error: 'error',
  failureType: 'failure_type',
  name: 'name',
  model: 'model',
  environment: 'environment',
  sessionId: 'session_id',
  userId: 'user_id',
  tags: 'tags',
  tagMap: 'tag_map',
  cost: 'cost',
  promptTokens: 'prompt_tokens',
  completionTokens: 'completion_tokens',
  spanCount: 'span_count',
} as const

/** What a span only repeats of the spans below it is theirs (`usage-tree.ts`). */
function unlessBelow(bit: number, column: string): string {
  return `iif(ifnull(s.reported_below, 0) & ${bit}, NULL, ${column})`
}

/** Does it report something, and all of it again? Then it is no call of its own. */
const REPORTED = `(iif(s.prompt_tokens IS NULL, 0, ${REPORTS.promptTokens}) | iif(s.completion_tokens IS NULL, 0, ${REPORTS.completionTokens}) | iif(s.cost IS NULL, 0, ${REPORTS.cost}))`
const REPEATS = `${REPORTED} <> 0 AND (ifnull(s.reported_below, 0) & ${REPORTED}) = ${REPORTED}`

const SPAN_COLUMNS = {
  trace: 's.trace',
  startedAt: 's.started_at',
  endedAt: 's.ended_at',
  latencyMs: 's.latency_ms',
  name: 's.name',
  type: 's.type',
  error: 's.error',
  // Only of those that failed.
  id: 'iif(s.error IS NULL, NULL, s.id)',
  parentId: 'iif(s.error IS NULL, NULL, s.parent_id)',
  createdAt: 's.created_at',
  failureType: 's.failure_type',
  model: 's.model',
  provider: 's.provider',
  repeats: REPEATS,
  cost: unlessBelow(REPORTS.cost, 's.cost'),
  // Tokens last, in the order of the columns of `calls`.
  promptTokens: unlessBelow(REPORTS.promptTokens, 's.prompt_tokens'),
  completionTokens: unlessBelow(REPORTS.completionTokens, 's.completion_tokens'),
  cacheReadTokens: unlessBelow(REPORTS.promptTokens, 's.cache_read_tokens'),
  cacheWriteTokens: unlessBelow(REPORTS.promptTokens, 's.cache_write_tokens'),
  reasoningTokens: unlessBelow(REPORTS.completionTokens, 's.reasoning_tokens'),
} as const

/** Where in a row each column is. Rows are read as lists: as objects they cost twice as much. */
const places = <T extends object>(columns: T) =>
  Object.fromEntries(Object.keys(columns).map((name, i) => [name, i])) as Record<keyof T, number>
const TRACE = places(TRACE_COLUMNS)
const SPAN = places(SPAN_COLUMNS)
const keyOf = (row: Row): number => row[TRACE.key] as number

const projectRow = ([key, id, tenant]: Row): DuckDBValue[] => [key as number, uuidValue(id as string), tenant as number]

const feedbackRow = ([key, seq, tenant, project, trace, id, label, score, createdAt]: Row): DuckDBValue[] => [
  BigInt(key as number),
  BigInt(seq as number),
  tenant as number,
  project as number,
  uuidValue(id as string),
  whole(trace as number | null),
  label as string,
  score as number | null,
  BigInt(createdAt as number),
]

const evaluationRow = ([key, seq, tenant, project, trace, id, ...rest]: Row): DuckDBValue[] => {
  const [metric, evaluatorType, context, status, label, score, createdAt] = rest
  return [
    BigInt(key as number),
    BigInt(seq as number),
    tenant as number,
    project as number,
    uuidValue(id as string),
    BigInt(trace as number),
    metric as string,
    evaluatorType as string,
    context as string,
    status as string,
    label as string | null,
    score as number | null,
    BigInt(createdAt as number),
  ]
}

function statements(db: Database) {
  const raw = <P extends unknown[]>(sql: string): Statement<P, Row> => db.prepare<P, Row>(sql).raw()
  return {
    head: db.prepare<[], number>('SELECT seq FROM log_head').pluck(),
    projects: raw<[number]>('SELECT key, id, tenant FROM projects WHERE key > ? ORDER BY key'),
    idOf: db.prepare<[number], string>('SELECT id FROM traces WHERE key = ?').pluck(),
    erasedAfter: db
      .prepare<[number, string, number], number>(
        'SELECT seq FROM tombstones WHERE trace_key = ? AND id = ? AND seq > ?',
      )
      .pluck(),
    projectId: db.prepare<[number], string>('SELECT id FROM projects WHERE key = ?').pluck(),
    traces: raw<[number, number]>(
      `SELECT ${Object.values(TRACE_COLUMNS)} FROM traces INDEXED BY traces_seq WHERE seq > ? ORDER BY seq LIMIT ?`,
    ),
    spans: raw<[string]>(
      `SELECT ${Object.values(SPAN_COLUMNS)} FROM json_each(?) k CROSS JOIN spans s ON s.trace = k.value`,
    ),
    feedback: raw<[number, number]>(
      `SELECT key, seq, tenant, project, trace, id, label, score, created_at FROM feedback WHERE seq > ? AND seq <= ? ORDER BY seq`,
    ),
    evaluations: raw<[number, number]>(
      `SELECT key, seq, tenant, project, trace, id, metric, evaluator_type, context, status, label, score, created_at
       FROM evaluations WHERE seq > ? AND seq <= ? ORDER BY seq`,
    ),
    /** For each other kind of fact the place of the last one that a step takes, if there are that many. */
    reaches: ['feedback', 'evaluations', 'tombstones'].map((table) =>
      db
        .prepare<[number, number], number>(`SELECT seq FROM ${table} WHERE seq > ? ORDER BY seq LIMIT 1 OFFSET ?`)
        .pluck(),
    ),
    erased: db.prepare<[number, number], number>('SELECT trace_key FROM tombstones WHERE seq > ? AND seq <= ?').pluck(),
  }
}
