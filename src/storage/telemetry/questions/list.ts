import type { Database, Statement } from 'better-sqlite3'
import type { ListTraces, Range, Sort, TraceFilter } from './filter.ts'

/**
 * A page of traces. SQLite is told which index to walk, because only we know how the filters are spread:
 *
 * - in the order of the sort, from the place where the page before ended, checking the other filters row by row; or
 * - if some filter alone leaves few traces, those few, sorted: a rare error is found without walking past a million good traces.
 *
 * Which one: each filter with an index is counted up to `FEW`, and the smallest decides.
 */
const FEW = 2_000

export interface TraceRow {
  key: number
  sortValue: number
  id: string
  projectId: string
  externalId: string | null
  otelTraceId: string | null
  sessionId: string | null
  userId: string | null
  environment: string | null
  name: string | null
  model: string | null
  error: string | null
  failureType: string | null
  startedAt: number
  endedAt: number | null
  latencyMs: number | null
  cost: number | null
  totalTokens: number | null
  spanCount: number
  tags: string
  tagMap: string
  inputPreview: string | null
  outputPreview: string | null
}

/** The column of each sort, and the index that walks it. Traces without the value count as below all others. */
export const SORTS: Record<Sort['by'], { expression: string; index: string }> = {
  started_at: { expression: 't.started_at', index: 'traces_started' },
  latency_ms: { expression: 'ifnull(t.latency_ms, -1)', index: 'traces_latency' },
  cost: { expression: 'ifnull(t.cost, -1)', index: 'traces_cost' },
  total_token_count: { expression: 'ifnull(t.total_tokens, -1)', index: 'traces_tokens' },
}

/** The hot columns of a trace `t` with its project `p`. */
export const TRACE_COLUMNS = `t.key, t.id, p.id AS projectId, t.external_id AS externalId, t.otel_trace_id AS otelTraceId,
  t.session_id AS sessionId, t.user_id AS userId, t.environment, t.name, t.model, t.error, t.failure_type AS failureType,
  t.started_at AS startedAt, t.ended_at AS endedAt, t.latency_ms AS latencyMs, t.cost, t.total_tokens AS totalTokens,
  t.span_count AS spanCount, t.tags, t.tag_map AS tagMap, t.input_preview AS inputPreview, t.output_preview AS outputPreview`

export interface Scope {
  tenant: number
  project: number | null
  terms: readonly number[]
}

/**
 * Up to `limit` rows in the order asked for. `few` is what counts as few; tests lower it. Ids that are unknown, or another
 * tenant's, leave nothing.
 */
export function listTraces(db: Database, ask: ListTraces, few = FEW): TraceRow[] {
  const selected = selection<TraceRow>(db, ask, TRACE_COLUMNS, few)
  return selected ? selected.statement.all(...selected.values) : []
}

/**
 * The same traces one by one, with other columns of a trace `t` and its project `p`, for who does something in between; until the last
 * is taken, the connection is for reading alone.
 */
export function eachTrace<Row>(db: Database, ask: ListTraces, columns: string): Iterable<Row & { sortValue: number }> {
  const selected = selection<Row>(db, ask, columns, FEW)
  return selected ? selected.statement.iterate(...selected.values) : []
}

interface Selection<Row> {
  statement: Statement<unknown[], Row & { sortValue: number }>
  values: unknown[]
}

function selection<Row>(db: Database, ask: ListTraces, columns: string, few: number): Selection<Row> | null {
  const scope = scopeOf(db, ask)
  if (!scope) return null
  const { from, where, values, orderBy } = walk(db, ask, scope, few)
  const statement = db.prepare<unknown[], Row & { sortValue: number }>(
    `SELECT ${SORTS[ask.sort.by].expression} AS sortValue, ${columns} FROM ${from} CROSS JOIN projects p ON p.key = t.project
     WHERE ${where.join(' AND ')} ORDER BY ${orderBy} LIMIT ?`,
  )
  return { statement, values: [...values, ask.limit] }
}

/** What goes through all that pass the filters, in the order asked for, from the page before on. */
export function walk(db: Database, ask: ListTraces, scope: Scope, few: number): Drive & { orderBy: string } {
  const driven = drive(db, ask, scope, few)
  pageAfter(ask, driven.where, driven.values)
  const direction = ask.sort.descending ? 'DESC' : 'ASC'
  const orderBy = driven.ordered ?? `${SORTS[ask.sort.by].expression} ${direction}, t.key ${direction}`
  return { ...driven, orderBy }
}

/** Leaves what comes after the page before. */
export function pageAfter({ sort, after }: ListTraces, where: string[], values: unknown[]): void {
  if (!after) return
  where.push(`(${SORTS[sort.by].expression}, t.key) ${sort.descending ? '<' : '>'} (?, ?)`)
  values.push(...after)
}

/** Numbers of the tenant, project and terms, or null if any of them is not known: then nothing can match. */
export function scopeOf(db: Database, ask: TraceFilter): Scope | null {
  const number = (sql: string, ...values: unknown[]) =>
    db
      .prepare<unknown[], number>(sql)
      .pluck()
      .get(...values)
  const tenant = number('SELECT key FROM tenants WHERE id = ?', ask.tenantId)
  if (tenant === undefined) return null
  const project =
    ask.projectId === undefined
      ? null
      : number('SELECT key FROM projects WHERE id = ? AND tenant = ?', ask.projectId, tenant)
  if (project === undefined) return null
  const terms: number[] = []
  for (const [name, value] of ask.terms) {
    const term = number('SELECT key FROM terms WHERE tenant = ? AND name = ? AND value = ?', tenant, name, value)
    if (term === undefined) return null
    terms.push(term)
  }
  return { tenant, project, terms }
}

