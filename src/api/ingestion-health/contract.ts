import { z } from 'zod'
import { EVERY_ROLE, endpoint } from '../http/endpoint.ts'
import { errors, timestamp, uuid } from '../http/schemas.ts'

const count = z.number().int()

const topError = z
  .object({
    category: z.enum(['auth', 'schema', 'rate_limit', 'payload_too_large', 'downstream', 'unknown']),
    count,
    last_seen_at: timestamp,
    example: z.string().nullable().meta({ description: 'What the client was told the last time.' }),
  })
  .meta({ id: 'IngestionHealthTopError' })

const health = z
  .object({
    project_id: uuid.nullable(),
    window: z.enum(['1h', '24h', '7d']),
    success_rate: z.number().meta({ description: '0 to 1; 1 when nothing came.' }),
    error_rate: z.number(),
    stored_count: count.meta({ description: 'Traces that were taken in.' }),
    error_count: count.meta({ description: 'Traces, spans and whole requests that were not.' }),
    top_errors: z.array(topError).meta({ description: 'The most frequent first.' }),
    dlq_depth: z
      .object({ traces: count, evals: count })
      .meta({ id: 'IngestionHealthDLQDepth', description: 'What waits for a person.' }),
    ingest_lag_ms: z.object({ p50: count, p95: count, p99: count }).meta({
      id: 'IngestionHealthLag',
      description: 'From the arrival of a trace until it could be read; 0 when nothing came.',
    }),
    last_successful_span_at: timestamp.nullable().meta({ description: 'Also from before the window.' }),
    ignored_count: count.meta({
      description: 'Log records that tell of no model call, tool or prompt, and were not kept.',
    }),
    redaction_match_count: count,
    redaction_matches: z.record(z.string(), count).meta({ description: 'By rule.' }),
    unpriced_span_count: count.meta({
      description: 'Spans that were stored with tokens and without a cost, since no price of their model was known.',
    }),
    unpriced_spans: z.record(z.string(), count).meta({
      description:
        'The same by provider: as the price table calls it, `local`, `other`, or `none`. `GET /v1/model-prices/unknown` has the models.',
    }),
  })
  .meta({ id: 'IngestionHealthResponse' })

export const getIngestionHealth = endpoint({
  id: 'getIngestionHealth',
  method: 'get',
  path: '/v1/ingestion-health',
  tag: 'metrics',
  summary: 'How ingest goes',
  description:
    'With a project only what could be told to belong to it; a request with a wrong key, for one, belongs to none. Wrong keys count where the appliance has one organisation.',
  access: { roles: EVERY_ROLE, keys: 'full' },
  family: 'read',
  query: z.object({ project_id: uuid.optional(), window: z.enum(['1h', '24h', '7d']).default('24h') }),
  responses: { 200: health, ...errors(400, 401, 403, 429) },
})
