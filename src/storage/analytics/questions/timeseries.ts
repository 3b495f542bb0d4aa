import { bucketNumber, runsOf } from '../buckets.ts'
import { type DuckDBConnection, rowsOf } from '../duckdb.ts'
import type { SeriesName } from '../names.ts'
import { type FactFilter, int, type QuestionSources, type Range, type Scope, within } from './filter.ts'
import { type Group, type GroupBy, groupExpression, groupNumber } from './groups.ts'
import { QUANTILES } from './metrics.ts'

export interface AskTimeseries {
  filter: FactFilter
  series: readonly SeriesName[]
  /** Of the buckets: those of the previous period first, where it is asked for (`bucketEdges`). */
  edges: readonly number[]
  range: Range
  /** The range before it, of the same length, whose buckets are the first half. */
  previous: Range | null
  group: GroupBy | null
  /** So many groups at most; the others are one. */
  top: number
}

export interface Line {
  series: SeriesName
  /** Null where nothing is grouped. */
  group: Group | null
  values: (number | null)[]
  /** The same of the period before; null where it was not asked for. */
  previous: (number | null)[] | null
}

/** One row per bucket and group; a column for each kind of number that was asked for. */
interface Cell {
  bucket: number
  /** Not there where nothing is grouped. */
  grp?: number
  [column: string]: number | null | undefined | (number | null)[]
}

/** Lines of a chart. Feedback and evaluations are of the traces that started in the bucket, whenever they were said. */
export function timeseries(sources: QuestionSources, ask: AskTimeseries): Promise<Line[]> {
  const ranges = ask.previous ? [ask.previous, ask.range] : [ask.range]
  return within(sources, ask.filter, ranges, async (scope) => {
    const charts = new Charts(sources.db, ask, ranges, scope)
    await charts.findTop()
    return charts.lines()
  })
}

class Charts {
  readonly #db: DuckDBConnection
  readonly #ask: AskTimeseries
  readonly #ranges: readonly Range[]
  readonly #scope: Scope
  #top: (string | null)[] = []

  constructor(db: DuckDBConnection, ask: AskTimeseries, ranges: readonly Range[], scope: Scope) {
    this.#db = db
    this.#ask = ask
    this.#ranges = ranges
    this.#scope = scope
  }

  /** The largest groups of the range itself: by what the first line counts, or by traces. */
  async findTop(): Promise<void> {
    const { group, range, top, series } = this.#ask
    if (!group) return
    const { values } = this.#scope
    const byCost = series[0] === 'cost'
    const calls = byCost && group.by === 'model'
    const expression = calls ? 'c.model' : groupExpression(group, 't', values)
    const rows = await rowsOf<{ value: string | null }>(
      this.#db,
      `SELECT ${expression} AS value FROM ${calls ? this.#callsFrom([range]) : this.#tracesFrom([range])}
       GROUP BY 1 ORDER BY ${byCost ? 'coalesce(fsum(cost), 0)' : 'count(*)'} DESC, 1 NULLS LAST LIMIT ${int(top)}`,
      values.list,
    )
    values.list.length = 0
    this.#top = rows.map(({ value }) => value)
  }

  async lines(): Promise<Line[]> {
    const { series, group } = this.#ask
    const has = (...names: SeriesName[]) => names.some((name) => series.includes(name))
    const costOfCalls = group?.by === 'model'
    const cells = new Cells(this.#ask.edges.length - 1, this.#groups.length)
    const traceColumns: Record<string, string> = {}
    if (has('volume', 'errors', 'error_rate', 'cost')) {
      traceColumns.volume = 'count(*)'
      traceColumns.errors = 'count(*) FILTER (failed)'
    }
    if (has('latency_p50', 'latency_p95', 'latency_p99'))
      traceColumns.latencies = `quantile_cont(latency_ms, ${QUANTILES})`
    if (has('cost') && !costOfCalls) traceColumns.cost = 'fsum(cost)'
    const onTraces = () => this.#tracesFrom(this.#ranges)
    if (Object.keys(traceColumns).length > 0) cells.add(await this.#cells(traceColumns, 't', 't', onTraces))
    const callColumns: Record<string, string> = {}
    if (has('cost') && costOfCalls) Object.assign(callColumns, { cost: 'fsum(cost)', calls: 'count(*)' })
    for (const [name, column] of Object.entries(TOKENS))
      if (has(name as SeriesName)) callColumns[name] = `sum(${column})::DOUBLE`
    if (Object.keys(callColumns).length > 0) cells.add(await this.#callCells(callColumns))
    if (has('feedback_good_rate')) cells.add(await this.#factCells('feedback', FEEDBACK_COLUMNS))
    if (has('eval_pass_rate')) cells.add(await this.#factCells('evaluations', EVALUATION_COLUMNS))
    return series.flatMap((name) => this.#groups.map((grp, i) => this.#line(name, grp, i, cells)))
  }

  get #groups(): (Group | null)[] {
    if (!this.#ask.group) return [null]
    return [...this.#top.map((value) => ({ value, other: false })), { value: null, other: true }]
  }

  #line(series: SeriesName, group: Group | null, at: number, cells: Cells): Line {
    const count = this.#ask.edges.length - 1
    const all = Array.from({ length: count }, (_, bucket) => seriesValue(series, cells.at(bucket, at)))
    if (!this.#ask.previous) return { series, group, values: all, previous: null }
    return { series, group, values: all.slice(count / 2), previous: all.slice(0, count / 2) }
  }

  /** Calls know project and start of their trace; what else is asked of traces is joined. By model they are grouped by their own. */
  #callCells(columns: Record<string, string>): Promise<Cell[]> {
    const own = !this.#ask.group || this.#ask.group.by === 'model'
    if (own) return this.#cells(columns, 'c', 'c', () => this.#callsFrom(this.#ranges))
    return this.#cells(
      columns,
      'c',
      't',
      () =>
        `calls c JOIN traces t ON t.key = c.trace WHERE ${this.#where('c')} AND t.tenant = c.tenant${this.#scope.onTraces('t')}`,
    )
  }

  #factCells(table: 'feedback' | 'evaluations', columns: Record<string, string>): Promise<Cell[]> {
    return this.#cells(columns, 't', 't', () => {
      const { tenant } = this.#scope
      return `${table} f JOIN traces t ON t.key = f.trace WHERE f.tenant = ${int(tenant)} AND ${this.#where('t')}${this.#scope.onTraces('t')}`
    })
  }

  #where(alias: string): string {
    return this.#scope.where(alias, this.#ranges)
  }

  #tracesFrom(ranges: readonly Range[]): string {
    return `traces t WHERE ${this.#scope.where('t', ranges)}${this.#scope.onTraces('t')}`
  }

