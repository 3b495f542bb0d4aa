import { rfc3339 } from '../../clock.ts'
import { AppError } from '../../errors.ts'
import type { AnomalyId, ProjectId } from '../../ids.ts'
import { Detector } from '../../jobs/anomalies/detector.ts'
import type { AnomalyRow } from '../../storage/control/schema.ts'
import { DEPRECATIONS } from '../deprecations/table.ts'
import { type Binding, bind } from '../http/mount.ts'
import { decodeCursor, encodeCursor, pageOf } from '../http/page.ts'
import { ok } from '../http/reply.ts'
import { rangeOf } from '../http/time.ts'
import type { Services } from '../services.ts'
import { getAnomaly, getAnomalyBand, listAnomalies } from './contract.ts'

const CURSOR = 'anomalies'
const DAY_MS = 24 * 60 * 60 * 1000
const MOST_DAYS = 31

type Needs = Pick<Services, 'analytics' | 'telemetry' | 'control' | 'clock'>

export const anomalyHandlers = (services: Needs): Binding[] => [
  bind(listAnomalies, async ({ actor, query }) => {
    const { project_id, type, from, to, limit, cursor, offset } = query
    if (from !== undefined && to !== undefined && to < from)
      throw new AppError('invalid_query', 'to: must not be before from.')
    const found = await services.control.anomalies.list(actor.tenantId, {
      ...{ type, from, to, offset, limit: limit + 1, projectId: project_id as ProjectId | undefined },
      after: cursor === undefined ? undefined : placeOf(cursor),
    })
    const { rows, next_cursor, has_more } = pageOf(found, limit, (last) =>
      encodeCursor(CURSOR, [last.detected_at, last.id]),
    )
    return {
      ...ok({ anomalies: rows.map(presentAnomaly), next_cursor, has_more }),
      headers: offset === undefined ? {} : OFFSET_IS_DEPRECATED,
    }
  }),

  // Before `{id}`, which would take `band` for one.
  bind(getAnomalyBand, async ({ actor, query }) => {
    const { from, to } = rangeOf(query, services.clock.now(), DAY_MS)
    if (to - from > MOST_DAYS * DAY_MS)
      throw new AppError('out_of_range', `from: a band is drawn over at most ${MOST_DAYS} days.`)
    const { metric, project_id } = query
    const judged = await new Detector(services).band(actor.tenantId, project_id as ProjectId, metric, from, to)
    const hours = judged.map(({ at, observed, expected, low, high }) => ({
      ...{ time: rfc3339(at), observed, expected, low, high },
    }))
    return ok({ metric, hours })
  }),

  bind(getAnomaly, async ({ actor, params }) => {
    const row = await services.control.anomalies.get(actor.tenantId, params.id as AnomalyId)
    if (!row) throw new AppError('not_found', 'There is no anomaly with this id.')
    return ok(presentAnomaly(row))
  }),
]

const sunset = DEPRECATIONS.find(({ field, endpoint }) => field === 'offset' && endpoint === 'GET /v1/anomalies')
const OFFSET_IS_DEPRECATED = {
  Deprecation: 'true',
  Sunset: new Date(`${sunset?.sunset_date ?? ''}T00:00:00.000Z`).toUTCString(),
}

function placeOf(cursor: string): { detectedAt: number; id: string } {
  const [detectedAt, id] = decodeCursor(CURSOR, cursor, ['number', 'string'])
  return { detectedAt, id }
}

const presentAnomaly = (row: AnomalyRow) => ({
  ...{ id: row.id, tenant_id: row.tenant_id, project_id: row.project_id, type: row.type, severity: row.severity },
  ...{ description: row.description, trace_id: row.trace_id },
  detected_at: rfc3339(row.detected_at),
  created_at: rfc3339(row.detected_at),
  metadata: JSON.parse(row.metadata),
})
