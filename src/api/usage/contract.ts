import { z } from 'zod'
import { PLANS } from '../../plans.ts'
import { EVERY_ROLE, endpoint } from '../http/endpoint.ts'
import { errors, timestamp } from '../http/schemas.ts'

const used = z.object({
  used: z.number().int(),
  limit: z.number().int().nullable().meta({ description: 'Null: no limit.' }),
})

export const getUsage = endpoint({
  id: 'getUsage',
  method: 'get',
  path: '/v1/usage',
  tag: 'usage',
  summary: "This month's traces, spans and evaluations against the plan, day by day",
  description:
    'From counters that are kept with what they count, so that they stay when traces are erased. Days are in UTC.',
  access: { roles: EVERY_ROLE, keys: 'full' },
  family: 'read',
  query: z.object({
    month: z
      .string()
      .regex(/^\d{4}-(0[1-9]|1[0-2])$/, { error: 'must be a month such as 2026-05' })
      .optional()
      .meta({ description: 'This month without it.' }),
  }),
  responses: {
    200: z
      .object({
        plan: z.enum(PLANS),
        period_start: timestamp,
        period_end: timestamp,
        traces: used,
        spans: used,
        evals: used,
        seats: used,
        retention_days: z.number().int().nullable(),
        daily: z.array(
          z.object({
            day: z.iso.date(),
            traces: z.number().int(),
            spans: z.number().int(),
            evals: z.number().int(),
          }),
        ),
      })
      .meta({ id: 'UsageResponse' }),
    ...errors(400, 401, 403, 429),
  },
})
