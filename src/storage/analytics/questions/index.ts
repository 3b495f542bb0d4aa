import { consoleSnapshot } from '../console/snapshot.ts'
import { breakdown } from './breakdown.ts'
import { evalHistogram, evalTrends, evalWindow } from './evals.ts'
import { failureClusters, failureDetail } from './failures.ts'
import type { QuestionSources } from './filter.ts'
import { histogram } from './histogram.ts'
import { hourly, latencyTails, traceNear } from './hourly.ts'
import { metrics } from './metrics.ts'
import { timeseries } from './timeseries.ts'

export type { QuestionSources }

/** What can be asked of the analytics thread, one file each. */
export const ANALYTICS_QUESTIONS = {
  metrics,
  timeseries,
  breakdown,
  histogram,
  evalTrends,
  evalHistogram,
  evalWindow,
  failureClusters,
  failureDetail,
  hourly,
  latencyTails,
  traceNear,
  consoleSnapshot,
}

type Questions = typeof ANALYTICS_QUESTIONS
export type AnalyticsQuestion = keyof Questions
export type AnalyticsAsk<Q extends AnalyticsQuestion> = Parameters<Questions[Q]>[1]
export type AnalyticsAnswer<Q extends AnalyticsQuestion> = Awaited<ReturnType<Questions[Q]>>
