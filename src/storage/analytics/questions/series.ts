import type { SeriesName } from '../names.ts'
import type { BucketRows } from './kept-buckets.ts'
import { QUANTILES } from './latencies.ts'

/** What lines are made of: columns of several tables, a number for each bucket and group. */
export type Columns = Record<string, string>

const LATENCIES = ['latency_p50', 'latency_p95', 'latency_p99'] as const
const TOKENS = {
  tokens_input: 'c.prompt_tokens',
  tokens_output: 'c.completion_tokens',
  tokens_cache_read: 'c.cache_read_tokens',
  tokens_cache_write: 'c.cache_write_tokens',
  tokens_reasoning: 'c.reasoning_tokens',
} as const
export const FEEDBACK_COLUMNS = { feedback: 'count(*)', good: `count(*) FILTER (f.label = 'good')` }
/** An evaluation passes from a score of one half on. */
export const EVALUATION_COLUMNS = { scored: 'count(f.score)', passed: 'count(*) FILTER (f.score >= 0.5)' }

/** What is asked of traces and of calls. What a model cost is what its calls did. */
export function columnsFor(
  series: readonly SeriesName[],
  costOfCalls: boolean,
): { onTraces: Columns; onCalls: Columns } {
  const has = (...names: SeriesName[]) => names.some((name) => series.includes(name))
  const onTraces: Columns = {}
  const onCalls: Columns = {}
  if (has('volume', 'errors', 'error_rate') || (has('cost') && !costOfCalls)) {
    onTraces.volume = 'count(*)'
    onTraces.errors = 'count(*) FILTER (failed)'
  }
  // DuckDB sees that it is one and the same list. As a list it would cost more to read than to make.
  for (const [i, name] of LATENCIES.entries())
    if (has(name)) onTraces[name] = `quantile_cont(latency_ms, ${QUANTILES})[${i + 1}]`
  if (has('cost')) (costOfCalls ? onCalls : onTraces).cost = 'fsum(cost)'
  if (has('cost') && costOfCalls) onCalls.calls = 'count(*)'
  for (const [name, column] of Object.entries(TOKENS))
    if (has(name as SeriesName)) onCalls[name] = `sum(${column})::DOUBLE`
  return { onTraces, onCalls }
}

/** Can what is asked of smaller groups be added up to that of larger ones? */
export const addsUp = (columns: Columns): boolean => !LATENCIES.some((name) => name in columns)

/** As SQL. */
export const namedColumns = (columns: Columns): string[] =>
  Object.entries(columns).map(([name, sql]) => `${sql} AS ${name}`)

/** The same of what was counted in parts that add up. */
export const addedColumns = (columns: Columns): string[] =>
  Object.entries(columns).map(
    ([name, sql]) => `${sql.startsWith('fsum') ? `fsum(${name})` : `sum(${name})::DOUBLE`} AS ${name}`,
  )

/** The numbers of each bucket and group, by the names of their columns. */
export class Cells {
  readonly #buckets: number
  readonly #groups: number
  readonly #numbers = new Map<string, (number | null)[]>()

  constructor(buckets: number, groups: number) {
    this.#buckets = buckets
    this.#groups = groups
  }

  /** Adds rows of numbers, and where there are groups of either `grp` or `value`, by which the group is found. Those of a group are added up. */
  add({ columns, rows }: BucketRows, groupOf?: (value: string | null) => number): void {
    const [group, value] = [columns.indexOf('grp'), columns.indexOf('value')]
    const numbers = columns.map((name, i) => (i === group || i === value ? null : this.#of(name)))
    for (const [bucket, own] of rows) {
      for (const row of own) {
        const at = this.#at(
          bucket,
          groupOf && value >= 0 ? groupOf(row[value] as string | null) : Number(row[group] ?? 0),
        )
        for (let i = 0; i < row.length; i += 1) {
          const [of, number] = [numbers[i], row[i]]
          if (of && typeof number === 'number') of[at] = (of[at] ?? 0) + number
        }
      }
    }
  }

  #of(name: string): (number | null)[] {
    const numbers = this.#numbers.get(name) ?? new Array<number | null>(this.#buckets * this.#groups).fill(null)
    this.#numbers.set(name, numbers)
    return numbers
  }

  number(name: string, bucket: number, group: number): number | null {
    return this.#numbers.get(name)?.[this.#at(bucket, group)] ?? null
  }

  #at(bucket: number, group: number): number {
    return bucket * this.#groups + group
  }
}

/** The value of a line, by the numbers that there are; null of one says that there is none. */
export function seriesValue(series: SeriesName, number: (name: string) => number | null): number | null {
  const count = (name: string): number => number(name) ?? 0
  const rate = (part: string, whole: string) => (count(whole) === 0 ? null : count(part) / count(whole))
  switch (series) {
    case 'error_rate':
      return rate('errors', 'volume')
    case 'latency_p50':
    case 'latency_p95':
    case 'latency_p99':
      return number(series)
    case 'cost':
      // Where nothing ran nothing was spent; where something ran that has no price, nobody knows.
      return number('cost') ?? (count('volume') + count('calls') > 0 ? null : 0)
    case 'feedback_good_rate':
      return rate('good', 'feedback')
    case 'eval_pass_rate':
      return rate('passed', 'scored')
    default:
      return count(series)
  }
}
