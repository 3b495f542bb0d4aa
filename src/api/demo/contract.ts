import { z } from 'zod'
import { EVERY_ROLE, endpoint } from '../http/endpoint.ts'
import { errors, timestamp, uuid } from '../http/schemas.ts'

const incident = z.object({
  kind: z.enum(['latency_spike', 'error_rate_spike', 'volume_anomaly']),
  from: timestamp,
  to: timestamp.meta({ description: 'Excluded.' }),
  app: z.string().nullable().meta({ description: 'Which application it befell; null is all of them.' }),
  factor: z.number().meta({
    description:
      'How many times slower model calls are, how many times as many conversations begin, or the share of model calls that fail.',
  }),
  summary: z.string(),
})

export const demo = z
  .object({
    state: z.enum(['none', 'loading', 'loaded', 'removing', 'failed']),
    project_id: uuid.nullable(),
    seed: z.number().int().nullable(),
    days: z.number().int().nullable(),
    ends_at: timestamp.nullable().meta({ description: 'When it was asked for; no trace is later.' }),
    traces: z.number().int().meta({ description: 'How many are stored.' }),
    progress: z.number().min(0).max(1),
    error: z.string().nullable().meta({ description: 'Why loading or removing failed; ask for it again to go on.' }),
    incidents: z.array(incident).meta({ description: 'What was made to go wrong, and should be found.' }),
  })
  .meta({ id: 'Demo' })

export const demoWish = z
  .object({
    seed: z
      .number()
      .int()
      .min(0)
      .max(2 ** 31 - 1)
      .default(1)
      .meta({ description: 'The same seed makes the same conversations.' }),
    days: z.number().int().min(1).max(60).default(14),
  })
  .meta({ id: 'LoadDemoRequest' })

export const getDemo = endpoint({
  id: 'getDemo',
  method: 'get',
  path: '/v1/demo',
  tag: 'demo',
  summary: 'Whether demo data is there, and how far loading is',
  access: { roles: EVERY_ROLE, keys: 'query' },
  family: 'read',
  responses: { 200: demo, ...errors(401, 403) },
})

export const loadDemo = endpoint({
  id: 'loadDemo',
  method: 'post',
  path: '/v1/demo',
  tag: 'demo',
  summary: 'Load demo data into a project of its own',
  description:
    'Two weeks of made-up traffic of an outdoor shop, unless you say otherwise, in a new project named Demo. It is loaded in the background and counts as traces received now. Asking again with the same seed and days changes nothing.',
  access: { roles: ['owner'], keys: 'full' },
  family: 'write',
  body: demoWish,
  responses: {
    202: demo,
    200: demo,
    ...errors(400, 401, 403, 409),
  },
})

export const removeDemo = endpoint({
  id: 'removeDemo',
  method: 'delete',
  path: '/v1/demo',
  tag: 'demo',
  summary: 'Remove the demo project and everything in it',
  access: { roles: ['owner'], keys: 'full' },
  family: 'write',
  responses: {
    202: demo,
    200: demo,
    ...errors(401, 403),
  },
})
