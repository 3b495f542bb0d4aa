import { columnsOf, type DuckDBConnection, rowsOf } from '../duckdb.ts'
import type { SeriesName } from '../names.ts'
import { type FactFilter, int, type QuestionSources, type Range, type Scope, within } from './filter.ts'
import { type Group, type GroupBy, groupExpression, groupNumber, modelKey } from './groups.ts'
import {
  addedColumns,
  addsUp,
  Cells,
  type Columns,
  columnsFor,
  EVALUATION_COLUMNS,
  FEEDBACK_COLUMNS,
  namedColumns,
  seriesValue,
} from './series.ts'
import { Times } from './times.ts'

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
type Answer = Awaited<ReturnType<typeof columnsOf>>

/** Places of a range that are looked at one by one; of more DuckDB would weigh each row against all of them. */
const MOST_PLACES = 8

/** The bucket of rows that only say which groups are the largest: their numbers are null. */
const NAMES = -1

/** Lines of a chart. Feedback and evaluations are of the traces that started in the bucket, whenever they were said. */
export function timeseries(sources: QuestionSources, ask: AskTimeseries): Promise<Line[]> {
  const ranges = ask.previous ? [ask.previous, ask.range] : [ask.range]
  return within(sources, ask.filter, ranges, async (scope) => {
    return new Charts(sources.db, ask, ranges, scope).lines()
  })
}

class Charts {
  readonly #db: DuckDBConnection
  readonly #ask: AskTimeseries
  readonly #ranges: readonly Range[]
  readonly #scope: Scope
  readonly #times: Times
  #top: (string | null)[] = []

  constructor(db: DuckDBConnection, ask: AskTimeseries, ranges: readonly Range[], scope: Scope) {
    this.#db = db
    this.#ask = ask
    this.#ranges = ranges
    this.#scope = scope
    this.#times = new Times(scope, ranges, ask.edges)
  }

