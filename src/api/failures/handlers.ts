import { rfc3339 } from '../../clock.ts'
import { AppError } from '../../errors.ts'
import type { ProjectId, TenantId } from '../../ids.ts'
import type { ClusterRow, FailureFilter } from '../../storage/analytics/questions/failures.ts'
import type { Range } from '../../storage/analytics/questions/filter.ts'
import { failureStatus } from '../../storage/control/failure-decisions.ts'
import type { FailureDecisionRow } from '../../storage/control/schema.ts'
import { type Binding, bind } from '../http/mount.ts'
import { ok } from '../http/reply.ts'
import { rangeOf } from '../http/time.ts'
import type { Services } from '../services.ts'
import { getFailureCluster, getFailureClusters, setFailureClusterStatus } from './contract.ts'

const WEEK_MS = 7 * 24 * 60 * 60 * 1000
/** So many are looked through for those of one status. */
const MOST = 2_000

type Needs = Pick<Services, 'analytics' | 'telemetry' | 'control' | 'clock'>

export const failureHandlers = ({ analytics, telemetry, control, clock }: Needs): Binding[] => {
  const clusters = async (filter: FailureFilter, range: Range, limit: number) => {
    const ask = { filter, range, limit, trendTo: clock.now() }
    const { value, behind } = await analytics.ask('failureClusters', ask, telemetry.head)
    const decisions = await control.failures.of(
      filter.tenantId,
      value.map(({ signature }) => signature),
    )
    return { rows: value.map((row) => presentCluster(row, decisions.get(row.signature))), behind }
  }
  const one = async (tenantId: TenantId, signature: string, range: Range) => {
    const { rows, behind } = await clusters({ tenantId, signature }, range, 1)
    const [row] = rows
    if (!row) throw new AppError('not_found', 'There is no such cluster of failures in this time.')
    return { row, behind }
  }

  return [
    bind(getFailureClusters, async ({ actor, query: { project_id, status, limit, ...times } }) => {
      const filter = {
        tenantId: actor.tenantId,
        ...(project_id === undefined ? {} : { projectId: project_id as ProjectId }),
      }
      const range = rangeOf(times, clock.now(), WEEK_MS)
      const { rows, behind } = await clusters(filter, range, status === undefined ? limit : MOST)
      const wanted = status === undefined ? rows : rows.filter((row) => row.status === status)
      return ok({ clusters: wanted.slice(0, limit), behind })
    }),

    bind(getFailureCluster, async ({ actor, params: { signature }, query }) => {
      const range = rangeOf(query, clock.now(), WEEK_MS)
      const { row, behind } = await one(actor.tenantId, signature, range)
      const ask = { filter: { tenantId: actor.tenantId, signature }, range }
      const { value } = await analytics.ask('failureDetail', ask, telemetry.head)
      return ok({
        ...row,
        variants: value.variants.map(({ text, count }) => ({ message: text, count })),
        models: value.models,
        trace_names: value.traceNames,
        feedback: value.feedback,
        latest: value.latest.map(({ id, name, startedAt, message }) => ({
          ...{ trace_id: id, name, started_at: rfc3339(startedAt), message },
        })),
        behind,
      })
    }),

    bind(setFailureClusterStatus, async ({ actor, params: { signature }, body: { status } }) => {
      await one(actor.tenantId, signature, { from: 0, to: Number.MAX_SAFE_INTEGER })
      const by = actor.kind === 'person' ? actor.email : actor.kind === 'key' ? 'an API key' : actor.name
      await control.failures.decide(actor, signature, status, by)
      return ok({ signature, status })
    }),
  ]
}

function presentCluster(row: ClusterRow, decision: FailureDecisionRow | undefined) {
  return {
    signature: row.signature,
    project_id: row.projectId,
    error_type: row.type,
    error_message: row.message,
    failure_type: row.failureType ?? row.type ?? 'error',
    span_name: row.span,
    count: row.count,
    traces: row.traces,
    sessions: row.sessions,
    users: row.users,
    first_seen: rfc3339(row.firstAt),
    last_seen: rfc3339(row.lastAt),
    sample_ids: row.samples,
    trend: row.trend,
    ...failureStatus(decision, row.lastSeenAt),
  }
}
