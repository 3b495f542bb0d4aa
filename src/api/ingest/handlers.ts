import { setImmediate } from 'node:timers/promises'
import { rfc3339 } from '../../clock.ts'
import { AppError } from '../../errors.ts'
import type { TraceId } from '../../ids.ts'
import { projectNamed, type Rejection, recordFromNative, reject } from '../../ingest/formats/native.ts'
import type { Actor } from '../../storage/control/actor.ts'
import type { DeadLetter, TraceRecord } from '../../storage/telemetry/record.ts'
import type { Receipt } from '../../storage/telemetry/wire.ts'
import { withIngestBody } from '../http/ingest-body.ts'
import { type Binding, bind, parseJson } from '../http/mount.ts'
import { created, ok, type Reply } from '../http/reply.ts'
import type { Services } from '../services.ts'
import { ingestBatch, ingestTrace } from './contract.ts'
import { Projects } from './projects.ts'

type Needs = Pick<Services, 'config' | 'clock' | 'control' | 'admission' | 'intake'>

const MOST_IN_A_BATCH = 100
/** Traces that are read before the event loop gets its turn. */
const AT_ONCE = 10

export const ingestHandlers = (services: Needs): Binding[] => {
  const { admission, config } = services
  const limit = config.ingest.max_body_bytes
  return [
    bind(ingestTrace, ({ actor, req }) =>
      withIngestBody(req, admission, limit, {
        read: (bytes) => submit(services, actor, [traceOf(parseJson(bytes))], 'ingest'),
        answer: answerOne,
      }),
    ),
    bind(ingestBatch, ({ actor, req }) =>
      withIngestBody(req, admission, limit, {
        read: (bytes) => submit(services, actor, batchOf(parseJson(bytes)), 'batch'),
        answer: answerBatch,
      }),
    ),
  ]
}

/** What reading a list of traces yields: the records that can be stored, and what cannot, with its place in the list. */
interface Sorted {
  records: TraceRecord[]
  deadLetters: DeadLetter[]
  errors: { index: number; id: string | null; code: string; message: string }[]
}

async function answerOne({ ids, errors, receipts }: Waiting): Promise<Reply> {
  const [id] = ids
  const [receipt] = await receipts
  if (!id || !receipt) throw new AppError('invalid_trace', errors[0]?.message ?? 'The trace cannot be stored.')
  if (receipt.outcome === 'duplicate') return ok({ status: 'duplicate' })
  return created({ id, created_at: rfc3339(receipt.createdAt), ...(errors.length > 0 ? { errors } : {}) })
}

async function answerBatch({ ids, errors, receipts }: Waiting): Promise<Reply> {
  const outcomes = await receipts
  const ingested = ids.filter((_, i) => outcomes[i]?.outcome === 'created')
  return created({ ingested: ingested.length, ids: ingested, duplicates: ids.length - ingested.length, errors })
}

/**
 * What is left to wait for. The traces themselves are let go once the writer has them: at full load many batches wait, and the
 * collector would copy all of them again and again. So no function that still has them in its frame may wait for a receipt.
 */
interface Waiting {
  ids: TraceId[]
  errors: Sorted['errors']
  receipts: Promise<Receipt[]>
}

async function submit(
  services: Needs,
  actor: Actor,
  values: readonly unknown[],
  source: 'ingest' | 'batch',
): Promise<Waiting> {
  const { records, deadLetters, errors } = await sort(services, actor, values, source)
  const { receipts } = await services.intake.submit(actor, records, deadLetters)
  return { ids: records.map(({ id }) => id), errors, receipts }
}

function traceOf(value: unknown): unknown {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  throw new AppError('invalid_body', 'The body must be one trace: a JSON object.')
}

function batchOf(value: unknown): unknown[] {
  const traces = typeof value === 'object' && value !== null && 'traces' in value ? value.traces : undefined
  if (!Array.isArray(traces)) throw new AppError('invalid_batch', 'The body must be {"traces": [ … ]}.')
  if (traces.length === 0) throw new AppError('invalid_batch', 'traces: a batch holds at least one trace.')
  if (traces.length > MOST_IN_A_BATCH) {
    throw new AppError(
      'invalid_batch',
      `traces: a batch holds at most ${MOST_IN_A_BATCH} traces; this one has ${traces.length}.`,
    )
  }
  return traces
}

async function sort(
  services: Needs,
  actor: Actor,
  values: readonly unknown[],
  source: 'ingest' | 'batch',
): Promise<Sorted> {
  const { clock, config, control } = services
  const projects = new Projects(control, actor)
  const sorted: Sorted = { records: [], deadLetters: [], errors: [] }
  const receivedAt = clock.now()
  for (const [index, value] of values.entries()) {
    // Whoever asks a question meanwhile need not wait for the whole batch.
    if (index % AT_ONCE === AT_ONCE - 1) await setImmediate()
    const project = await projects.find(projectNamed(value))
    if (!project.open) {
      refuse(sorted, index, reject(project.fault.code, project.fault.message, value), {
        actor,
        source,
        receivedAt,
        projectId: project.id,
      })
      continue
    }
    const { record, rejected } = recordFromNative(value, {
      tenantId: actor.tenantId,
      projectId: project.id,
      receivedAt,
      maxSpanBytes: config.ingest.max_span_bytes,
    })
    if (record) sorted.records.push(record)
    for (const one of rejected) refuse(sorted, index, one, { actor, source, receivedAt, projectId: project.id })
  }
  // Nothing of it can be kept while its project is archived: that is said with a status that SDKs understand.
  if (sorted.records.length === 0) projects.throwIfAllArchived()
  return sorted
}

function refuse(
  sorted: Sorted,
  index: number,
  { code, message, subjectId, payload }: Rejection,
  { actor, ...at }: Pick<DeadLetter, 'source' | 'receivedAt' | 'projectId'> & { actor: Actor },
): void {
  sorted.errors.push({ index, id: subjectId, code, message })
  sorted.deadLetters.push({ ...at, tenantId: actor.tenantId, code, message, subjectId, payload })
}
