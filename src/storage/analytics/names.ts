/** What can be asked for, by name. Apart from the questions, which come with DuckDB: the edge of the API checks names without it. */

export const BREAKDOWN_SORTS = ['count', 'errors', 'error_rate', 'cost', 'latency_p95', 'tokens'] as const

export const HISTOGRAMS = ['latency', 'cost', 'tokens'] as const

/** Each is one line of a chart, or one for each group. Rates are null where there is nothing to divide by, counts are zero. */
export const SERIES = [
  'volume',
  'errors',
  'error_rate',
  'latency_p50',
  'latency_p95',
  'latency_p99',
  'cost',
  'tokens_input',
  'tokens_output',
  'tokens_cache_read',
  'tokens_cache_write',
  'tokens_reasoning',
  'feedback_good_rate',
  'eval_pass_rate',
] as const
export type SeriesName = (typeof SERIES)[number]
