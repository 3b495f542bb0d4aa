import { setImmediate } from 'node:timers/promises'
import { rfc3339 } from '../../clock.ts'
import { bucketEdges } from '../../storage/analytics/buckets.ts'
import { type Binding, bind } from '../http/mount.ts'
import { ok } from '../http/reply.ts'
import { rangeOf } from '../http/time.ts'
import type { Services } from '../services.ts'
import { getBreakdown, getHistogram, getMetrics, getTimeseries } from './contract.ts'
import { factFilter, groupOf } from './filter.ts'
import { bucketOf, periodsOf } from './periods.ts'

const DAY_MS = 24 * 60 * 60 * 1000

/** Writes hundreds of times while DuckDB works, once the question is on its way. */
const meanwhile = async <T>(write: () => T): Promise<T> => {
  await setImmediate()
  return write()
}

export const metricHandlers = ({
  analytics,
  telemetry,
  clock,
}: Pick<Services, 'analytics' | 'telemetry' | 'clock'>): Binding[] => [
  bind(getMetrics, async ({ actor, query }) => {
    const range = rangeOf(query, clock.now(), DAY_MS)
    const filter = factFilter(actor.tenantId, query)
    const { value, behind } = await analytics.ask('metrics', { filter, range }, telemetry.head)
    return ok({
      total_traces: value.traces,
      error_count: value.errors,
      error_rate: value.errorRate,
      p50_latency_ms: value.p50,
      p95_latency_ms: value.p95,
      p99_latency_ms: value.p99,
      total_cost: value.cost,
      prompt_tokens: value.promptTokens,
      completion_tokens: value.completionTokens,
      from: rfc3339(range.from),
      to: rfc3339(range.to),
      behind,
    })
  }),

  bind(getTimeseries, async ({ actor, query }) => {
    const range = rangeOf(query, clock.now(), DAY_MS)
    const bucket = bucketOf(range, query.bucket)
    const edges = bucketEdges(range.from, range.to, bucket, query.time_zone, query.previous)
    const periods = periodsOf(edges, range, query.previous)
    const asked = analytics.ask(
      'timeseries',
      {
        ...{ edges, range, previous: periods.previous, series: query.series, top: query.top },
        filter: factFilter(actor.tenantId, query),
        group: query.group_by === undefined ? null : groupOf(query.group_by),
      },
      telemetry.head,
    )
    const { previous } = periods
    const writeRange = () => ({
      ...{ from: rfc3339(range.from), to: rfc3339(range.to), bucket, time_zone: query.time_zone },
      times: periods.times.map(rfc3339),
      previous: previous && {
        from: rfc3339(previous.from),
        to: rfc3339(previous.to),
        times: periods.previousTimes.map(rfc3339),
      },
    })
    const [written, { value, behind }] = await Promise.all([meanwhile(writeRange), asked])
    return ok({ ...written, lines: value, behind })
  }),

  bind(getBreakdown, async ({ actor, query }) => {
    const range = rangeOf(query, clock.now(), DAY_MS)
    const { sort, limit, group_by } = query
    const ask = { filter: factFilter(actor.tenantId, query), range, group: groupOf(group_by), sort, limit }
    const { value, behind } = await analytics.ask('breakdown', ask, telemetry.head)
    const { groups, total, rows } = value
    return ok({
      ...{ from: rfc3339(range.from), to: rfc3339(range.to), groups, total, behind },
      rows: rows.map((row) => ({
        value: row.value,
        count: row.count,
        share: row.count / total,
        error_count: row.errors,
        error_rate: row.errorRate,
        cost: row.cost,
        tokens: row.tokens,
        p50_latency_ms: row.p50,
        p95_latency_ms: row.p95,
        p99_latency_ms: row.p99,
      })),
    })
  }),

  bind(getHistogram, async ({ actor, query }) => {
    const range = rangeOf(query, clock.now(), DAY_MS)
    const { metric } = query
    const ask = { filter: factFilter(actor.tenantId, query), range, of: metric }
    const { value, behind } = await analytics.ask('histogram', ask, telemetry.head)
    const { buckets, ...summary } = value
    return ok({
      ...{ from: rfc3339(range.from), to: rfc3339(range.to), metric, unit: UNITS[metric], behind },
      ...summary,
      buckets: buckets.map(({ from, to, count }) => ({ range_start: from, range_end: to, count })),
    })
  }),
]

const UNITS = { latency: 'ms', cost: 'usd', tokens: 'tokens' } as const
