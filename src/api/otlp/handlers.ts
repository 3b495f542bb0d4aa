import { setImmediate } from 'node:timers/promises'
import type { Request } from 'express'
import { AppError } from '../../errors.ts'
import type { ProjectId } from '../../ids.ts'
import {
  decodeOtlp,
  encodeOtlpResponse,
  type OtlpContentType,
  type RejectedSpan,
  recordsFromOtlp,
} from '../../ingest/formats/otlp.ts'
import type { Actor } from '../../storage/control/actor.ts'
import type { DeadLetter } from '../../storage/telemetry/record.ts'
import { withIngestBody } from '../http/ingest-body.ts'
import { type Binding, bind } from '../http/mount.ts'
import type { Reply } from '../http/reply.ts'
import { Projects } from '../ingest/projects.ts'
import type { Services } from '../services.ts'
import { otlpExportTraces, otlpIngestTraces, otlpIngestTracesStandard, otlpIngestTracesSuffixed } from './contract.ts'
import { openOtlpExport } from './export.ts'

type Needs = Pick<Services, 'config' | 'clock' | 'control' | 'admission' | 'intake' | 'telemetry' | 'exports'>

/** Requests up to this size are read in one go. */
const AT_ONCE_BYTES = 128 * 1024

export const otlpHandlers = (services: Needs): Binding[] => {
  const store = ({ actor, req }: { actor: Actor; req: Request }) => receive(services, actor, req)
  return [
    bind(otlpIngestTraces, store),
    bind(otlpIngestTracesSuffixed, store),
    bind(otlpIngestTracesStandard, store),
    bind(otlpExportTraces, ({ actor, query, res }) =>
      services.exports.reply(res, () => openOtlpExport(services.telemetry, actor, query)),
    ),
  ]
}

async function receive(services: Needs, actor: Actor, req: Request): Promise<Reply> {
  const { admission, config } = services
  const type = contentType(req)
  return withIngestBody(req, admission, config.ingest.max_body_bytes, async (bytes) => {
    const { rejectedSpans, errorMessage, receipts } = await submit(services, actor, req, bytes, type)
    await receipts
    return { status: 200, body: encodeOtlpResponse(type, { rejectedSpans, errorMessage }), type }
  })
}

/** Hands the spans to the writer. What they were read into is let go here, before anybody waits for the commit. */
async function submit(services: Needs, actor: Actor, req: Request, bytes: Buffer, type: OtlpContentType) {
  const { config, clock, control, intake } = services
  const projectId = await new Projects(control, actor).require(projectHeader(req))
  const receivedAt = clock.now()
  const context = { tenantId: actor.tenantId, projectId, receivedAt, maxSpanBytes: config.ingest.max_span_bytes }
  const request = decodeOtlp(bytes, type)
  // Of a large request each step takes tens of milliseconds, and others have asked meanwhile.
  if (bytes.byteLength > AT_ONCE_BYTES) await setImmediate()
  const { records, rejected } = recordsFromOtlp(request, context)
  if (bytes.byteLength > AT_ONCE_BYTES) await setImmediate()
  const letters = rejected.map((span) => deadLetter(span, actor, projectId, receivedAt))
  const { receipts } = await intake.submit(actor, records, letters)
  const errorMessage = [...new Set(rejected.map(({ message }) => message))].slice(0, 3).join(' ')
  return { rejectedSpans: rejected.length, errorMessage, receipts }
}

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
  { code, message, subjectId, payload }: RejectedSpan,
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