  async lines(): Promise<Line[]> {
    const { series } = this.#ask
    const { onTraces, onCalls } = columnsFor(series, this.#costOfCalls)
    const led = await this.#lead(onTraces, onCalls)
    const cells = new Cells(this.#ask.edges.length - 1, this.#groups.length)
    if (led) cells.add(led)
    if (Object.keys(onTraces).length > 0 && !(led && !this.#ledByCalls)) cells.add(await this.#traceCells(onTraces))
    if (Object.keys(onCalls).length > 0 && !(led && this.#ledByCalls)) cells.add(await this.#callCells(onCalls))
    const volume = series.includes('cost') && this.#costOfCalls && !onTraces.volume
    if (volume) await this.#addVolumeWithoutCost(cells)
    if (series.includes('feedback_good_rate')) cells.add(await this.#factCells('feedback', FEEDBACK_COLUMNS))
    if (series.includes('eval_pass_rate')) cells.add(await this.#factCells('evaluations', EVALUATION_COLUMNS))
    return series.flatMap((name) => this.#groups.map((grp, i) => this.#line(name, grp, i, cells)))
  }

  get #costOfCalls(): boolean {
    return this.#ask.group?.by === 'model'
  }

  /** Is it what calls cost that makes a group large? */
  get #ledByCalls(): boolean {
    return this.#ask.series[0] === 'cost' && this.#costOfCalls
  }

  /**
   * Finds the largest groups of the range itself: by what the first line counts, or by traces. Where what is asked of their table can be added
   * up, it is read once for both, and answered.
   */
  async #lead(onTraces: Columns, onCalls: Columns): Promise<Answer | null> {
    const { group } = this.#ask
    if (!group) return null
    const columns = this.#ledByCalls ? onCalls : onTraces
    if (Object.keys(columns).length > 0 && addsUp(columns)) return this.#topAndCells(group, columns)
    await this.#findTop(group)
    return null
  }

  async #findTop(group: GroupBy): Promise<void> {
    const { range, top } = this.#ask
    const { values } = this.#scope
    const rows = await rowsOf<{ value: string | null }>(
      this.#db,
      `SELECT ${this.#leadValue(group)} AS value FROM ${this.#leadFrom([range])}
       GROUP BY 1 ORDER BY ${this.#size('')} DESC, 1 NULLS LAST LIMIT ${int(top)}`,
      values.list,
    )
    values.list.length = 0
    this.#top = rows.map(({ value }) => value)
  }

  async #topAndCells(group: GroupBy, columns: Columns): Promise<Answer> {
    const { range, top } = this.#ask
    const { values } = this.#scope
    const from = this.#ledByCalls ? 'c' : 't'
    const own = this.#ask.previous ? ` FILTER (${from}.started_at BETWEEN ${int(range.from)} AND ${int(range.to)})` : ''
    const added = addedColumns(columns)
    const found = await columnsOf(
      this.#db,
      `WITH counted AS (
         SELECT ${this.#times.of(from)} AS time, ${this.#leadValue(group)} AS value, ${namedColumns(columns)},
           ${this.#size(own)} AS size, count(*)${own} AS here
         FROM ${this.#leadFrom(this.#ranges)}${this.#times.among(from)} GROUP BY 1, 2
       ), found AS MATERIALIZED (
         SELECT ${this.#times.bucket('time')} AS bucket, ${this.#ledByCalls ? 'm.name' : 'value'} AS value, ${added}, sum(size) AS size, sum(here) AS here
         FROM counted ${this.#ledByCalls ? 'LEFT JOIN models m ON m.key = value' : ''} GROUP BY 1, 2
       ), largest AS MATERIALIZED (
         SELECT value, row_number() OVER (ORDER BY sum(size) DESC, value NULLS LAST) - 1 AS place
         FROM found GROUP BY 1 HAVING sum(here) > 0 ORDER BY place LIMIT ${int(top)}
       )
       SELECT bucket, coalesce(place, groups)::INTEGER AS grp, ${added}
       FROM found f LEFT JOIN largest l ON f.value IS NOT DISTINCT FROM l.value, (SELECT count(*) AS groups FROM largest)
       GROUP BY 1, 2
       UNION ALL BY NAME SELECT ${NAMES} AS bucket, place::INTEGER AS grp, value FROM largest`,
      values.list,
    )
    values.list.length = 0
    this.#top = namesIn(found)
    return found
  }

  #leadValue(group: GroupBy): string {
    return this.#ledByCalls ? 'c.model' : groupExpression(group, 't', this.#scope.values)
  }

  #leadFrom(ranges: readonly Range[]): string {
    return this.#ledByCalls ? this.#callsFrom(ranges) : this.#tracesFrom(ranges)
  }

  /** How large a group is, of the rows that a filter leaves. */
  #size(filter: string): string {
    return this.#ask.series[0] === 'cost' ? `coalesce(fsum(cost)${filter}, 0)` : `count(*)${filter}`
  }

  get #groups(): (Group | null)[] {
    if (!this.#ask.group) return [null]
    return [...this.#top.map((value) => ({ value, other: false })), { value: null, other: true }]
  }

  #line(series: SeriesName, group: Group | null, at: number, cells: Cells): Line {
    const count = this.#ask.edges.length - 1
    const all = Array.from({ length: count }, (_, bucket) =>
      seriesValue(series, (name) => cells.number(name, bucket, at)),
    )
    if (!this.#ask.previous) return { series, group, values: all, previous: null }
    return { series, group, values: all.slice(count / 2), previous: all.slice(0, count / 2) }
  }

  #traceCells(columns: Columns): Promise<Answer> {
    return this.#cells(columns, 't', 't', () => this.#tracesFrom(this.#ranges))
  }

  /** Traces of the groups that cost nothing in some bucket: whether nothing ran there, or nothing that has a price. */
  async #addVolumeWithoutCost(cells: Cells): Promise<void> {
    const { group } = this.#ask
    const buckets = Array.from({ length: this.#ask.edges.length - 1 }, (_, bucket) => bucket)
    const isWithout = (bucket: number, at: number) => cells.number('cost', bucket, at) === null
    const without = this.#groups.map((_, at) => buckets.some((bucket) => isWithout(bucket, at)))
    if (!group || !without.includes(true)) return
    const { values } = this.#scope
    const ranges = this.#rangesOf(buckets.filter((bucket) => without.some((_, at) => isWithout(bucket, at))))
    // A bucket of the period before may lie outside of it, where days are of different length.
    if (ranges.length === 0) return
    const volume = await this.#cells({ volume: 'count(*)' }, 't', 't', () => {
      const value = groupExpression(group, 't', values)
      const same = (one: string | null) => (one === null ? `${value} IS NULL` : `${value} = ${values.text(one)}`)
      const ofOther = without[this.#top.length]
      // A value that stands nowhere must not be bound.
      const is = this.#top.map((one, at) => (ofOther || without[at] ? `coalesce(${same(one)}, false)` : ''))
      const conditions = is.filter((_, at) => without[at])
      if (ofOther) conditions.push(`(${['true', ...is.map((one) => `NOT ${one}`)].join(' AND ')})`)
      return `${this.#tracesFrom(ranges)} AND (${conditions.join(' OR ')})`
    })
    cells.add(volume)
  }

  /** What of the ranges lies in these buckets, or between the first and the last of them where they lie in too many places. */
  #rangesOf(buckets: readonly number[]): Range[] {
    const { edges } = this.#ask
    const runs: Range[] = []
    for (const bucket of buckets) {
      const [from, to] = [edges[bucket] ?? 0, (edges[bucket + 1] ?? 0) - 1]
      const last = runs.at(-1)
      if (last && last.to + 1 === from) last.to = to
      else runs.push({ from, to })
    }
    const [first, last] = [runs[0], runs.at(-1)]
    const places = runs.length > MOST_PLACES && first && last ? [{ from: first.from, to: last.to }] : runs
    return this.#ranges.flatMap((range) =>
      places
        .map(({ from, to }) => ({ from: Math.max(from, range.from), to: Math.min(to, range.to) }))
        .filter(({ from, to }) => from <= to),
    )
  }

  /** Calls know project and start of their trace; what else is asked of traces is joined. By model they are grouped by their own. */
  #callCells(columns: Columns): Promise<Answer> {
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

  #factCells(table: 'feedback' | 'evaluations', columns: Columns): Promise<Answer> {
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

  async #cells(columns: Columns, timed: string, grouped: 't' | 'c', from: () => string): Promise<Answer> {
    const { group } = this.#ask
    const { values } = this.#scope
    const expression = () => (!group || grouped === 'c' ? 'c.model' : groupExpression(group, grouped, values))
    const grp = group ? groupNumber(expression, this.#top, values, grouped === 'c' ? modelKey : undefined) : null
    const answer = await columnsOf(
      this.#db,
      grp === null && addsUp(columns)
        ? `SELECT ${this.#times.bucket('time')} AS bucket, ${addedColumns(columns)} FROM (
             SELECT ${this.#times.of(timed)} AS time, ${namedColumns(columns)} FROM ${from()}${this.#times.among(timed)} GROUP BY 1
           ) GROUP BY 1`
        : `SELECT ${this.#times.bucketOf(timed)} AS bucket${grp === null ? '' : `, ${grp} AS grp`}, ${namedColumns(columns)}
           FROM ${from()} GROUP BY ${grp === null ? '1' : '1, 2'}`,
      values.list,
    )
    values.list.length = 0
    return answer
  }
}

/** The values of the largest groups, in their order. */
function namesIn({ names, columns }: Answer): (string | null)[] {
  const [bucket = [], group = [], value = []] = ['bucket', 'grp', 'value'].map((name) => columns[names.indexOf(name)])
  const found: (string | null)[] = []
  for (const [row, at] of bucket.entries()) if (at === NAMES) found[Number(group[row])] = value[row] as string | null
  return found
}
