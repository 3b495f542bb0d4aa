import { z } from 'zod'
import { LONGEST_PATTERN } from '../../ingest/prices/own.ts'
import { EVERY_ROLE, endpoint, NO_BODY } from '../http/endpoint.ts'
import { cursorParam, errors, flagParam, idParams, limitParam, timestamp, uuid } from '../http/schemas.ts'
import { task } from '../tasks/contract.ts'

const dollars = z.number().min(0).max(1_000_000)
const rate = z.union([
  dollars,
  z.object({
    base: dollars,
    tiers: z.array(z.object({ start: z.number().int().min(0), price: dollars })).max(10),
  }),
])
const rates = z
  .object({
    input: rate.optional(),
    output: rate.optional(),
    cache_read: rate.optional(),
    cache_write: rate.optional(),
    cache_write_1h: rate.optional(),
    input_audio: rate.optional(),
    output_audio: rate.optional(),
    cache_read_audio: rate.optional(),
    input_image: rate.optional(),
    output_image: rate.optional(),
    cache_read_image: rate.optional(),
    reasoning: rate.optional(),
  })
  .meta({
    id: 'ModelRates',
    description: 'US dollars for a million tokens. What is left out costs what it is a part of: cached input as input.',
  })

const factor = z.number().min(0).max(100).optional()

/** A price as an organisation sets it. Also the shape of a row of an import. */
export const modelPriceRequest = z
  .object({
    model: z.string().min(1).max(LONGEST_PATTERN),
    match: z.enum(['exact', 'regex']).default('exact').meta({
      description: '`regex`: an RE2 pattern that must match the whole name.',
    }),
    provider: z.string().min(1).max(100).nullish().meta({ description: 'Only calls of this provider.' }),
    effective_from: timestamp.nullish().meta({ description: 'Calls that come in from then on; now, if not given.' }),
    per_million: rates.refine(({ input, output }) => input !== undefined || output !== undefined, {
      message: 'must have input or output',
    }),
    per_call: dollars.nullish(),
    tiers: z.object({ batch: factor, flex: factor, priority: factor }).nullish().meta({
      description: 'Factors for calls that the provider served so; 1 where none is given.',
    }),
    note: z.string().max(500).nullish(),
  })
  .meta({ id: 'ModelPriceRequest' })

export const modelPrice = z
  .object({
    id: uuid.nullable().meta({ description: 'Only prices of the organisation have one.' }),
    source: z.enum(['override', 'config', 'table']),
    origin: z.string().meta({ description: 'Who says so: the table and its version, or an address.' }),
    as_of: z.string().nullable().meta({ description: 'When the source was last read, YYYY-MM-DD.' }),
    provider: z.string().nullable(),
    model: z.string(),
    match: z.enum(['exact', 'regex']),
    name: z.string().nullable(),
    effective_from: timestamp.nullable(),
    per_million: rates,
    per_call: z.number(),
    per_search: z.number(),
    tiers: z.record(z.string(), z.number()),
    note: z.string().nullable(),
  })
  .meta({ id: 'ModelPrice' })

const owner = { roles: ['owner'], keys: 'full' } as const
const reader = { roles: EVERY_ROLE, keys: 'full' } as const

export const listModelPrices = endpoint({
  id: 'listModelPrices',
  method: 'get',
  path: '/v1/model-prices',
  tag: 'model prices',
  summary: 'Prices in force, those of the organisation first',
  description: 'The organisation’s own win over those of the configuration, and those over the table.',
  access: reader,
  family: 'read',
  query: z.object({
    q: z.string().max(200).optional().meta({ description: 'Part of the model’s or provider’s name.' }),
    source: z.enum(['override', 'config', 'table']).optional(),
    cursor: cursorParam,
    limit: limitParam(500, 100),
  }),
  responses: {
    200: z
      .object({ prices: z.array(modelPrice), next_cursor: z.string().nullable(), has_more: z.boolean() })
      .meta({ id: 'ModelPriceListResponse' }),
    ...errors(400, 401, 403),
  },
})

