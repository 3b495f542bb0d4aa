import { columnsOf, type DuckDBConnection, rowsOf } from '../duckdb.ts'
import type { SeriesName } from '../names.ts'
import { type FactFilter, int, type QuestionSources, type Range, type Scope, within } from './filter.ts'
import { type Group, type GroupBy, groupExpression, groupNumber, modelKey } from './groups.ts'
import { type BucketRows, bucketRows, KeptBuckets } from './kept-buckets.ts'
import { largest } from './largest.ts'
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
  readonly #buckets: KeptBuckets
  #top: (string | null)[] = []

  constructor(db: DuckDBConnection, ask: AskTimeseries, ranges: readonly Range[], scope: Scope) {
    this.#db = db
    this.#ask = ask
    this.#ranges = ranges
    this.#scope = scope
    this.#times = new Times(scope, ranges, ask.edges)
    this.#buckets = new KeptBuckets(scope, ranges, ask.edges)
  }

  async lines(): Promise<Line[]> {
    const { series } = this.#ask
    const { onTraces, onCalls } = columnsFor(series, this.#costOfCalls)
    const led = await this.#lead(onTraces, onCalls)
    const cells = new Cells(this.#ask.edges.length - 1, this.#groups.length)
    if (led) cells.add(led, this.#groupOf)
    if (Object.keys(onTraces).length > 0 && !(led && !this.#ledByCalls)) cells.add(await this.#traceCells(onTraces))
    if (Object.keys(onCalls).length > 0 && !(led && this.#ledByCalls)) cells.add(await this.#callCells(onCalls))
    const volume = series.includes('cost') && this.#costOfCalls && !onTraces.volume
    if (volume) await this.#addVolumeWithoutCost(cells)
    if (series.includes('feedback_good_rate')) cells.add(await this.#factCells('feedback', FEEDBACK_COLUMNS))
    if (series.includes('eval_pass_rate')) cells.add(await this.#factCells('evaluations', EVALUATION_COLUMNS))
    return series.flatMap((name) => this.#groups.map((grp, i) => this.#line(name, grp, i, cells)))
  }

  /** The place of a value's group. */
  readonly #groupOf = (value: string | null): number => {
    const place = this.#top.indexOf(value)
    return place < 0 ? this.#top.length : place
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
  async #lead(onTraces: Columns, onCalls: Columns): Promise<BucketRows | null> {
    const { group } = this.#ask
    if (!group) return null
    const columns = this.#ledByCalls ? onCalls : onTraces
    const counted = Object.keys(columns).length > 0 && addsUp(columns) ? await this.#countByValue(group, columns) : null
    if (counted) {
      const { edges, previous, top } = this.#ask
      this.#top = largest(counted, { from: previous ? (edges.length - 1) / 2 : 0, top })
      return counted
    }
    await this.#findTop(group)
    return null
  }

  async #findTop(group: GroupBy): Promise<void> {
    const { range, top } = this.#ask
    const { values } = this.#scope
    const [value, names] = this.#named
    const rows = await rowsOf<{ value: string | null }>(
      this.#db,
      `WITH counted AS (SELECT ${this.#leadValue(group)} AS value, ${this.#size} AS size FROM ${this.#leadFrom([range])} GROUP BY 1)
       SELECT ${value} AS value FROM counted ${names} ORDER BY size DESC, 1 NULLS LAST LIMIT ${int(top)}`,
      values.list,
    )
    values.list.length = 0
    this.#top = rows.map(({ value }) => value)
  }

  /** What each value of the group counts in each bucket, and how large that makes it. Null where these are too many. */
  async #countByValue(group: GroupBy, columns: Columns): Promise<BucketRows | null> {
    const from = this.#ledByCalls ? 'c' : 't'
    const [value, names] = this.#named
    return this.#buckets.ask({
      columns: ['value', ...Object.keys(columns), 'size'],
      of: (ranges, most) =>
        this.#run(
          `WITH counted AS (
             SELECT ${this.#times.of(from)} AS time, ${this.#leadValue(group)} AS value, ${namedColumns(columns)}, ${this.#size} AS size
             FROM ${this.#leadFrom(ranges)}${this.#times.among(from)} GROUP BY 1, 2
           )
           SELECT ${this.#times.bucket('time')} AS bucket, ${value} AS value, ${addedColumns(columns)}, sum(size)::DOUBLE AS size
           FROM counted ${names} GROUP BY 1, 2 LIMIT ${int(most)}`,
        ),
      name: ['by value', group, from, this.#size],
    })
  }

  /** The name of a `value` that was counted, as SQL: models of calls are counted by number. */
  get #named(): [value: string, join: string] {
    return this.#ledByCalls ? ['m.name', 'LEFT JOIN models m ON m.key = value'] : ['value', '']
  }

  #leadValue(group: GroupBy): string {
    return this.#ledByCalls ? 'c.model' : groupExpression(group, 't', this.#scope.values)
  }

  #leadFrom(ranges: readonly Range[]): string {
    return this.#ledByCalls ? this.#scope.calls(ranges) : this.#scope.traces(ranges)
  }

  /** How large a group is. */
  get #size(): string {
    return this.#ask.series[0] === 'cost' ? 'coalesce(fsum(cost), 0)' : 'count(*)'
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

  #traceCells(columns: Columns): Promise<BucketRows> {
    return this.#cells(columns, 't', 't', (ranges) => this.#scope.traces(ranges))
  }

  /** Traces of the groups in buckets in which they cost nothing: whether nothing ran there, or nothing that has a price. */
  async #addVolumeWithoutCost(cells: Cells): Promise<void> {
    const { group, edges } = this.#ask
    if (!group) return
    const groups = this.#groups
    const buckets = Array.from({ length: edges.length - 1 }, (_, bucket) => bucket).filter((bucket) =>
      groups.some((_, at) => cells.number('cost', bucket, at) === null),
    )
    const columns = { volume: 'count(*)' }
    const counted = await this.#buckets.ask(
      {
        columns: ['value', 'volume'],
        of: (ranges, most) =>
          this.#run(
            `SELECT ${this.#times.bucketOf('t')} AS bucket, ${groupExpression(group, 't', this.#scope.values)} AS value, ${namedColumns(columns)}
             FROM ${this.#scope.traces(ranges)} GROUP BY 1, 2 LIMIT ${int(most)}`,
          ),
        name: ['volume', group],
      },
      buckets,
    )
    if (counted) return cells.add(counted, this.#groupOf)
    const ranges = this.#buckets.rangesOf(buckets)
    // A bucket of the period before may lie outside of it, where days are of different length.
    if (ranges.length > 0) cells.add(await this.#grouped(columns, 't', 't', this.#scope.traces(ranges)))
  }

  /** Calls know project and start of their trace; what else is asked of traces is joined. By model they are grouped by their own. */
  #callCells(columns: Columns): Promise<BucketRows> {
    const own = !this.#ask.group || this.#ask.group.by === 'model'
    if (own) return this.#cells(columns, 'c', 'c', (ranges) => this.#scope.calls(ranges))
    const from = `calls c JOIN traces t ON t.key = c.trace WHERE ${this.#where('c')} AND t.tenant = c.tenant${this.#scope.onTraces('t')}`
    return this.#grouped(columns, 'c', 't', from)
  }

  #factCells(table: 'feedback' | 'evaluations', columns: Columns): Promise<BucketRows> {
    const { tenant } = this.#scope
    const from = `${table} f JOIN traces t ON t.key = f.trace WHERE f.tenant = ${int(tenant)} AND ${this.#where('t')}${this.#scope.onTraces('t')}`
    return this.#ask.group ? this.#grouped(columns, 't', 't', from) : this.#ungrouped(columns, 't', from)
  }

  #where(alias: string): string {
    return this.#scope.where(alias, this.#ranges)
  }

  async #cells(
    columns: Columns,
    timed: 't' | 'c',
    grouped: 't' | 'c',
    from: (ranges: readonly Range[]) => string,
  ): Promise<BucketRows> {
    if (this.#ask.group) return this.#grouped(columns, timed, grouped, from(this.#ranges))
    const kept = await this.#buckets.ask({
      columns: Object.keys(columns),
      of: (ranges) => this.#ungrouped(columns, timed, from(ranges)),
      name: [timed],
    })
    return kept ?? this.#ungrouped(columns, timed, from(this.#ranges))
  }

  #ungrouped(columns: Columns, timed: 't' | 'c', from: string): Promise<BucketRows> {
    return this.#run(
      addsUp(columns)
        ? `SELECT ${this.#times.bucket('time')} AS bucket, ${addedColumns(columns)} FROM (
             SELECT ${this.#times.of(timed)} AS time, ${namedColumns(columns)} FROM ${from}${this.#times.among(timed)} GROUP BY 1
           ) GROUP BY 1`
        : `SELECT ${this.#times.bucketOf(timed)} AS bucket, ${namedColumns(columns)} FROM ${from} GROUP BY 1`,
    )
  }

  #grouped(columns: Columns, timed: 't' | 'c', grouped: 't' | 'c', from: string): Promise<BucketRows> {
    const { group } = this.#ask
    const { values } = this.#scope
    const expression = () => (!group || grouped === 'c' ? 'c.model' : groupExpression(group, grouped, values))
    const grp = groupNumber(expression, this.#top, values, grouped === 'c' ? modelKey : undefined)
    return this.#run(
      `SELECT ${this.#times.bucketOf(timed)} AS bucket, ${grp} AS grp, ${namedColumns(columns)} FROM ${from} GROUP BY 1, 2`,
    )
  }

  async #run(sql: string): Promise<BucketRows> {
    const { list } = this.#scope.values
    const answer = await columnsOf(this.#db, sql, list)
    list.length = 0
    return bucketRows(answer)
  }
}
