import { z } from 'zod'
import { CONSOLE_FORMATS } from '../../storage/analytics/console/messages.ts'
import { endpoint } from '../http/endpoint.ts'
import { errorBody, errors } from '../http/schemas.ts'

const access = { roles: ['owner'], keys: 'none' } as const

export const describeAnalytics = endpoint({
  id: 'describeAnalytics',
  method: 'get',
  path: '/v1/analytics/schema',
  tag: 'metrics',
  summary: 'The tables that SQL can ask, and what their columns mean',
  access,
  family: 'read',
  responses: {
    200: z
      .object({
        tables: z.array(
          z.object({
            name: z.string(),
            about: z.string(),
            columns: z.array(z.object({ name: z.string(), type: z.string(), about: z.string() })),
          }),
        ),
      })
      .meta({ id: 'AnalyticsSchema' }),
    ...errors(401, 403, 429),
  },
})

export const queryAnalytics = endpoint({
  id: 'queryAnalytics',
  method: 'post',
  path: '/v1/analytics/query',
  tag: 'metrics',
  summary: "Ask the organisation's own facts in SQL",
  description:
    'One SELECT of DuckDB over `traces`, `spans`, `calls`, `feedback`, `evaluations` and `tasks`; DESCRIBE and SUMMARIZE of a table work too. It reads a copy of the traces that started, and of the tasks that finished, in the last `days`, on its own, with limits of time and memory.',
  access,
  family: 'read',
  body: z.object({
    sql: z.string().min(1).max(20_000),
    format: z.enum(CONSOLE_FORMATS).default('json'),
    limit: z.number().int().min(1).max(100_000).default(1_000).meta({ description: 'Rows at most.' }),
    days: z.number().int().min(1).max(366).default(30),
  }),
  responses: {
    200: {
      media: {
        'application/json': z.object({
          columns: z.array(z.object({ name: z.string(), type: z.string() })),
          rows: z.array(z.array(z.unknown())),
          row_count: z.number().int(),
          truncated: z.boolean(),
        }),
        'text/csv': 'text',
        'application/vnd.apache.parquet': 'binary',
      },
    },
    ...errors(401, 403, 422, 429, 503),
    400: errorBody
      .extend({
        position: z.number().int().min(0).optional().meta({
          description:
            'Where in `sql` it is wrong: so many characters (UTF-16) come before. Left out where nobody knows.',
        }),
      })
      .meta({ id: 'AnalyticsQueryError' }),
  },
})
