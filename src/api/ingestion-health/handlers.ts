import { rfc3339 } from '../../clock.ts'
import type { ProjectId } from '../../ids.ts'
import type { Category } from '../../ingest/health.ts'
import type { IngestHealthSums } from '../../storage/telemetry/questions/ingest-health.ts'
import { type Binding, bind } from '../http/mount.ts'
import { ok } from '../http/reply.ts'
import type { Services } from '../services.ts'
import { getIngestionHealth } from './contract.ts'

type Needs = Pick<Services, 'telemetry' | 'control' | 'clock' | 'ingestHealth'>

const HOUR_MS = 3_600_000
const WINDOWS = { '1h': HOUR_MS, '24h': 24 * HOUR_MS, '7d': 7 * 24 * HOUR_MS }

export const ingestionHealthHandlers = ({ telemetry, control, clock, ingestHealth }: Needs): Binding[] => [
  bind(getIngestionHealth, async ({ actor: { tenantId }, query: { project_id, window } }) => {
    await ingestHealth.flush()
    const scope = { tenantId, ...(project_id === undefined ? {} : { projectId: project_id as ProjectId }) }
    const [{ sums, lastStoredAt }, letters, evals] = await Promise.all([
      telemetry.ask('ingestHealth', {
        ...scope,
        from: clock.now() - WINDOWS[window],
        withUnknown: project_id === undefined && (await control.tenants.list()).length === 1,
      }),
      telemetry.ask('deadLetterTotals', scope),
      control.tasks.countDead(tenantId, 'eval'),
    ])
    const of = (kind: Sum['kind']) => sums.filter((sum) => sum.kind === kind)
    const [stored, refused, redacted, unpriced] = [of('stored'), of('refused'), of('redacted'), of('unpriced')]
    const all = total(stored) + total(refused)
    const errorRate = all === 0 ? 0 : total(refused) / all
    return ok({
      ...{ project_id: project_id ?? null, window, success_rate: 1 - errorRate, error_rate: errorRate },
      ...{ stored_count: total(stored), error_count: total(refused) },
      top_errors: refused.sort((a, b) => b.count - a.count).map(topError),
      dlq_depth: { traces: letters.open, evals },
      ingest_lag_ms: percentiles(of('lag')),
      last_successful_span_at: lastStoredAt === null ? null : rfc3339(lastStoredAt),
      ignored_count: total(of('ignored')),
      redaction_match_count: total(redacted),
      redaction_matches: byName(redacted),
      unpriced_span_count: total(unpriced),
      unpriced_spans: byName(unpriced),
    })
  }),
]

type Sum = IngestHealthSums['sums'][number]

const total = (sums: readonly Sum[]): number => sums.reduce((all, { count }) => all + count, 0)

const byName = (sums: readonly Sum[]): Record<string, number> =>
  Object.fromEntries(sums.map(({ name, count }) => [name, count]))

const topError = ({ name, count, lastAt, example }: Sum) => ({
  ...{ category: name as Category, count, last_seen_at: rfc3339(lastAt), example },
})

/** The upper bound of the range in which the percentile lies. */
function percentiles(lags: readonly Sum[]): { p50: number; p95: number; p99: number } {
  const bounds = lags.map(({ name, count }) => ({ bound: Number(name), count })).sort((a, b) => a.bound - b.bound)
  const all = total(lags)
  const at = (share: number): number => {
    let passed = 0
    for (const { bound, count } of bounds) {
      passed += count
      if (passed >= all * share) return bound
    }
    return 0
  }
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) }
}
