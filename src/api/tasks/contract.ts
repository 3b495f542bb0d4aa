import { z } from 'zod'
import { endpoint } from '../http/endpoint.ts'
import { cursorParam, errors, idParams, limitParam, timestamp, uuid } from '../http/schemas.ts'

const states = z.enum(['queued', 'running', 'done', 'dead', 'cancelled'])

export const task = z
  .object({
    id: uuid,
    kind: z.string().meta({ description: 'What it does, such as `prices.recompute`.' }),
    state: states.meta({
      description: '`dead`: every attempt failed, or another one would be of no use; `error` says why.',
    }),
    attempts: z.number().int(),
    max_attempts: z.number().int(),
    progress: z
      .object({
        done: z.number().int().nullable(),
        total: z.number().int().nullable(),
        message: z.string().nullable(),
      })
      .nullable(),
    result: z.record(z.string(), z.unknown()).nullable().meta({ description: 'What a task that is done has to say.' }),
    error: z.string().nullable().meta({ description: 'Why the last attempt failed.' }),
    cancel_requested: z.boolean(),
    run_at: timestamp.meta({ description: 'When it was, or will be, due.' }),
    created_at: timestamp,
    updated_at: timestamp,
    finished_at: timestamp.nullable(),
  })
  .meta({ id: 'Task' })

const access = { roles: ['owner'], keys: 'full' } as const

export const listTasks = endpoint({
  id: 'listTasks',
  method: 'get',
  path: '/v1/tasks',
  tag: 'tasks',
  summary: 'Background tasks of the organisation, newest first',
  description: 'Finished tasks are kept for 30 days.',
  access,
  family: 'read',
  query: z.object({
    state: states.optional(),
    kind: z.string().min(1).max(100).optional(),
    cursor: cursorParam,
    limit: limitParam(200, 50),
  }),
  responses: {
    200: z
      .object({ tasks: z.array(task), next_cursor: z.string().nullable(), has_more: z.boolean() })
      .meta({ id: 'TaskListResponse' }),
    ...errors(400, 401, 403),
  },
})

export const getTask = endpoint({
  id: 'getTask',
  method: 'get',
  path: '/v1/tasks/{id}',
  tag: 'tasks',
  summary: 'One task, with how far it is',
  access,
  family: 'read',
  params: idParams,
  responses: { 200: task, ...errors(401, 403, 404) },
})

export const cancelTask = endpoint({
  id: 'cancelTask',
  method: 'post',
  path: '/v1/tasks/{id}/cancel',
  tag: 'tasks',
  summary: 'Call a task off',
  description:
    'One that waits is cancelled at once. One that runs is asked to end, and answers with `cancel_requested` until it has.',
  access,
  family: 'write',
  params: idParams,
  responses: { 200: task, ...errors(401, 403, 404, 409) },
})

export const retryTask = endpoint({
  id: 'retryTask',
  method: 'post',
  path: '/v1/tasks/{id}/retry',
  tag: 'tasks',
  summary: 'Run a dead or cancelled task again',
  description: 'It gets all its attempts again, and begins now.',
  access,
  family: 'write',
  params: idParams,
  responses: { 200: task, ...errors(401, 403, 404, 409) },
})
