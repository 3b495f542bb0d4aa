import { rowsOf } from '../duckdb.ts'
import type { HISTOGRAMS } from '../names.ts'
import { counted } from './counted.ts'
import { type FactFilter, type QuestionSources, type Range, type Scope, within } from './filter.ts'
import { COUNTED_MS, QUANTILES, quantilesOf } from './latencies.ts'

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
/** A nanodollar, and the largest whole number that is exact: what is smaller or larger counts with the outermost bucket. */
const [LEAST_DECADE, DECADES] = [-9, 25]
const EDGES = Array.from({ length: DECADES * STARTS.length + 1 }, (_, i) =>
  Number(`${STARTS[i % STARTS.length]}e${LEAST_DECADE + Math.floor(i / STARTS.length)}`),
)
const VALUES = {
  latency: 'latency_ms',
  cost: 'cost',
  tokens:
    'CASE WHEN prompt_tokens IS NULL THEN completion_tokens ELSE prompt_tokens + coalesce(completion_tokens, 0) END',
}

/** How values spread: for each edge how many lie from there up to the next, those of zero and below apart. */
interface Spread extends Omit<Histogram, 'buckets' | 'unknown' | 'p50' | 'p95' | 'p99'> {
  counts: number[]
  total: number
  known: number
  quantiles: (number | null)[] | null
}

/** How values spread, in buckets that grow with them. */
export function histogram(sources: QuestionSources, { filter, range, of }: AskHistogram): Promise<Histogram> {
  return within(sources, filter, [range], async (scope) => {
    const { db } = sources
    const spread =
      of === 'latency'
        ? await spreadOfLatencies(sources, scope, range)
        : await spreadOf(db, scope, scope.traces([range]), VALUES[of])
    const { counts, zero, total, known, min, max } = spread
    const [p50 = null, p95 = null, p99 = null] = spread.quantiles ?? []
    return { buckets: bucketsOf(counts), zero, unknown: total - known, min, max, p50, p95, p99 }
  })
}

async function spreadOf(db: QuestionSources['db'], scope: Scope, from: string, value: string): Promise<Spread> {
  const [row] = await rowsOf<Omit<Spread, 'counts'> & { counts: number[] | null }>(
    db,
    `SELECT map_values(h)::DOUBLE[] AS counts, zero, total, known, min, max, quantiles FROM (
       SELECT histogram(v::DOUBLE, [${UPPER_BOUNDS}]) AS h, count(*) FILTER (v <= 0) AS zero, count(*) AS total,
         count(v) AS known, min(v) AS min, max(v) AS max, quantile_cont(v, ${QUANTILES}) AS quantiles
       FROM (SELECT ${value} AS v FROM ${from}))`,
    scope.values.list,
  )
  scope.values.list.length = 0
  if (!row) throw new Error('an aggregate answered no row')
  // Those of zero and below are in the first.
  const counts = (row.counts ?? []).map((count, i) => (i === 0 ? count - row.zero : count))
  return { ...row, counts }
}

/** Of those that are counted one by one, and of the longer ones. */
async function spreadOfLatencies(sources: QuestionSources, scope: Scope, range: Range): Promise<Spread> {
  const found = await counted(sources, scope, range, { total: 'count(*)' })
  const latencies = found.latencies()
  const { db } = sources
  const ofLonger = () => `${scope.traces([range])} AND latency_ms > ${COUNTED_MS}`
  const longer = latencies.longer === 0 ? null : await spreadOf(db, scope, ofLonger(), VALUES.latency)
  const { least, most } = latencies
  const spread: Spread = {
    counts: longer?.counts ?? EDGES.map(() => 0),
    zero: 0,
    total: found.sums.total ?? 0,
    known: latencies.known,
    min: least ?? longer?.min ?? null,
    max: longer?.max ?? most,
    quantiles: latencies.quantiles ?? (await quantilesOf(db, scope, range)),
  }
  let edge = 0
  for (const [ms, count] of latencies.counted()) {
    while (ms >= (EDGES[edge + 1] ?? Number.POSITIVE_INFINITY)) edge += 1
    if (ms <= 0) spread.zero += count
    else spread.counts[edge] = (spread.counts[edge] ?? 0) + count
  }
  return spread
}

/**
 * DuckDB counts what equals a bound below it; a bucket begins with its edge. So bounds are the numbers just below the edges. With an exponent,
 * for what has none is a decimal to DuckDB, which it rounds.
 */
const UPPER_BOUNDS = EDGES.slice(1).map((edge) => justBelow(edge).toExponential())

function justBelow(value: number): number {
  const [bits] = new BigUint64Array(new Float64Array([value]).buffer)
  return new Float64Array(new BigUint64Array([(bits ?? 1n) - 1n]).buffer)[0] ?? value
}

/** From the first to the last that holds anything. */
function bucketsOf(counts: readonly number[]): Histogram['buckets'] {
  const least = counts.findIndex((count) => count > 0)
  const most = counts.findLastIndex((count) => count > 0)
  if (least < 0) return []
  return counts
    .slice(least, most + 1)
    .map((count, i) => ({ from: EDGES[least + i] ?? 0, to: EDGES[least + i + 1] ?? Number.MAX_VALUE, count }))
}
