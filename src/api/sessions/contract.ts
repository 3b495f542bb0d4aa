import { z } from 'zod'
import { EVERY_ROLE, endpoint } from '../http/endpoint.ts'
import { cursorParam, errors, limitParam, timestamp, uuid } from '../http/schemas.ts'
import { timeParam } from '../http/time.ts'
import { trace } from '../traces/schemas.ts'

const access = { roles: EVERY_ROLE, keys: 'query' } as const

export const session = z
  .object({
    id: z.string().meta({ description: "The client's own name of the conversation." }),
    project_id: uuid.nullable().meta({ description: 'Null where traces of several projects are counted together.' }),
    user_id: z.string().nullable().meta({ description: 'Of its last trace.' }),
    trace_count: z.number().int(),
    error_count: z.number().int(),
    span_count: z.number().int(),
    total_token_count: z.number().int(),
    cost: z.number().nullable().meta({ description: 'US dollars; null when no trace of it has a price.' }),
    started_at: timestamp.meta({ description: 'When its first trace began.' }),
    last_activity_at: timestamp.meta({ description: 'When its last trace began.' }),
    input_preview: z.string().nullable().meta({ description: 'How it began.' }),
    output_preview: z.string().nullable().meta({ description: 'Where it stands.' }),
  })
  .meta({ id: 'Session' })

export const listSessions = endpoint({
  id: 'listSessions',
  method: 'get',
  path: '/v1/sessions',
  tag: 'sessions',
  summary: 'Sessions, the last active first',
  description:
    'A session is what traces with the same `session_id` add up to in one project. Filters compose; `from` and `to` find sessions that were going on between them.',
  access,
  family: 'read',
  query: z.object({
    project_id: uuid.optional(),
    user_id: z.string().optional().meta({ description: 'Sessions with a trace of this user.' }),
    error: z
      .enum(['true', 'false'])
      .transform((text) => text === 'true')
      .optional()
      .meta({ override: { type: 'boolean' } }),
    from: timeParam.optional().meta({ description: 'Still active at this time or later.' }),
    to: timeParam.optional().meta({ description: 'Begun at this time or earlier.' }),
    cursor: cursorParam,
    limit: limitParam(200, 50),
  }),
  responses: {
    200: z
      .object({ sessions: z.array(session), next_cursor: z.string().nullable(), has_more: z.boolean() })
      .meta({ id: 'SessionListResponse' }),
    ...errors(400, 401, 403, 429),
  },
})

export const getSession = endpoint({
  id: 'getSession',
  method: 'get',
  path: '/v1/sessions/{id}',
  tag: 'sessions',
  summary: 'One session and its traces in the order in which they began',
  access,
  family: 'read',
  params: z.object({ id: z.string().min(1) }),
  query: z.object({ project_id: uuid.optional(), cursor: cursorParam, limit: limitParam(200, 50) }),
  responses: {
    200: z
      .object({ session, traces: z.array(trace), next_cursor: z.string().nullable(), has_more: z.boolean() })
      .meta({ id: 'SessionResponse' }),
    ...errors(400, 401, 403, 404, 429),
  },
})
