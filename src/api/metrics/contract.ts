import { z } from 'zod'
import { BUCKETS, isTimeZone } from '../../storage/analytics/buckets.ts'
import { BREAKDOWN_SORTS, HISTOGRAMS, SERIES } from '../../storage/analytics/names.ts'
import { EVERY_ROLE, endpoint } from '../http/endpoint.ts'
import { errors, flagParam, limitParam, timestamp } from '../http/schemas.ts'
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

const groupBy = z
  .string()
  .regex(/^(model|name|environment|user_id|session_id|tag:.{1,64})$/, {
    error: 'must be model, name, environment, user_id, session_id or tag:<key>',
  })
  .meta({
    description: '`model`, `name`, `environment`, `user_id`, `session_id`, or `tag:<key>` for the values of a tag.',
  })

const seriesList = z
  .string()
  .transform((text, context) => {
    const names = [...new Set(text.split(',').map((name) => name.trim()))]
    const known = names.flatMap((name) => SERIES.filter((one) => one === name))
    if (known.length < names.length)
      context.addIssue({ code: 'custom', message: `must be some of ${SERIES.join(', ')}, with commas between` })
    return known
  })
  .meta({ override: { type: 'string' } })

const values = z.array(number)
const group = z.object({
  value: z.string().nullable().meta({ description: 'Null: the traces that have none.' }),
  other: z.boolean().meta({ description: 'True for all groups that are not among the largest, together.' }),
})

export const getTimeseries = endpoint({
  id: 'getMetricTimeseries',
  method: 'get',
  path: '/v1/metrics/timeseries',
  tag: 'metrics',
  summary: 'Metrics over time, for charts',
  description: `Buckets begin by the clock of \`time_zone\`, so a day may have 23 or 25 hours. Where nothing ran, counts and cost are 0 and rates and latencies null. Feedback and evaluations count for the time at which their trace started. ${FILTER_DESCRIPTION}`,
  access,
  family: 'read',
  query: z.looseObject({
    ...range,
    ...filterParams,
    series: seriesList
      .default(['volume', 'error_rate', 'latency_p95', 'cost'])
      .meta({ description: `Some of \`${SERIES.join('`, `')}\`, with commas between.` }),
    bucket: z.enum(BUCKETS).optional().meta({ description: 'Chosen from the range without it.' }),
    time_zone: z.string().refine(isTimeZone, 'must be a time zone such as Europe/Berlin').default('UTC'),
    group_by: groupBy.optional(),
    top: limitParam(20, 5).meta({
      description: 'So many groups, by what the first series counts; the others are one.',
    }),
    previous: flagParam(true).meta({ description: 'Also the period of the same length before.' }),
  }),
  responses: {
    200: z
      .object({
        from: timestamp,
        to: timestamp,
        bucket: z.enum(BUCKETS),
        time_zone: z.string(),
        times: z.array(timestamp).meta({ description: 'When each bucket begins.' }),
        previous: z.object({ from: timestamp, to: timestamp, times: z.array(timestamp) }).nullable(),
        lines: z.array(
          z.object({ series: z.enum(SERIES), group: group.nullable(), values, previous: values.nullable() }),
        ),
        behind,
      })
      .meta({ id: 'MetricTimeseriesResponse' }),
    ...errors(400, 401, 403, 422, 429, 503),
  },
})

export const getBreakdown = endpoint({
  id: 'getMetricBreakdown',
  method: 'get',
  path: '/v1/metrics/breakdown',
  tag: 'metrics',
  summary: 'The largest groups of traces by count, errors, cost or latency',
  description: `By model it is the calls of models that are counted, since a trace may use several; by anything else traces. ${FILTER_DESCRIPTION}`,
  access,
  family: 'read',
  query: z.looseObject({
    ...range,
    ...filterParams,
    group_by: groupBy,
    sort: z.enum(BREAKDOWN_SORTS).default('count'),
    limit: limitParam(100, 10),
  }),
  responses: {
    200: z
      .object({
        from: timestamp,
        to: timestamp,
        groups: z.number().int().meta({ description: 'How many there are, with those that are not shown.' }),
        total: z.number().int(),
        rows: z.array(
          z.object({
            value: z.string().nullable(),
            count: z.number().int(),
            share: z.number().meta({ description: 'Of the total, 0 to 1.' }),
            error_count: z.number().int(),
            error_rate: z.number(),
            cost: number,
            tokens: number,
            p50_latency_ms: number,
            p95_latency_ms: number,
            p99_latency_ms: number,
          }),
        ),
        behind,
      })
      .meta({ id: 'MetricBreakdownResponse' }),
    ...errors(400, 401, 403, 429, 503),
  },
})

export const getHistogram = endpoint({
  id: 'getMetricHistogram',
  method: 'get',
  path: '/v1/metrics/histogram',
  tag: 'metrics',
  summary: 'How latency, cost or tokens spread over traces',
  description: `Buckets grow with the values: 1, 1.6, 2.5, 4, 6.3, 10 and so on. ${FILTER_DESCRIPTION}`,
  access,
  family: 'read',
  query: z.looseObject({ ...range, ...filterParams, metric: z.enum(HISTOGRAMS) }),
  responses: {
    200: z
      .object({
        from: timestamp,
        to: timestamp,
        metric: z.enum(HISTOGRAMS),
        unit: z.enum(['ms', 'usd', 'tokens']),
        buckets: z.array(z.object({ range_start: z.number(), range_end: z.number(), count: z.number().int() })),
        zero: z.number().int().meta({ description: 'Traces with zero or less.' }),
        unknown: z.number().int().meta({ description: 'Traces without the value.' }),
        min: number,
        max: number,
        p50: number,
        p95: number,
        p99: number,
        behind,
      })
      .meta({ id: 'MetricHistogramResponse' }),
    ...errors(400, 401, 403, 429, 503),
  },
})
