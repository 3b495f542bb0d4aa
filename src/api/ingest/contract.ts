import { z } from 'zod'
import { batchRequest, traceRequest } from '../../ingest/formats/native-schema.ts'
import { endpoint } from '../http/endpoint.ts'
import { errorBody, timestamp, uuid } from '../http/schemas.ts'

const itemError = z.object({
  index: z.number().int().meta({ description: 'Place of the trace in the batch, from 0.' }),
  id: z.string().nullable(),
  code: z.string(),
  message: z.string(),
})

const ingested = z
  .object({
    id: uuid,
    created_at: timestamp,
    errors: z.array(itemError).optional().meta({ description: 'Spans of the trace that went to the dead letters.' }),
  })
  .meta({ id: 'IngestResponse' })
const duplicate = z
  .object({ status: z.literal('duplicate') })
  .meta({ id: 'DuplicateResponse', override: { properties: { status: { type: 'string' } } } })

const batchIngested = z
  .object({
    ingested: z.number().int(),
    ids: z.array(uuid),
    duplicates: z.number().int(),
    errors: z.array(itemError),
  })
  .meta({ id: 'BatchIngestResponse' })

const access = { roles: ['owner', 'member'], keys: 'full' } as const
const refusals = {
  400: errorBody,
  401: errorBody,
  403: errorBody,
  413: errorBody,
  415: errorBody,
  429: errorBody,
  503: errorBody,
}

export const ingestTrace = endpoint({
  id: 'ingestTrace',
  method: 'post',
  path: '/v1/ingest',
  tag: 'ingest',
  summary: 'Store one trace with its spans and events',
  description:
    'Answers once the trace is on disk. A trace id that is known already answers 200 and changes nothing, so a retry is safe.',
  access,
  family: 'ingest',
  body: traceRequest,
  bodyAs: 'raw',
  responses: { 201: ingested, 200: duplicate, ...refusals },
})

export const ingestBatch = endpoint({
  id: 'ingestBatch',
  method: 'post',
  path: '/v1/ingest/batch',
  tag: 'ingest',
  summary: 'Store up to 100 traces',
  description:
    'Good traces are stored whatever the others are; the others go to the dead letters and are named in `errors`.',
  access,
  family: 'ingest',
  body: batchRequest,
  bodyAs: 'raw',
  responses: { 201: batchIngested, ...refusals },
})
