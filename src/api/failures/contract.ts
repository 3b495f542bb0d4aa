import { z } from 'zod'
import { EVERY_ROLE, endpoint } from '../http/endpoint.ts'
import { errors, limitParam, timestamp, uuid } from '../http/schemas.ts'
import { timeParam } from '../http/time.ts'
import { behind } from '../metrics/contract.ts'

const access = { roles: EVERY_ROLE, keys: 'query' } as const
const STATUSES = ['new', 'acknowledged', 'resolved'] as const
const status = z.enum(STATUSES)
const count = z.number().int()

const range = {
  from: timeParam
    .optional()
    .meta({ description: 'Traces that started then or later; seven days before `to` without it.' }),
  to: timeParam.optional().meta({ description: 'Traces that started then or earlier; now without it.' }),
}

const cluster = z
  .object({
    signature: z.string().meta({ description: 'Names the cluster for good.' }),
    project_id: uuid,
    error_type: z.string().nullable(),
    error_message: z.string().meta({ description: 'What its messages have in common; what differs is masked.' }),
    failure_type: z.string().meta({ description: 'The class of the error, else its type, else `error`.' }),
    span_name: z.string().meta({ description: 'The step that fails; the trace where no step says that it failed.' }),
    count: count.meta({ description: 'Failures; a trace may have several.' }),
    traces: count,
    sessions: count.meta({ description: 'Sessions affected.' }),
    users: count.meta({ description: 'Users affected.' }),
    first_seen: timestamp,
    last_seen: timestamp,
    sample_ids: z.array(uuid).meta({ description: 'Traces, the latest first.' }),
    trend: z.array(count).meta({ description: 'Failures in each of the last 24 hours, the oldest first.' }),
    status,
    reopened: z.boolean().meta({ description: 'It was resolved, and came back.' }),
  })
  .meta({ id: 'FailureCluster' })

export const getFailureClusters = endpoint({
  id: 'getFailureClusters',
  method: 'get',
  path: '/v1/failures/clusters',
  tag: 'failures',
  summary: 'Failures grouped by what went wrong, the most frequent first',
  access,
  family: 'read',
  query: z.object({ project_id: uuid.optional(), ...range, status: status.optional(), limit: limitParam(500, 100) }),
  responses: {
    200: z.object({ clusters: z.array(cluster), behind }).meta({ id: 'FailureClustersResponse' }),
    ...errors(400, 401, 403, 429, 503),
  },
})

const params = z.object({ signature: z.string().regex(/^[0-9a-f]{32}$/) })
const named = z.array(z.object({ name: z.string().nullable(), count }))

export const getFailureCluster = endpoint({
  id: 'getFailureCluster',
  method: 'get',
  path: '/v1/failures/clusters/{signature}',
  tag: 'failures',
  summary: 'One cluster of failures: how it was said, where, and to whom it happened',
  access,
  family: 'read',
  params,
  query: z.object(range),
  responses: {
    200: cluster
      .extend({
        variants: z
          .array(z.object({ message: z.string(), count }))
          .meta({ description: 'As it was said, the most frequent first.' }),
        models: named.meta({ description: 'That the failing step called.' }),
        trace_names: named,
        feedback: z
          .array(z.object({ label: z.string(), count }))
          .meta({ description: 'What people said of these traces.' }),
        latest: z.array(
          z.object({ trace_id: uuid, name: z.string().nullable(), started_at: timestamp, message: z.string() }),
        ),
        behind,
      })
      .meta({ id: 'FailureClusterDetail' }),
    ...errors(400, 401, 403, 404, 429, 503),
  },
})

export const setFailureClusterStatus = endpoint({
  id: 'setFailureClusterStatus',
  method: 'patch',
  path: '/v1/failures/clusters/{signature}',
  tag: 'failures',
  summary: 'Say where you are with a cluster of failures',
  description: 'A cluster that is resolved and comes back is new again.',
  access: { roles: ['owner', 'member'], keys: 'full' },
  family: 'write',
  params,
  body: z.object({ status }),
  responses: { 200: z.object({ signature: z.string(), status }), ...errors(400, 401, 403, 404, 429, 503) },
})
