import { z } from 'zod'
import { EVERY_ROLE, endpoint } from '../http/endpoint.ts'
import { cursorParam, errors, limitParam, timestamp, uuid } from '../http/schemas.ts'
import { timeParam } from '../http/time.ts'

export const feedback = z
  .object({
    id: uuid,
    tenant_id: uuid,
    project_id: uuid.meta({ description: "The trace's; until that has come, the project of whoever sent this." }),
    trace_id: uuid,
    attached: z.boolean().meta({ description: 'False while it waits for its trace.' }),
    label: z.string(),
    score: z.number().nullable(),
    comment: z.string().nullable(),
    metadata: z.record(z.string(), z.unknown()),
    created_at: timestamp,
  })
  .meta({ id: 'Feedback' })

const label = z.string().trim().min(1).max(64)

export const submitFeedback = endpoint({
  id: 'submitFeedback',
  method: 'post',
  path: '/v1/feedback',
  tag: 'feedback',
  summary: 'Say what a trace was worth',
  description:
    'It may come before its trace: it is kept, and attached when the trace arrives. `label` is usually `good`, `bad` or `neutral`; rates are counted from `good`.',
  access: { roles: ['owner', 'member'], keys: 'full' },
  family: 'write',
  body: z
    .object({
      trace_id: z.string().min(1).max(256).meta({
        description: 'As the trace was sent: a UUID, or an id of your own.',
      }),
      label,
      score: z.number().nullable().optional(),
      comment: z.string().max(10_000).nullable().optional(),
      metadata: z.record(z.string(), z.unknown()).optional(),
    })
    .meta({ id: 'FeedbackRequest' }),
  responses: { 201: feedback, ...errors(400, 401, 403, 413, 429, 503) },
})

export const listFeedback = endpoint({
  id: 'listFeedback',
  method: 'get',
  path: '/v1/feedback',
  tag: 'feedback',
  summary: 'List feedback, newest first',
  access: { roles: EVERY_ROLE, keys: 'query' },
  family: 'read',
  query: z.object({
    project_id: uuid.optional(),
    trace_id: z.string().min(1).max(256).optional(),
    label: label.optional(),
    from: timeParam.optional(),
    to: timeParam.optional(),
    cursor: cursorParam,
    limit: limitParam(200, 50),
  }),
  responses: {
    200: z
      .object({ feedback: z.array(feedback), next_cursor: z.string().nullable(), has_more: z.boolean() })
      .meta({ id: 'FeedbackListResponse' }),
    ...errors(400, 401, 403, 429),
  },
})
