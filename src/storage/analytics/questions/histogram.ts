import { rowsOf } from '../duckdb.ts'
import type { HISTOGRAMS } from '../names.ts'
import { type FactFilter, type QuestionSources, type Range, within } from './filter.ts'
import { QUANTILES } from './metrics.ts'

export interface AskHistogram {
  filter: FactFilter
  range: Range
  of: (typeof HISTOGRAMS)[number]
}

export interface Histogram {
  /** From `from` up to but without `to`. Without gaps. */
  buckets: { from: number; to: number; count: number }[]
  /** Values of zero and below, which no logarithm has. */
  zero: number
  /** Traces without the value. */
  unknown: number
  min: number | null
  max: number | null
  p50: number | null
  p95: number | null
  p99: number | null
}

/** Where buckets begin within a power of ten: the preferred numbers of ISO 3, each about 10^(1/5) times the one before. */
const STARTS = [1, 1.6, 2.5, 4, 6.3]
const VALUES = {
  latency: 'latency_ms',
  cost: 'cost',
  tokens:
    'CASE WHEN prompt_tokens IS NULL THEN completion_tokens ELSE prompt_tokens + coalesce(completion_tokens, 0) END',
}

/** How values spread, in buckets that grow with them. */
export function histogram(sources: QuestionSources, { filter, range, of }: AskHistogram): Promise<Histogram> {
  return within(sources, filter, [range], async (scope) => {
    const from = `(SELECT (${VALUES[of]})::DOUBLE AS v FROM traces t WHERE ${scope.where('t', [range])}${scope.onTraces('t')})`
    const rows = await rowsOf<{ at: number | null; zero: boolean; n: number }>(
      sources.db,
      `SELECT decade * ${STARTS.length} + (${WITHIN_DECADE}) AS at, coalesce(v <= 0, false) AS zero, count(*) AS n
       FROM (SELECT v, CASE WHEN v > 0 THEN floor(log10(v) + 1e-12)::INTEGER END AS decade FROM ${from}) GROUP BY 1, 2`,
      scope.values.list,
    )
    const [summary] = await rowsOf<{ min: number | null; max: number | null; q: (number | null)[] | null }>(
      sources.db,
      `SELECT min(v) AS min, max(v) AS max, quantile_cont(v, ${QUANTILES}) AS q FROM ${from}`,
      scope.values.list,
    )
    const counts = new Map(rows.flatMap(({ at, n }) => (at === null ? [] : [[at, n] as const])))
    const [p50 = null, p95 = null, p99 = null] = summary?.q ?? []
    const sum = (zero: boolean) => rows.reduce((n, row) => (row.at === null && row.zero === zero ? n + row.n : n), 0)
    return {
      buckets: bucketsOf(counts),
      zero: sum(true),
      unknown: sum(false),
      min: summary?.min ?? null,
      max: summary?.max ?? null,
      p50,
      p95,
      p99,
    }
  })
}

const WITHIN_DECADE = `CASE ${STARTS.slice(1)
  .map((start, i) => `WHEN v / pow(10, decade) < ${start} THEN ${i}`)
  .join(' ')} ELSE ${STARTS.length - 1} END`

function bucketsOf(counts: ReadonlyMap<number, number>): Histogram['buckets'] {
  if (counts.size === 0) return []
  const [least, most] = [Math.min(...counts.keys()), Math.max(...counts.keys())]
  return Array.from({ length: most - least + 1 }, (_, i) => ({
    from: edge(least + i),
    to: edge(least + i + 1),
    count: counts.get(least + i) ?? 0,
  }))
}

const edge = (at: number): number =>
  Number(`${STARTS[((at % STARTS.length) + STARTS.length) % STARTS.length]}e${Math.floor(at / STARTS.length)}`)
