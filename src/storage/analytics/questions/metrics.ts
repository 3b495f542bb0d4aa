import { isOutOfRange, rowsOf } from '../duckdb.ts'
import { type FactFilter, type QuestionSources, type Range, within } from './filter.ts'

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
    const where = `${scope.where('t', [range])}${scope.onTraces('t')}`
    const over = (latency: string) =>
      rowsOf<MetricsRow>(
        sources.db,
        `SELECT count(*) AS traces, count(*) FILTER (failed) AS errors, quantile_cont(${latency}, ${QUANTILES}) AS latencies,
           fsum(cost) AS cost, sum(prompt_tokens)::DOUBLE AS promptTokens, sum(completion_tokens)::DOUBLE AS completionTokens
         FROM traces t WHERE ${where}`,
        scope.values.list,
      )
    // Quantiles are most of the work, and take a fifth less of numbers half as wide: enough for all latencies below 25 days.
    const [row] = await over('latency_ms::INTEGER').catch((error: unknown) => {
      if (isOutOfRange(error)) return over('latency_ms')
      throw error
    })
    if (!row) throw new Error('an aggregate answered no row')
    const { latencies, ...sums } = row
    const [p50 = null, p95 = null, p99 = null] = latencies ?? []
    return { ...sums, errorRate: row.traces === 0 ? null : row.errors / row.traces, p50, p95, p99 }
  })
}

export const QUANTILES = '[0.5, 0.95, 0.99]'

interface MetricsRow {
  traces: number
  errors: number
  latencies: (number | null)[] | null
  cost: number | null
  promptTokens: number | null
  completionTokens: number | null
}
