import { setImmediate } from 'node:timers/promises'
import type { Request } from 'express'
import { AppError } from '../../errors.ts'
import type { ProjectId } from '../../ids.ts'
import {
  decodeOtlp,
  decodeOtlpLogs,
  encodeOtlpResponse,
  type OtlpContentType,
  type OtlpContext,
  type Rejected,
  recordsFromOtlp,
} from '../../ingest/formats/otlp.ts'
import { recordsFromLogs } from '../../ingest/formats/otlp-logs.ts'
import type { Actor } from '../../storage/control/actor.ts'
import type { DeadLetter, TraceRecord } from '../../storage/telemetry/record.ts'
import { withIngestBody } from '../http/ingest-body.ts'
import { type Binding, bind } from '../http/mount.ts'
import type { Reply } from '../http/reply.ts'
import { Projects } from '../ingest/projects.ts'
import type { Services } from '../services.ts'
import {
  otlpExportTraces,
  otlpIngestLogs,
  otlpIngestLogsStandard,
  otlpIngestLogsSuffixed,
  otlpIngestTraces,
  otlpIngestTracesLangfuse,
  otlpIngestTracesStandard,
  otlpIngestTracesSuffixed,
  otlpRefuseMetrics,
  otlpRefuseMetricsStandard,
  otlpRefuseMetricsSuffixed,
} from './contract.ts'
import { openOtlpExport } from './export.ts'

type Needs = Pick<
  Services,
  'config' | 'clock' | 'control' | 'admission' | 'intake' | 'telemetry' | 'exports' | 'ingestHealth'
>

/** Requests up to this size are read in one go. */
const AT_ONCE_BYTES = 128 * 1024

export const otlpHandlers = (services: Needs): Binding[] => {
  const store =
    (signal: Signal) =>
    ({ actor, req }: { actor: Actor; req: Request }) =>
      receive(services, actor, req, signal)
  return [
    bind(otlpIngestTraces, store(SPANS)),
    bind(otlpIngestTracesSuffixed, store(SPANS)),
    bind(otlpIngestTracesStandard, store(SPANS)),
    bind(otlpIngestTracesLangfuse, store(SPANS)),
    bind(otlpIngestLogs, store(LOGS)),
    bind(otlpIngestLogsSuffixed, store(LOGS)),
    bind(otlpIngestLogsStandard, store(LOGS)),
    bind(otlpRefuseMetrics, refuseMetrics),
    bind(otlpRefuseMetricsSuffixed, refuseMetrics),
    bind(otlpRefuseMetricsStandard, refuseMetrics),
    bind(otlpExportTraces, ({ actor, query, res }) =>
      services.exports.reply(res, () => openOtlpExport(services.telemetry, actor, query)),
    ),
  ]
}

/** What a request of one signal tells: the records that can be stored, what cannot, and what is none of our business. */
interface Signal {
  name: 'spans' | 'logs'
  read(bytes: Buffer, type: OtlpContentType, context: OtlpContext): Promise<Heard>
}

interface Heard {
  records: TraceRecord[]
  rejected: Rejected[]
  ignored: number
  example: string | null
}

const SPANS: Signal = {
  name: 'spans',
  read: async (bytes, type, context) => {
    const request = decodeOtlp(bytes, type)
    await letOthers(bytes)
    return { ...recordsFromOtlp(request, context), ignored: 0, example: null }
  },
}
const LOGS: Signal = {
  name: 'logs',
  read: async (bytes, type, context) => {
    const request = decodeOtlpLogs(bytes, type)
    await letOthers(bytes)
    return recordsFromLogs(request, context)
  },
}

/** Of a large request each step takes tens of milliseconds, and others have asked meanwhile. */
async function letOthers(bytes: Buffer): Promise<void> {
  if (bytes.byteLength > AT_ONCE_BYTES) await setImmediate()
}

function refuseMetrics(): never {
  throw new AppError(
    'unsupported_media_type',
    'Metrics are not kept here, only traces and what logs tell of model calls: set OTEL_METRICS_EXPORTER=none.',
  )
}

async function receive(services: Needs, actor: Actor, req: Request, signal: Signal): Promise<Reply> {
  const { admission, config } = services
  const type = contentType(req)
  return withIngestBody(req, admission, config.ingest.max_body_bytes, {
    read: (bytes) => submit(services, actor, req, signal, bytes, type),
    answer: async ({ outcome, receipts }) => {
      await receipts
      return { status: 200, body: encodeOtlpResponse(type, signal.name, outcome), type }
    },
  })
}

/** Hands what was read to the writer. What it was read into is let go here, before anybody waits for the commit. */
async function submit(
  services: Needs,
  actor: Actor,
  req: Request,
  signal: Signal,
  bytes: Buffer,
  type: OtlpContentType,
) {
  const { config, clock, control, intake, ingestHealth } = services
  const projectId = await new Projects(control, actor).require(projectHeader(req))
  const receivedAt = clock.now()
  const context = { tenantId: actor.tenantId, projectId, receivedAt, maxSpanBytes: config.ingest.max_span_bytes }
  const { records, rejected, ignored, example } = await signal.read(bytes, type, context)
  await letOthers(bytes)
  const letters = rejected.map((span) => deadLetter(span, actor, projectId, receivedAt))
  const { receipts } = await intake.submit(actor, records, letters)
  if (ignored > 0) ingestHealth.ignored(actor.tenantId, projectId, ignored, example ?? '')
  const messages = [...new Set(rejected.map(({ message }) => message))].slice(0, 3)
  if (ignored > 0) messages.push(leftOut(ignored, example))
  return { outcome: { rejected: rejected.length, errorMessage: messages.join(' ') }, receipts }
}

const leftOut = (ignored: number, example: string | null): string =>
  `${ignored} log ${ignored === 1 ? 'record tells' : 'records tell'} of no model call, tool or prompt and ${ignored === 1 ? 'was' : 'were'} not kept, such as ${example ?? 'one'}.`

function contentType(req: Request): OtlpContentType {
  const type = req.headers['content-type']?.split(';')[0]?.trim().toLowerCase()
  if (type === 'application/x-protobuf' || type === 'application/json') return type
  throw new AppError(
    'unsupported_media_type',
    `OTLP comes as application/x-protobuf or application/json; this was ${type ?? 'without a Content-Type'}.`,
  )
}

/** OTLP has no place for a project; exporters can send headers. */
function projectHeader(req: Request): string | null {
  const named = req.headers['x-trulayer-project']
  return typeof named === 'string' && named.trim() !== '' ? named.trim() : null
}

const deadLetter = (
  { code, message, subjectId, payload }: Rejected,
  actor: Actor,
  projectId: ProjectId,
  receivedAt: number,
): DeadLetter => ({
  tenantId: actor.tenantId,
  projectId,
  source: 'otlp',
  code,
  message,
  subjectId,
  payload,
  receivedAt,
})
