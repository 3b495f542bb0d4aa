import { z } from 'zod'
import { EVERY_ROLE, endpoint } from '../http/endpoint.ts'
import { cursorParam, errorBody, errors, uuid } from '../http/schemas.ts'
import { timeParam } from '../http/time.ts'

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

const refusals = {
  400: errorBody,
  401: errorBody,
  403: errorBody,
  413: errorBody,
  415: errorBody,
  429: errorBody,
  503: errorBody,
}

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
      ...refusals,
    },
  })

/** The same door under the paths that exporters and collectors come up with, Langfuse's SDKs among them. */
export const otlpIngestTraces = definition('otlpIngestTraces', '/v1/otlp/traces')
export const otlpIngestTracesSuffixed = definition('otlpIngestTracesSuffixed', '/v1/otlp/v1/traces')
export const otlpIngestTracesStandard = definition('otlpIngestTracesStandard', '/v1/traces')
export const otlpIngestTracesLangfuse = definition('otlpIngestTracesLangfuse', '/api/public/otel/v1/traces')

const logsRequest = z
  .object({
    resourceLogs: z
      .array(anyObject)
      .optional()
      .meta({ description: 'OTLP/JSON, as the OpenTelemetry protocol defines it.' }),
  })
  .meta({ id: 'OTLPExportLogsServiceRequest' })

const logsResponse = z
  .object({
    partialSuccess: z
      .object({
        rejectedLogRecords: z.number().int().optional(),
        errorMessage: z.string().optional(),
      })
      .optional(),
  })
  .meta({ id: 'OTLPExportLogsServiceResponse' })

const logsDefinition = <const Id extends string, const Path extends `/${string}`>(id: Id, path: Path) =>
  endpoint({
    id,
    method: 'post',
    path,
    tag: 'otlp',
    summary: 'Store what log events tell of model calls',
    description:
      'OTLP over HTTP, protobuf or JSON. GenAI events become the messages of the span they were written in, before or after it comes; events of Claude Code and Gemini CLI ' +
      'that have no span become spans, one trace for each prompt. Repeats change nothing. Other log records are not kept, and `partialSuccess` says how many.',
    access: { roles: ['owner', 'member'], keys: 'full' },
    family: 'ingest',
    body: logsRequest,
    bodyAs: 'raw',
    consumes: ['application/x-protobuf', 'application/json'],
    responses: {
      200: { media: { 'application/x-protobuf': 'binary', 'application/json': logsResponse } },
      ...refusals,
    },
  })

export const otlpIngestLogs = logsDefinition('otlpIngestLogs', '/v1/otlp/logs')
export const otlpIngestLogsSuffixed = logsDefinition('otlpIngestLogsSuffixed', '/v1/otlp/v1/logs')
export const otlpIngestLogsStandard = logsDefinition('otlpIngestLogsStandard', '/v1/logs')

const metricsDefinition = <const Id extends string, const Path extends `/${string}`>(id: Id, path: Path) =>
  endpoint({
    id,
    method: 'post',
    path,
    tag: 'otlp',
    summary: 'Refuse metrics, and say how to stop sending them',
    description:
      'The appliance keeps traces, and works its figures out from them. `OTEL_METRICS_EXPORTER=none` stops an SDK from sending metrics.',
    access: 'public',
    family: 'public',
    responses: { 415: errorBody, 429: errorBody },
  })

/** Where exporters that are told nothing else send metrics to. */
export const otlpRefuseMetrics = metricsDefinition('otlpRefuseMetrics', '/v1/otlp/metrics')
export const otlpRefuseMetricsSuffixed = metricsDefinition('otlpRefuseMetricsSuffixed', '/v1/otlp/v1/metrics')
export const otlpRefuseMetricsStandard = metricsDefinition('otlpRefuseMetricsStandard', '/v1/metrics')

const keyValue = z.object({ key: z.string().optional(), value: anyObject.optional() }).meta({ id: 'OTLPKeyValue' })
const attributes = z.array(keyValue).optional()
const id = z.string().optional()

const otlpSpan = z
  .looseObject({
    traceId: id.meta({ description: 'Lower-case hex.' }),
    spanId: id.meta({ description: 'Lower-case hex.' }),
    parentSpanId: id,
    name: z.string().optional(),
    startTimeUnixNano: z.string().optional(),
    endTimeUnixNano: z.string().optional(),
    attributes,
  })
  .meta({ id: 'OTLPSpan' })
const otlpScopeSpans = z
  .looseObject({
    scope: z.looseObject({ name: z.string().optional(), version: z.string().optional() }).optional(),
    spans: z.array(otlpSpan).optional(),
    schemaUrl: z.string().optional(),
  })
  .meta({ id: 'OTLPScopeSpans' })
const otlpResourceSpans = z
  .looseObject({
    resource: z.looseObject({ attributes }).optional(),
    scopeSpans: z.array(otlpScopeSpans).optional(),
    schemaUrl: z.string().optional(),
  })
  .meta({ id: 'OTLPResourceSpans' })

export const otlpExportTraces = endpoint({
  id: 'otlpExportTraces',
  method: 'get',
  path: '/v1/otlp/export',
  tag: 'otlp',
  summary: 'Traces as OTLP/JSON, the oldest first',
  description:
    'What came in as OTLP goes out equal; other traces go out as spans by the GenAI conventions, below one span for the trace itself. Up to 10,000 spans a page; ' +
    '`X-Next-Cursor` continues and is missing on the last one.',
  access: { roles: EVERY_ROLE, keys: 'query' },
  family: 'read',
  query: z.object({
    from: timeParam.meta({ description: 'Traces that started at this time or later.' }),
    to: timeParam.meta({ description: 'Traces that started at this time or earlier.' }),
    project_id: uuid.optional(),
    cursor: cursorParam,
  }),
  responses: {
    200: z.object({ resourceSpans: z.array(otlpResourceSpans).optional() }).meta({ id: 'OTLPTracesData' }),
    ...errors(400, 401, 403, 429, 503),
  },
})
