import { z } from 'zod'
import { EVERY_ROLE, endpoint } from '../http/endpoint.ts'
import { errors, timestamp, uuid } from '../http/schemas.ts'
import { timeParam } from '../http/time.ts'
import { behind } from '../metrics/contract.ts'

const words = z.string().nullable()

export const evaluation = z
  .object({
    id: uuid,
    trace_id: uuid,
    project_id: uuid,
    span_id: uuid.nullable().meta({ description: 'null: of the trace as a whole.' }),
    metric_name: z.string(),
    evaluator_type: z.enum(['llm', 'rule']),
    model_tier: words,
    status: z.enum(['pending', 'running', 'complete', 'failed']),
    score: z.number().nullable().meta({ description: '0 to 1; null until it is complete.' }),
    label: words.meta({ description: '`pass`, `warn` or `fail`.' }),
    reasoning: words,
    error: words.meta({ description: 'Why it failed.' }),
    context: z.enum(['fresh', 'remediation']),
    source_action_id: uuid.nullable(),
    original_evaluation_id: uuid.nullable(),
    judge_model: words,
    created_at: timestamp,
    completed_at: timestamp.nullable(),
  })
  .meta({ id: 'Evaluation' })

const access = { roles: EVERY_ROLE, keys: 'query' } as const
const project_id = uuid
const range = {
  from: timeParam
    .optional()
    .meta({ description: 'Evaluated at this time or later; seven days before `to` without it.' }),
  to: timeParam.optional().meta({ description: 'Evaluated at this time or earlier; now without it.' }),
}
const metric = z.string().min(1)

export const TREND_BUCKETS = ['1h', '6h', '1d', '7d'] as const

export const getEvalTrends = endpoint({
  id: 'getEvalTrends',
  method: 'get',
  path: '/v1/eval/trends',
  tag: 'evals',
  summary: 'Scores over time, for each metric',
  description:
    'Buckets in which nothing was evaluated are left out. `pass_rate` is the share with a score of 0.5 or more.',
  access,
  family: 'read',
  query: z.object({
    project_id,
    metric: metric.optional(),
    ...range,
    bucket: z.enum(TREND_BUCKETS).optional().meta({ description: 'Chosen from the range without it.' }),
  }),
  responses: {
    200: z
      .object({
        buckets: z.array(
          z
            .object({
              time: timestamp,
              metric: z.string(),
              avg_score: z.number(),
              count: z.number().int(),
              pass_rate: z.number(),
            })
            .meta({ id: 'EvalTrendBucket' }),
        ),
        bucket: z.enum(TREND_BUCKETS),
        behind,
      })
      .meta({ id: 'EvalTrendsResponse' }),
    ...errors(400, 401, 403, 422, 429, 503),
  },
})

export const getEvalHistogram = endpoint({
  id: 'getEvalHistogram',
  method: 'get',
  path: '/v1/eval/histogram',
  tag: 'evals',
  summary: 'How the scores of a metric spread from 0 to 1',
  access,
  family: 'read',
  query: z.object({
    project_id,
    metric,
    ...range,
    buckets: z.coerce.number().int().min(1).max(100).default(10),
  }),
  responses: {
    200: z
      .object({
        metric: z.string(),
        buckets: z.array(
          z
            .object({ range_start: z.number(), range_end: z.number(), count: z.number().int() })
            .meta({ id: 'EvalHistogramBucket' }),
        ),
        behind,
      })
      .meta({ id: 'EvalHistogramResponse' }),
    ...errors(400, 401, 403, 429, 503),
  },
})

const compareWindow = z
  .object({ avg_score: z.number(), count: z.number().int(), pass_rate: z.number() })
  .meta({ id: 'EvalCompareWindow' })

export const compareEvalWindows = endpoint({
  id: 'compareEvalWindows',
  method: 'get',
  path: '/v1/eval/compare',
  tag: 'evals',
  summary: 'One metric in two windows of time',
  description:
    'A window without evaluations has a `count` of 0, and zeros that mean nothing. `delta` is candidate less baseline.',
  access,
  family: 'read',
  query: z.object({
    project_id,
    metric,
    baseline_from: timeParam,
    baseline_to: timeParam,
    candidate_from: timeParam,
    candidate_to: timeParam,
  }),
  responses: {
    200: z
      .object({
        metric: z.string(),
        baseline: compareWindow,
        candidate: compareWindow,
        delta: z.object({ avg_score: z.number(), pass_rate: z.number() }).meta({ id: 'EvalCompareDelta' }),
        behind,
      })
      .meta({ id: 'EvalCompareResponse' }),
    ...errors(400, 401, 403, 429, 503),
  },
})
