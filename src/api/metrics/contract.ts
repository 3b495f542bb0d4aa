import { z } from 'zod'
import { EVERY_ROLE, endpoint } from '../http/endpoint.ts'
import { errors, timestamp } from '../http/schemas.ts'
import { timeParam } from '../http/time.ts'
import { FILTER_DESCRIPTION, filterParams } from './filter.ts'

const access = { roles: EVERY_ROLE, keys: 'query' } as const
const number = z.number().nullable()

export const behind = z.number().int().min(0).meta({
  description:
    'Changes that were acknowledged before this was asked and are not counted yet: 0, unless the index is being made anew.',
})

const range = {
  from: timeParam.optional().meta({ description: 'Started at this time or later; a day before `to` without it.' }),
  to: timeParam.optional().meta({ description: 'Started at this time or earlier; now without it.' }),
}

export const getMetrics = endpoint({
  id: 'getMetrics',
  method: 'get',
  path: '/v1/metrics',
  tag: 'metrics',
  summary: 'Counts, errors, latency and cost of the traces of a range',
  description: `Exact, and fresh: what was acknowledged before is counted. ${FILTER_DESCRIPTION}`,
  access,
  family: 'read',
  query: z.looseObject({ ...range, ...filterParams }),
  responses: {
    200: z
      .object({
        total_traces: z.number().int(),
        error_count: z.number().int(),
        error_rate: number,
        p50_latency_ms: number,
        p95_latency_ms: number,
        p99_latency_ms: number,
        total_cost: number.meta({ description: 'US dollars; null when no trace has a cost.' }),
        prompt_tokens: number,
        completion_tokens: number,
        from: timestamp,
        to: timestamp,
        behind,
      })
      .meta({ id: 'MetricsResponse' }),
    ...errors(400, 401, 403, 429, 503),
  },
})
