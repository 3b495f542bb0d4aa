import { z } from 'zod'
import { endpoint } from '../http/endpoint.ts'
import { cursorParam, errors, idParams, limitParam, timestamp, uuid } from '../http/schemas.ts'
import { timeParam } from '../http/time.ts'

const reader = { roles: ['owner', 'viewer'], keys: 'none' } as const
const owner = { roles: ['owner'], keys: 'none' } as const

const state = z.enum(['open', 'replayed', 'resolved'])
const source = z.enum(['ingest', 'batch', 'otlp'])

const item = z.object({
  id: uuid,
  project_id: uuid.nullable(),
  received_at: timestamp,
  source: source.meta({ description: 'The route it came by.' }),
  code: z.string().meta({ description: 'Why it could not be stored, for programs; of the last attempt.' }),
  message: z.string().meta({ description: 'Why, and which field.' }),
  subject_id: z.string().nullable().meta({ description: "The client's own id of the trace or span." }),
  state: state.meta({ description: '`replayed`: stored after all. `resolved`: set aside by a person.' }),
  size_bytes: z.number().int(),
  attempts: z.number().int().meta({ description: 'How often it was replayed.' }),
  tried_at: timestamp.nullable(),
  settled_at: timestamp.nullable(),
})
export const deadLetter = item.meta({ id: 'DeadLetter' })
const wholeLetter = item
  .extend({
    payload: z
      .unknown()
      .meta({ description: 'What came, whole: a trace, a span, or an OTLP span with its scope and resource.' }),
  })
  .meta({ id: 'DeadLetterDetail' })

const replayed = z
  .object({
    id: uuid,
    outcome: z
      .enum(['replayed', 'duplicate', 'failed'])
      .meta({ description: '`duplicate`: its trace has come by another way meanwhile. `failed`: it stays open.' }),
    trace_id: uuid.optional(),
    code: z.string().optional(),
    message: z.string().optional(),
  })
  .meta({ id: 'DeadLetterReplay' })

export const listDeadLetters = endpoint({
  id: 'listDeadLetters',
  method: 'get',
  path: '/v1/dlq',
  tag: 'dlq',
  summary: 'What could not be stored, newest first',
  access: reader,
  family: 'read',
  query: z.object({
    state: state.or(z.literal('all')).default('open'),
    project_id: uuid.optional(),
    source: source.optional(),
    code: z.string().optional(),
    from: timeParam.optional(),
    to: timeParam.optional(),
    cursor: cursorParam,
    limit: limitParam(200, 50),
  }),
  responses: {
    200: z
      .object({ dead_letters: z.array(deadLetter), next_cursor: z.string().nullable(), has_more: z.boolean() })
      .meta({ id: 'DeadLetterListResponse' }),
    ...errors(400, 401, 403, 429),
  },
})

export const getDeadLetter = endpoint({
  id: 'getDeadLetter',
  method: 'get',
  path: '/v1/dlq/{id}',
  tag: 'dlq',
  summary: 'One dead letter with what came',
  access: reader,
  family: 'read',
  params: idParams,
  responses: { 200: wholeLetter, ...errors(401, 403, 404, 429) },
})

const into = {
  project_id: uuid.nullish().meta({ description: 'Store it in this project, instead of the one it names.' }),
}

export const replayDeadLetter = endpoint({
  id: 'replayDeadLetter',
  method: 'post',
  path: '/v1/dlq/{id}/replay',
  tag: 'dlq',
  summary: 'Try to store a dead letter again',
  description:
    'By the way on which everything comes in. Stored twice it never is; one that is settled already is answered as it was.',
  access: owner,
  family: 'write',
  params: idParams,
  body: z.object(into).meta({ id: 'ReplayDeadLetterRequest' }),
  responses: { 200: replayed, ...errors(400, 401, 403, 404, 409, 429, 503) },
})

export const replayDeadLetters = endpoint({
  id: 'replayDeadLetters',
  method: 'post',
  path: '/v1/dlq/replay',
  tag: 'dlq',
  summary: 'Try to store the open dead letters of a filter again',
  description: 'Newest first, up to `limit` at once; `next_cursor` goes on with the older ones.',
  access: owner,
  family: 'write',
  body: z
    .object({
      ...into,
      from_project_id: uuid.nullish().meta({ description: 'Only those that were meant for this project.' }),
      source: source.nullish(),
      code: z.string().nullish(),
      from: timeParam.nullish(),
      to: timeParam.nullish(),
      cursor: cursorParam.nullish(),
      limit: z.number().int().min(1).max(500).default(100),
    })
    .meta({ id: 'ReplayDeadLettersRequest' }),
  responses: {
    200: z
      .object({
        replayed: z.number().int().meta({ description: 'Settled: stored now, or there already.' }),
        failed: z.number().int(),
        results: z.array(replayed),
        next_cursor: z.string().nullable(),
        has_more: z.boolean(),
      })
      .meta({ id: 'ReplayDeadLettersResponse' }),
    ...errors(400, 401, 403, 429, 503),
  },
})

export const resolveDeadLetter = endpoint({
  id: 'resolveDeadLetter',
  method: 'post',
  path: '/v1/dlq/{id}/resolve',
  tag: 'dlq',
  summary: 'Set a dead letter aside',
  description:
    'It is kept for `dead_letters.keep_settled_days`, then erased. One that is settled already stays as it was.',
  access: owner,
  family: 'write',
  params: idParams,
  responses: { 200: wholeLetter, ...errors(401, 403, 404, 429, 503) },
})
