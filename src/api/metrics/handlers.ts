import { rfc3339 } from '../../clock.ts'
import { type Binding, bind } from '../http/mount.ts'
import { ok } from '../http/reply.ts'
import { rangeOf } from '../http/time.ts'
import type { Services } from '../services.ts'
import { getMetrics } from './contract.ts'
import { factFilter } from './filter.ts'

const DAY_MS = 24 * 60 * 60 * 1000

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
]
