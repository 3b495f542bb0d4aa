import type { Clock } from '../clock.ts'
import { AppError } from '../errors.ts'
import type { DeadLetterId, ProjectId, TraceId } from '../ids.ts'
import type { Actor } from '../storage/control/actor.ts'
import type { ControlStore } from '../storage/control/open.ts'
import type { LetterToReplay } from '../storage/telemetry/questions/dead-letters.ts'
import type { LetterChange, TraceRecord } from '../storage/telemetry/record.ts'
import type { Receipt } from '../storage/telemetry/wire.ts'
import { projectNamed, recordFromRejection } from './formats/native.ts'
import { recordsFromOtlp, requestOfRejected } from './formats/otlp.ts'
import { recordsFromLogs, requestOfRejectedLog } from './formats/otlp-logs.ts'
import type { Intake } from './intake.ts'

/** What became of a letter that was tried again. `duplicate`: its trace has come by another way meanwhile. */
export type Replayed = { id: DeadLetterId } & (
  | { outcome: 'replayed' | 'duplicate'; traceId: TraceId }
  | { outcome: 'failed'; code: string; message: string }
)

export interface ReplayParts {
  intake: Intake
  control: ControlStore
  clock: Clock
  maxSpanBytes: number
}

interface Reread {
  records: TraceRecord[]
  fault: { code: string; message: string } | null
}

/**
 * Tries dead letters again by the way on which everything comes in. What is stored and that its letter is settled are one commit, and
 * a letter always makes the same trace: to replay twice, or at once, stores once. Throws what `Intake.submit` throws, with no letter
 * touched.
 */
export async function replay(
  parts: ReplayParts,
  actor: Actor,
  letters: readonly LetterToReplay[],
  into: ProjectId | null,
): Promise<Replayed[]> {
  const at = parts.clock.now()
  const records: TraceRecord[] = []
  const changes: LetterChange[] = []
  const outcomes: ((receipts: readonly Receipt[]) => Replayed)[] = []
  for (const letter of letters) {
    const { id } = letter
    const reread = await readAgain(parts, actor, letter, into, at)
    const [first] = reread.records
    if (reread.fault || !first) {
      const fault = reread.fault ?? { code: letter.code, message: 'There is nothing in it that could be stored.' }
      changes.push({ id, tenantId: actor.tenantId, at, outcome: 'failed', ...fault })
      outcomes.push(() => ({ id, outcome: 'failed', ...fault }))
      continue
    }
    const place = records.length
    records.push(...reread.records)
    changes.push({ id, tenantId: actor.tenantId, at, outcome: 'replayed' })
    outcomes.push((receipts) => ({
      id,
      outcome: receipts[place]?.outcome === 'duplicate' ? 'duplicate' : 'replayed',
      traceId: first.id,
    }))
  }
  const { receipts } = await parts.intake.submit(actor, records, [], changes)
  const stored = await receipts
  return outcomes.map((outcome) => outcome(stored))
}

async function readAgain(
  { control, maxSpanBytes }: ReplayParts,
  actor: Actor,
  { id, code, source, payload, projectId }: LetterToReplay,
  into: ProjectId | null,
  receivedAt: number,
): Promise<Reread> {
  const named = into ?? (source === 'otlp' ? null : projectNamed(JSON.parse(payload)))
  const project = await control.projects.resolve(actor, named ?? projectId)
  if (!project) return failed('unknown_project', `There is no project ${named ?? projectId}.`)
  if (project.archived) return failed('error.project.archived', 'The project is archived and takes no traces.')
  const context = { tenantId: actor.tenantId, projectId: project.id, receivedAt, maxSpanBytes }
  if (source === 'otlp') return readSpan(payload, context)
  const { record, rejected } = recordFromRejection({ id, code, payload }, context)
  const [fault] = rejected
  return { records: record ? [record] : [], fault: fault ? { code: fault.code, message: fault.message } : null }
}

/** How the letter of a log record begins; that of a span names that first. */
const LOG_RECORD = '{"logRecord":'

function readSpan(payload: string, context: Parameters<typeof recordsFromOtlp>[1]): Reread {
  try {
    const { records, rejected } = payload.startsWith(LOG_RECORD)
      ? recordsFromLogs(requestOfRejectedLog(payload), context)
      : recordsFromOtlp(requestOfRejected(payload), context)
    const [fault] = rejected
    return { records, fault: fault ? { code: fault.code, message: fault.message } : null }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return failed('invalid_span', error.message)
  }
}

const failed = (code: string, message: string): Reread => ({ records: [], fault: { code, message } })
