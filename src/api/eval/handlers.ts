import { rfc3339 } from '../../clock.ts'
import { AppError } from '../../errors.ts'
import type { ProjectId, TenantId } from '../../ids.ts'
import { BUCKET_MS, bucketEdges, fits, MOST_BUCKETS } from '../../storage/analytics/buckets.ts'
import type { EvalFilter, EvalWindow } from '../../storage/analytics/questions/evals.ts'
import type { Range } from '../../storage/analytics/questions/filter.ts'
import { type Binding, bind } from '../http/mount.ts'
import { ok } from '../http/reply.ts'
import { rangeOf } from '../http/time.ts'
import type { Services } from '../services.ts'
import { compareEvalWindows, getEvalHistogram, getEvalTrends, TREND_BUCKETS } from './contract.ts'

const WEEK_MS = 7 * 24 * 60 * 60 * 1000
/** About how many points a chart shows well. */
const GOOD_BUCKETS = 60

export const evalHandlers = ({
  analytics,
  telemetry,
  clock,
}: Pick<Services, 'analytics' | 'telemetry' | 'clock'>): Binding[] => [
  bind(getEvalTrends, async ({ actor, query }) => {
    const range = rangeOf(query, clock.now(), WEEK_MS)
    const bucket = query.bucket ?? usualTrendBucket(range)
    if (!fits(range.from, range.to, bucket)) throw tooFine(bucket, range)
    const edges = bucketEdges(range.from, range.to, bucket, 'UTC')
    const ask = { filter: filterOf(actor.tenantId, query), range, edges }
    const { value, behind } = await analytics.ask('evalTrends', ask, telemetry.head)
    const buckets = value.map(({ at, metric, average, count, passRate }) => ({
      ...{ time: rfc3339(at), metric, avg_score: average, count, pass_rate: passRate },
    }))
    return ok({ buckets, bucket, behind })
  }),

  bind(getEvalHistogram, async ({ actor, query }) => {
    const range = rangeOf(query, clock.now(), WEEK_MS)
    const { buckets: parts, metric } = query
    const ask = { filter: filterOf(actor.tenantId, query), range, buckets: parts }
    const { value, behind } = await analytics.ask('evalHistogram', ask, telemetry.head)
    const buckets = value.map((count, i) => ({ range_start: i / parts, range_end: (i + 1) / parts, count }))
    return ok({ metric, buckets, behind })
  }),

  bind(compareEvalWindows, async ({ actor, query }) => {
    const filter = filterOf(actor.tenantId, query)
    const ask = (range: Range) => analytics.ask('evalWindow', { filter, range }, telemetry.head)
    const baseline = await ask(windowOf('baseline', query.baseline_from, query.baseline_to))
    const candidate = await ask(windowOf('candidate', query.candidate_from, query.candidate_to))
    const [before, after] = [presentWindow(baseline.value), presentWindow(candidate.value)]
    return ok({
      metric: query.metric,
      baseline: before,
      candidate: after,
      delta: { avg_score: after.avg_score - before.avg_score, pass_rate: after.pass_rate - before.pass_rate },
      behind: Math.max(baseline.behind, candidate.behind),
    })
  }),
]

function tooFine(bucket: string, { from, to }: Range): AppError {
  const would = TREND_BUCKETS.find((one) => fits(from, to, one))
  const advice = would ? `take ${would} or longer` : 'ask for a shorter one'
  return new AppError(
    'out_of_range',
    `bucket: ${bucket} would cut this range into more than ${MOST_BUCKETS} parts; ${advice}.`,
  )
}

const usualTrendBucket = ({ from, to }: Range) =>
  TREND_BUCKETS.find((bucket) => (to - from) / BUCKET_MS[bucket] <= GOOD_BUCKETS) ?? '7d'

function filterOf(
  tenantId: TenantId,
  { project_id, metric }: { project_id: string; metric?: string | undefined },
): EvalFilter {
  return { tenantId, projectId: project_id as ProjectId, ...(metric === undefined ? {} : { metric }) }
}

function windowOf(name: string, from: number, to: number): Range {
  if (to < from) throw new AppError('invalid_query', `${name}_to: must not be before ${name}_from.`)
  return { from, to }
}

/** The contract has no null here. */
const presentWindow = ({ average, count, passRate }: EvalWindow) => ({
  avg_score: average ?? 0,
  count,
  pass_rate: passRate ?? 0,
})