export const setModelPrice = endpoint({
  id: 'setModelPrice',
  method: 'put',
  path: '/v1/model-prices',
  tag: 'model prices',
  summary: 'Set a price of one’s own',
  description:
    'Holds for every trace from now on. The same model, match, provider and beginning replaces the price that is there.',
  access: owner,
  family: 'write',
  body: modelPriceRequest,
  responses: { 200: modelPrice, ...errors(400, 401, 403, 422) },
})

export const deleteModelPrice = endpoint({
  id: 'deleteModelPrice',
  method: 'delete',
  path: '/v1/model-prices/{id}',
  tag: 'model prices',
  summary: 'Remove a price of one’s own',
  access: owner,
  family: 'write',
  params: idParams,
  responses: { 204: NO_BODY, ...errors(401, 403, 404) },
})

export const importModelPrices = endpoint({
  id: 'importModelPrices',
  method: 'post',
  path: '/v1/model-prices/import',
  tag: 'model prices',
  summary: 'Set many prices at once, from JSON or CSV',
  description:
    'All or nothing: if any row is wrong, each wrong row is named and none is kept. `dry_run=true` only looks. CSV has a head with the names of the fields: `model`, `match`, `provider`, `effective_from`, `note`, `per_call`, each rate (`input`, `output`, `cache_read` …) and each tier (`batch`, `flex`, `priority`).',
  access: owner,
  family: 'write',
  query: z.object({ dry_run: flagParam(false) }),
  body: z.object({ prices: z.array(modelPriceRequest).min(1).max(2_000) }).meta({ id: 'ModelPriceImport' }),
  bodyAs: 'raw',
  consumes: ['application/json', 'text/csv'],
  responses: {
    200: z.object({ rows: z.number().int(), dry_run: z.boolean() }).meta({ id: 'ModelPriceImportResponse' }),
    422: z
      .object({
        error: z.string(),
        code: z.string(),
        request_id: z.string(),
        errors: z.array(z.object({ row: z.number().int(), message: z.string() })),
      })
      .meta({ id: 'ModelPriceImportErrors' }),
    ...errors(400, 401, 403, 413, 415),
  },
})

export const recomputeModelPrices = endpoint({
  id: 'recomputeModelPrices',
  method: 'post',
  path: '/v1/model-prices/recompute',
  tag: 'model prices',
  summary: 'Work out anew what calls cost',
  description:
    'Becomes a task; see `/v1/tasks`. Costs that a client stated are never touched. Every trace that comes out otherwise is a change of the log.',
  access: owner,
  family: 'write',
  body: z
    .object({
      from: timestamp.nullish().meta({ description: 'Traces that started then or later; all, if not given.' }),
      to: timestamp.nullish().meta({ description: 'Traces that started then or earlier; now, if not given.' }),
      project_id: uuid.nullish(),
      model: z.string().min(1).max(LONGEST_PATTERN).nullish(),
    })
    .meta({ id: 'RecomputeCostsRequest' }),
  responses: { 202: task, ...errors(400, 401, 403, 404) },
})

export const listUnknownModels = endpoint({
  id: 'listUnknownModels',
  method: 'get',
  path: '/v1/model-prices/unknown',
  tag: 'model prices',
  summary: 'Models whose calls have no price',
  description: 'Calls with tokens and neither a stated cost nor a price, of the last days, the most used first.',
  access: reader,
  family: 'read',
  query: z.object({ days: z.coerce.number().int().min(1).max(366).default(30), limit: limitParam(500, 100) }),
  responses: {
    200: z
      .object({
        models: z.array(
          z.object({
            model: z.string(),
            provider: z.string().nullable(),
            service_tier: z.string().nullable(),
            spans: z.number().int(),
            last_day: z.string(),
          }),
        ),
      })
      .meta({ id: 'UnknownModelsResponse' }),
    ...errors(400, 401, 403),
  },
})