interface Drive {
  from: string
  where: string[]
  values: unknown[]
  /** Set when the walk has its own order columns. */
  ordered?: string
}

function drive(db: Database, ask: ListTraces, scope: Scope, few: number): Drive {
  const best = rarestTerm(db, ask, scope, few)
  const range = best && best.count < few ? null : rareRange(db, ask, scope, few)
  const byTime = ask.sort.by === 'started_at'
  const where = ['t.tenant = ?']
  const values: unknown[] = [scope.tenant]
  const rest = (skipTerm: number | null): { where: string[]; values: unknown[] } => {
    residual(ask, scope, skipTerm, where, values)
    return { where, values }
  }
  if (range) return { from: `traces t INDEXED BY ${range}`, ...rest(null) }
  if (best && (byTime || best.count < few)) {
    where.push('o.term = ?')
    values.push(best.term)
    if (ask.from !== undefined) pushed(where, values, 'o.started_at >= ?', ask.from)
    if (ask.to !== undefined) pushed(where, values, 'o.started_at <= ?', ask.to)
    const direction = ask.sort.descending ? 'DESC' : 'ASC'
    if (byTime && ask.after) {
      where.push(`(o.started_at, o.trace) ${ask.sort.descending ? '<' : '>'} (?, ?)`)
      values.push(...ask.after)
    }
    return {
      from: 'postings o CROSS JOIN traces t ON t.key = o.trace',
      ...rest(best.term),
      ...(byTime ? { ordered: `o.started_at ${direction}, o.trace ${direction}` } : {}),
    }
  }
  const index = byTime && scope.project !== null ? 'traces_project' : SORTS[ask.sort.by].index
  return { from: `traces t INDEXED BY ${index}`, ...rest(null) }
}

export function residual(
  ask: ListTraces,
  scope: Scope,
  skipTerm: number | null,
  where: string[],
  values: unknown[],
): void {
  if (scope.project !== null) pushed(where, values, 't.project = ?', scope.project)
  if (ask.from !== undefined) pushed(where, values, 't.started_at >= ?', ask.from)
  if (ask.to !== undefined) pushed(where, values, 't.started_at <= ?', ask.to)
  if (ask.failed === false) where.push('t.error IS NULL')
  within(ask.latencyMs, SORTS.latency_ms.expression, where, values)
  within(ask.cost, SORTS.cost.expression, where, values)
  within(ask.totalTokens, SORTS.total_token_count.expression, where, values)
  for (const term of scope.terms) {
    if (term === skipTerm) continue
    pushed(
      where,
      values,
      'EXISTS (SELECT 1 FROM postings x WHERE x.term = ? AND x.started_at = t.started_at AND x.trace = t.key)',
      term,
    )
  }
}

/** In the words of the index's own expression, or SQLite would not see that it fits. A trace without the value is not within. */
function within(range: Range | undefined, expression: string, where: string[], values: unknown[]): void {
  if (!range) return
  where.push(`${expression} BETWEEN ? AND ?`)
  values.push(...bounds(range))
}

const bounds = ({ min, max }: Range): [number, number] => [min ?? 0, max ?? Number.MAX_SAFE_INTEGER]

function pushed(where: string[], values: unknown[], condition: string, value: unknown): void {
  where.push(condition)
  values.push(value)
}

/** The term that the fewest traces have, counted up to `few`. */
export function rarestTerm(
  db: Database,
  ask: ListTraces,
  { terms }: Scope,
  few: number,
): { term: number; count: number } | null {
  const count = db
    .prepare<unknown[], number>(
      `SELECT count(*) FROM (SELECT 1 FROM postings WHERE term = ? AND started_at BETWEEN ? AND ? LIMIT ${few})`,
    )
    .pluck()
  let best: { term: number; count: number } | null = null
  for (const term of terms) {
    const n = count.get(term, ask.from ?? Number.MIN_SAFE_INTEGER, ask.to ?? Number.MAX_SAFE_INTEGER) ?? 0
    if (!best || n < best.count) best = { term, count: n }
  }
  return best
}

/** The index of a range of latencies, costs or tokens that leaves few traces, if there is one. */
function rareRange(db: Database, ask: ListTraces, { tenant }: Scope, few: number): string | null {
  const candidates = [
    { range: ask.latencyMs, sort: SORTS.latency_ms },
    { range: ask.cost, sort: SORTS.cost },
    { range: ask.totalTokens, sort: SORTS.total_token_count },
  ]
  for (const { range, sort } of candidates) {
    if (!range) continue
    const count = db
      .prepare<unknown[], number>(
        `SELECT count(*) FROM (SELECT 1 FROM traces t INDEXED BY ${sort.index}
           WHERE t.tenant = ? AND ${sort.expression} BETWEEN ? AND ? LIMIT ${few})`,
      )
      .pluck()
      .get(tenant, ...bounds(range))
    if (count !== undefined && count < few) return sort.index
  }
  return null
}
