import { z } from 'zod'
import { EVERY_ROLE, endpoint } from '../http/endpoint.ts'
import { cursorParam, errors, idParams, limitParam, timestamp, uuid } from '../http/schemas.ts'
import { timeParam } from '../http/time.ts'

const access = { roles: EVERY_ROLE, keys: 'query' } as const
const TYPES = ['latency_spike', 'error_rate_spike', 'volume_anomaly'] as const
const BAND_METRICS = ['latency_p95', 'error_rate', 'volume'] as const

const anomaly = z
  .object({
    id: uuid,
    tenant_id: uuid,
    project_id: uuid,
    type: z.enum(TYPES),
    severity: z.enum(['low', 'medium', 'high', 'critical']),
    description: z.string(),
    trace_id: uuid.nullable().meta({ description: 'A trace that stands for the others of its hour.' }),
    detected_at: timestamp,
    created_at: timestamp,
    metadata: z
      .object({
        metric: z.enum(BAND_METRICS),
        project_id: uuid,
        bucket_start: timestamp,
        bucket_end: timestamp,
        observed: z.number(),
        expected: z.number(),
        sigma: z.number(),
        distance: z.number().meta({ description: 'How many σ off; negative is below.' }),
        band: z.object({ low: z.number(), high: z.number() }),
      })
      .meta({ description: 'Milliseconds, shares of 1, or traces an hour.' }),
  })
  .meta({ id: 'Anomaly' })

export const listAnomalies = endpoint({
  id: 'listAnomalies',
  method: 'get',
  path: '/v1/anomalies',
  tag: 'anomaly',
  summary: 'Hours that were out of the ordinary, the latest found first',
  description:
    'Latency, error rate and volume of each project are held against what is usual at that hour of the week. `offset` is deprecated: use `cursor`.',
  access,
  family: 'read',
  query: z.object({
    limit: limitParam(100, 50),
    cursor: cursorParam,
    offset: z.coerce.number().int().min(0).optional().meta({ deprecated: true }),
    project_id: uuid.optional(),
    type: z.enum(TYPES).optional(),
    from: timeParam.optional().meta({ description: 'Found then or later.' }),
    to: timeParam.optional().meta({ description: 'Found then or earlier.' }),
  }),
  responses: {
    200: z
      .object({ anomalies: z.array(anomaly), next_cursor: z.string().nullable(), has_more: z.boolean() })
      .meta({ id: 'AnomalyListResponse' }),
    ...errors(400, 401, 403, 429),
  },
})

export const getAnomalyBand = endpoint({
  id: 'getAnomalyBand',
  method: 'get',
  path: '/v1/anomalies/band',
  tag: 'anomaly',
  summary: 'What is usual hour by hour, for charts',
  description: 'Hours of which too little is known are left out.',
  access,
  family: 'read',
  query: z.object({
    project_id: uuid,
    metric: z.enum(BAND_METRICS),
    from: timeParam.optional().meta({ description: 'A day before `to` without it; at most 31 days.' }),
    to: timeParam.optional(),
  }),
  responses: {
    200: z
      .object({
        metric: z.enum(BAND_METRICS),
        hours: z.array(
          z.object({
            time: timestamp,
            observed: z.number().nullable(),
            expected: z.number(),
            low: z.number(),
            high: z.number(),
          }),
        ),
      })
      .meta({ id: 'AnomalyBandResponse' }),
    ...errors(400, 401, 403, 422, 429, 503),
  },
})

export const getAnomaly = endpoint({
  id: 'getAnomaly',
  method: 'get',
  path: '/v1/anomalies/{id}',
  tag: 'anomaly',
  summary: 'One anomaly',
  access,
  family: 'read',
  params: idParams,
  responses: { 200: anomaly, ...errors(401, 403, 404, 429) },
})
