import { z } from 'zod'
import { EVERY_ROLE, endpoint } from '../http/endpoint.ts'
import { cursorParam, errors, idParams, limitParam, uuid } from '../http/schemas.ts'
import { timeParam } from '../http/time.ts'
import { span, spansFound, trace, traceCosts, traceOutline, tracePage } from './schemas.ts'

const access = { roles: EVERY_ROLE, keys: 'query' } as const
const whole = z.coerce.number().int().min(0).optional()
const dollars = z.coerce.number().min(0).optional()

const SORT_VALUES = [
  'started_at',
  '-started_at',
  'latency_ms',
  '-latency_ms',
  'cost',
  '-cost',
  'total_token_count',
  '-total_token_count',
] as const

/** Which traces: the same words for lists and exports. */
const filters = {
  project_id: uuid.optional(),
  session_id: z.string().optional(),
  user_id: z.string().optional(),
  environment: z.string().optional(),
  name: z.string().optional(),
  model: z.string().optional().meta({ description: 'Matches the model of any span.' }),
  error: z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .optional()
    .meta({ override: { type: 'boolean' } }),
  failure_type: z.enum(['timeout', 'rate_limit', 'invalid_response', 'context_length']).optional(),
  from: timeParam.optional().meta({ description: 'Started at this time or later.' }),
  to: timeParam.optional().meta({ description: 'Started at this time or earlier.' }),
  latency_min: whole,
  latency_max: whole,
  cost_min: dollars.meta({ description: 'US dollars. Traces without a cost are not within any range.' }),
  cost_max: dollars,
  token_count_min: whole,
  token_count_max: whole,
  tag_key: z.string().optional(),
  tag_value: z.string().optional(),
  tag: z.string().optional().meta({ description: 'One of the tags that came as a list.' }),
  q: z.string().optional().meta({
    description:
      'Full text over names, inputs, outputs and errors of traces and spans. Words (all must be there), "a phrase", begin*, -without, this OR that, and name:, input:, output: or error: before a word.',
  }),
}

const COMPOSE =
  'All filters compose. Besides the parameters below, `metadata.<key>=<value>` finds traces by a field of their metadata; nested fields are reached with dots.'

export const listTraces = endpoint({
  id: 'listTraces',
  method: 'get',
  path: '/v1/traces',
  tag: 'traces',
  summary: 'List traces, newest first',
  description: COMPOSE,
  access,
  family: 'read',
  query: z
    .looseObject({
      ...filters,
      sort: z
        .enum(SORT_VALUES)
        .default('-started_at')
        .meta({ description: 'A leading `-` is descending. Traces without the value count as below all others.' }),
      cursor: cursorParam,
      limit: limitParam(200, 50),
    })
    .meta({ description: 'Filters' }),
  responses: { 200: tracePage, ...errors(400, 401, 403, 429) },
})

export const exportTraces = endpoint({
  id: 'exportTraces',
  method: 'get',
  path: '/v1/traces/export',
  tag: 'traces',
  summary: 'Traces as CSV, JSON lines or Parquet, newest first',
  description: `${COMPOSE} All are written as they are read, Parquet in parts of 16 MB of JSON. \`X-TruLayer-Truncated: true\` says that the plan's cap cut it off, \`X-TruLayer-Not-Yet-Searchable\` with \`q\` how many changes of traces the index of texts had not seen yet.`,
  access,
  family: 'read',
  query: z.looseObject({
    format: z.enum(['csv', 'jsonl', 'parquet']).default('csv'),
    fields: z.enum(['columns', 'all']).default('columns').meta({
      description: '`all` (JSON lines and Parquet): every row is a whole trace as `GET /v1/traces/{id}` answers it.',
    }),
    ...filters,
  }),
  responses: {
    200: { media: { 'text/csv': 'text', 'application/x-ndjson': 'text', 'application/vnd.apache.parquet': 'binary' } },
    ...errors(400, 401, 403, 429, 503),
  },
})

export const getTrace = endpoint({
  id: 'getTrace',
  method: 'get',
  path: '/v1/traces/{id}',
  tag: 'traces',
  summary: 'One trace with its spans and events',
  access,
  family: 'read',
  params: idParams,
  responses: { 200: trace, ...errors(401, 403, 404, 429) },
})

export const getTraceOutline = endpoint({
  id: 'getTraceOutline',
  method: 'get',
  path: '/v1/traces/{id}/outline',
  tag: 'traces',
  summary: 'One trace without the texts of its spans',
  description: 'All that is needed to draw a trace of any size; each span is read whole by its own id.',
  access,
  family: 'read',
  params: idParams,
  responses: { 200: traceOutline, ...errors(401, 403, 404, 429) },
})

export const findInTrace = endpoint({
  id: 'findInTrace',
  method: 'get',
  path: '/v1/traces/{id}/find',
  tag: 'traces',
  summary: 'Where in one trace something stands',
  description:
    'Any part of an input, an output, an error, of metadata or an event, whatever its case. In the order of their start.',
  access,
  family: 'read',
  params: idParams,
  query: z.object({ text: z.string().min(1).max(200) }),
  responses: { 200: spansFound, ...errors(400, 401, 403, 404, 429) },
})

export const getTraceCosts = endpoint({
  id: 'getTraceCosts',
  method: 'get',
  path: '/v1/traces/{id}/costs',
  tag: 'traces',
  summary: 'What the cost of one trace is made of',
  description: 'By model and by sort of tokens, at the prices that each call was priced at.',
  access,
  family: 'read',
  params: idParams,
  query: z.object({
    span_id: uuid.optional().meta({ description: 'Only what this span cost, whatever the calls inside it repeat.' }),
  }),
  responses: { 200: traceCosts, ...errors(400, 401, 403, 404, 429) },
})

export const getSpan = endpoint({
  id: 'getSpan',
  method: 'get',
  path: '/v1/traces/{id}/spans/{span_id}',
  tag: 'traces',
  summary: 'One span, whole',
  access,
  family: 'read',
  params: idParams.extend({ span_id: uuid }),
  responses: { 200: span, ...errors(401, 403, 404, 429) },
})

const liveTraceEvent = z
  .object({
    trace_id: uuid,
    name: z.string().meta({ description: 'Of a long name the first 200 characters.' }),
    status: z.enum(['ok', 'error']),
    latency_ms: z.number().int(),
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'LiveTraceEvent' })

export type LiveTraceEvent = z.output<typeof liveTraceEvent>

export const liveTraceFeed = endpoint({
  id: 'liveTraceFeed',
  method: 'get',
  path: '/v1/traces/live',
  tag: 'traces',
  summary: 'New traces as they arrive (server-sent events)',
  description:
    'One `LiveTraceEvent` as JSON in the data of each event. `Last-Event-ID` resumes; a client that reads too slowly is cut off and may resume.',
  access,
  family: 'read',
  query: z.object({ project_id: uuid.optional() }),
  responses: { 200: { media: { 'text/event-stream': 'text' } }, ...errors(401, 403, 429) },
})
