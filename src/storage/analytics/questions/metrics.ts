import { counted } from './counted.ts'
import { type FactFilter, type QuestionSources, type Range, within } from './filter.ts'
import { quantilesOf } from './latencies.ts'

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
    const found = await counted(sources, scope, range, {
      traces: 'count(*)',
      errors: 'count(*) FILTER (failed)',
      cost: 'fsum(cost)',
      promptTokens: 'sum(prompt_tokens)',
      completionTokens: 'sum(completion_tokens)',
    })
    const { sums } = found
    const quantiles = found.latencies().quantiles ?? (await quantilesOf(sources.db, scope, range))
    const [p50 = null, p95 = null, p99 = null] = quantiles
    const { traces: count, errors: failed, ...rest } = sums
    const [traces, errors] = [count ?? 0, failed ?? 0]
    const errorRate = traces === 0 ? null : errors / traces
    return { traces, errors, errorRate, p50, p95, p99, ...rest }
  })
}
