import { type FactFilter, type QuestionSources, type Range, within } from './filter.ts'
import { type From, quantilesOf, withLatencies } from './latencies.ts'

export interface AskMetrics {
  filter: FactFilter
  range: Range
}

/** Null where no trace tells: no traces, or none with the value. */
export interface Metrics {
  traces: number
  errors: number
  errorRate: number | null
  /** Milliseconds; between two traces it is interpolated. */
  p50: number | null
  p95: number | null
  p99: number | null
  /** US dollars. */
  cost: number | null
  /** Null when no trace has any. */
  promptTokens: number | null
  completionTokens: number | null
}

/** What the traces of a range come to, exactly. */
export function metrics(sources: QuestionSources, { filter, range }: AskMetrics): Promise<Metrics> {
  return within(sources, filter, [range], async (scope) => {
    const traces: From = {
      db: sources.db,
      from: `traces t WHERE ${scope.where('t', [range])}${scope.onTraces('t')}`,
      values: scope.values.list,
    }
    const { row, latencies } = await withLatencies<Sums>(
      traces,
      `count(*) AS traces, count(*) FILTER (failed) AS errors, fsum(cost) AS cost,
       sum(prompt_tokens)::DOUBLE AS promptTokens, sum(completion_tokens)::DOUBLE AS completionTokens`,
    )
    const [p50 = null, p95 = null, p99 = null] = latencies.quantiles ?? (await quantilesOf(traces))
    const { traces: count, errors, cost, promptTokens, completionTokens } = row
    const errorRate = count === 0 ? null : errors / count
    return { traces: count, errors, errorRate, p50, p95, p99, cost, promptTokens, completionTokens }
  })
}

type Sums = Pick<Metrics, 'traces' | 'errors' | 'cost' | 'promptTokens' | 'completionTokens'>