  #callsFrom(ranges: readonly Range[]): string {
    const further = this.#scope.onTraces('t')
    const among =
      further === ''
        ? ''
        : ` AND c.trace IN (SELECT t.key FROM traces t WHERE ${this.#scope.where('t', ranges)}${further})`
    return `calls c WHERE ${this.#scope.where('c', ranges)}${among}`
  }

  async #cells(
    columns: Record<string, string>,
    timed: string,
    grouped: 't' | 'c',
    from: () => string,
  ): Promise<Cell[]> {
    const { group, edges } = this.#ask
    const { values } = this.#scope
    const expression = () => (!group || grouped === 'c' ? 'c.model' : groupExpression(group, grouped, values))
    const grp = group ? groupNumber(expression, this.#top, values) : null
    const rows = await rowsOf<Cell>(
      this.#db,
      `SELECT ${bucketNumber(runsOf(edges), `${timed}.started_at`)} AS bucket${grp === null ? '' : `, ${grp} AS grp`},
         ${Object.entries(columns).map(([name, sql]) => `${sql} AS ${name}`)}
       FROM ${from()} GROUP BY ${grp === null ? '1' : '1, 2'}`,
      values.list,
    )
    values.list.length = 0
    return rows
  }
}

const TOKENS = {
  tokens_input: 'c.prompt_tokens',
  tokens_output: 'c.completion_tokens',
  tokens_cache_read: 'c.cache_read_tokens',
  tokens_cache_write: 'c.cache_write_tokens',
  tokens_reasoning: 'c.reasoning_tokens',
}

const FEEDBACK_COLUMNS = { feedback: 'count(*)', good: `count(*) FILTER (f.label = 'good')` }
/** An evaluation passes from a score of one half on. */
const EVALUATION_COLUMNS = { scored: 'count(f.score)', passed: 'count(*) FILTER (f.score >= 0.5)' }

/** The numbers of each bucket and group, from several tables. */
class Cells {
  readonly #groups: number
  readonly #cells: Record<string, number | null | (number | null)[]>[]

  constructor(buckets: number, groups: number) {
    this.#groups = groups
    this.#cells = Array.from({ length: buckets * groups }, () => ({}))
  }

  add(cells: readonly Cell[]): void {
    for (const cell of cells) Object.assign(this.#cells[cell.bucket * this.#groups + (cell.grp ?? 0)] ?? {}, cell)
  }

  at(bucket: number, group: number): Record<string, number | null | (number | null)[]> {
    return this.#cells[bucket * this.#groups + group] ?? {}
  }
}

function seriesValue(series: SeriesName, cell: Record<string, number | null | (number | null)[]>): number | null {
  const number = (name: string): number => (typeof cell[name] === 'number' ? cell[name] : 0)
  const rate = (part: string, whole: string) => (number(whole) === 0 ? null : number(part) / number(whole))
  const latency = (i: number) => (Array.isArray(cell.latencies) ? (cell.latencies[i] ?? null) : null)
  switch (series) {
    case 'volume':
    case 'errors':
      return number(series)
    case 'error_rate':
      return rate('errors', 'volume')
    case 'latency_p50':
      return latency(0)
    case 'latency_p95':
      return latency(1)
    case 'latency_p99':
      return latency(2)
    case 'cost':
      // Where nothing ran nothing was spent; where something ran that has no price, nobody knows.
      return typeof cell.cost === 'number' ? cell.cost : number('volume') + number('calls') > 0 ? null : 0
    case 'feedback_good_rate':
      return rate('good', 'feedback')
    case 'eval_pass_rate':
      return rate('passed', 'scored')
    default:
      return number(series)
  }
}
