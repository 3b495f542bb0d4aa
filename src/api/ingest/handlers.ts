import { setImmediate } from 'node:timers/promises'
import { rfc3339 } from '../../clock.ts'
import { AppError } from '../../errors.ts'
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
  const body = <T>(req: Parameters<typeof withIngestBody>[0], work: (value: unknown) => Promise<T>) =>
    withIngestBody(req, admission, config.ingest.max_body_bytes, (bytes) => work(parseJson(bytes)))
  return [
    bind(ingestTrace, ({ actor, req }) => body(req, (value) => storeOne(services, actor, value))),
    bind(ingestBatch, ({ actor, req }) => body(req, (value) => storeBatch(services, actor, batchOf(value)))),
  ]
}

/** What reading a list of traces yields: the records that can be stored, with their place in the list, and what cannot. */
interface Sorted {
  records: { index: number; record: TraceRecord }[]
  deadLetters: DeadLetter[]
  errors: { index: number; id: string | null; code: string; message: string }[]
}

async function storeOne(services: Needs, actor: Actor, value: unknown): Promise<Reply> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new AppError('invalid_body', 'The body must be one trace: a JSON object.')
  }
  const sorted = await sort(services, actor, [value], 'ingest')
  const receipts = await store(services, actor, sorted)
  const [first] = sorted.records
  const [receipt] = receipts
  const [error] = sorted.errors
  if (!first || !receipt) throw new AppError('invalid_trace', error?.message ?? 'The trace cannot be stored.')
  if (receipt.outcome === 'duplicate') return ok({ status: 'duplicate' })
  return created({
    id: first.record.id,
    created_at: rfc3339(receipt.createdAt),
    ...(sorted.errors.length > 0 ? { errors: sorted.errors } : {}),
  })
}

async function storeBatch(services: Needs, actor: Actor, values: readonly unknown[]): Promise<Reply> {
  const sorted = await sort(services, actor, values, 'batch')
  const receipts = await store(services, actor, sorted)
  const ids = sorted.records.filter((_, i) => receipts[i]?.outcome === 'created').map(({ record }) => record.id)
  return created({ ingested: ids.length, ids, duplicates: receipts.length - ids.length, errors: sorted.errors })
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
    if (record) sorted.records.push({ index, record })
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

function store({ intake }: Needs, actor: Actor, { records, deadLetters }: Sorted): Promise<Receipt[]> {
  return intake.store(
    actor,
    records.map(({ record }) => record),
    deadLetters,
  )
}
