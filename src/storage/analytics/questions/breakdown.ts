import { rowsOf } from '../duckdb.ts'
import type { BREAKDOWN_SORTS } from '../names.ts'
import { type FactFilter, int, type QuestionSources, type Range, within } from './filter.ts'
import { type GroupBy, groupExpression } from './groups.ts'
import { QUANTILES } from './latencies.ts'

export interface AskBreakdown {
  filter: FactFilter
  range: Range
  group: GroupBy
  sort: (typeof BREAKDOWN_SORTS)[number]
  limit: number
}

export interface BreakdownRow {
  /** Null: those that have none. */
  value: string | null
  count: number
  errors: number
  errorRate: number
  cost: number | null
  tokens: number | null
  p50: number | null
  p95: number | null
  p99: number | null
}

export interface Breakdown {
  /** Of all groups, also those that are not shown. */
  groups: number
  total: number
  rows: BreakdownRow[]
}

/** The largest groups. By model it is the calls that are counted, for a trace may use several; by anything else traces. */
export function breakdown(sources: QuestionSources, ask: AskBreakdown): Promise<Breakdown> {
  const { filter, range, group, sort, limit } = ask
  return within(sources, filter, [range], async (scope) => {
    const calls = group.by === 'model'
    const further = scope.onTraces('t')
    const where = scope.where('t', [range])
    const from = calls
      ? `calls c WHERE c.model IS NOT NULL AND ${scope.where('c', [range])}${further === '' ? '' : ` AND c.trace IN (SELECT t.key FROM traces t WHERE ${where}${further})`}`
      : `traces t WHERE ${where}${further}`
    // What is left of a trace's cost counts for its model, but is not a call, and has neither failed nor not.
    const count = calls ? 'count(failed)' : 'count(*)'
    const value = calls ? 'c.model' : groupExpression(group, 't', scope.values)
    const rows = await rowsOf<Counted>(
      sources.db,
      `WITH grouped AS MATERIALIZED (
         SELECT ${value} AS value, ${count} AS n, count(*) FILTER (failed) AS errors, fsum(cost) AS cost,
           sum(prompt_tokens) AS prompt, sum(completion_tokens) AS completion, quantile_cont(latency_ms, ${QUANTILES}) AS latencies
         FROM ${from} GROUP BY 1 HAVING n > 0
       )
       SELECT ${calls ? 'm.name' : 'value'} AS value, n AS count, errors, errors / n AS error_rate, cost, latencies, latencies[2] AS latency_p95,
         coalesce(prompt + coalesce(completion, 0), completion)::DOUBLE AS tokens, groups, total
       FROM grouped ${calls ? 'JOIN models m ON m.key = value' : ''}, (SELECT count(*) AS groups, sum(n)::DOUBLE AS total FROM grouped)
       ORDER BY ${sort} DESC NULLS LAST, 1 NULLS LAST LIMIT ${int(limit)}`,
      scope.values.list,
    )
    return { groups: rows[0]?.groups ?? 0, total: rows[0]?.total ?? 0, rows: rows.map(breakdownRow) }
  })
}

interface Counted {
  value: string | null
  count: number
  errors: number
  error_rate: number
  cost: number | null
  tokens: number | null
  latencies: (number | null)[] | null
  groups: number
  total: number
}

function breakdownRow({ value, count, errors, error_rate, cost, tokens, latencies }: Counted): BreakdownRow {
  const [p50 = null, p95 = null, p99 = null] = latencies ?? []
  return { value, count, errors, errorRate: error_rate, cost, tokens, p50, p95, p99 }
}
