import { z } from 'zod'
import { endpoint } from '../http/endpoint.ts'
import { errorBody } from '../http/schemas.ts'

const anyObject = z.record(z.string(), z.unknown())

const request = z
  .object({
    resourceSpans: z
      .array(anyObject)
      .optional()
      .meta({ description: 'OTLP/JSON, as the OpenTelemetry protocol defines it.' }),
  })
  .meta({ id: 'OTLPExportTraceServiceRequest' })

const response = z
  .object({
    partialSuccess: z
      .object({
        rejectedSpans: z.number().int().optional(),
        errorMessage: z.string().optional(),
      })
      .optional(),
  })
  .meta({ id: 'OTLPExportTraceServiceResponse' })

const definition = <const Id extends string, const Path extends `/${string}`>(id: Id, path: Path) =>
  endpoint({
    id,
    method: 'post',
    path,
    tag: 'otlp',
    summary: 'Store spans that an OpenTelemetry exporter or collector sends',
    description:
      'OTLP over HTTP, protobuf or JSON. Spans of one trace may come in any number of requests and in any order; a span that comes again changes nothing. ' +
      'Spans that cannot be kept go to the dead letters and are counted in `partialSuccess`.',
    access: { roles: ['owner', 'member'], keys: 'full' },
    family: 'ingest',
    body: request,
    bodyAs: 'raw',
    consumes: ['application/x-protobuf', 'application/json'],
    responses: {
      200: { media: { 'application/x-protobuf': 'binary', 'application/json': response } },
      400: errorBody,
      401: errorBody,
      403: errorBody,
      413: errorBody,
      415: errorBody,
      429: errorBody,
      503: errorBody,
    },
  })

/** The same door under the three paths that exporters and collectors come up with. */
export const otlpIngestTraces = definition('otlpIngestTraces', '/v1/otlp/traces')
export const otlpIngestTracesSuffixed = definition('otlpIngestTracesSuffixed', '/v1/otlp/v1/traces')
export const otlpIngestTracesStandard = definition('otlpIngestTracesStandard', '/v1/traces')
