import type { z } from 'zod'
import { AppError } from '../../errors.ts'
import type { DeadLetterId, ProjectId } from '../../ids.ts'
import { type Replayed, replay } from '../../ingest/replay.ts'
import type { Actor } from '../../storage/control/actor.ts'
import { appendAudit } from '../../storage/control/audit.ts'
import type { LetterItem } from '../../storage/telemetry/questions/dead-letters.ts'
import type { Services } from '../services.ts'
import type { replayDeadLetter } from './contract.ts'

type Needs = Pick<Services, 'telemetry' | 'control' | 'clock' | 'intake' | 'config'>
type Result = z.output<(typeof replayDeadLetter.responses)[200]>

/** What is in memory of payloads at once. */
const AT_ONCE_BYTES = 8 * 1024 * 1024
const AT_ONCE = 50

/** Replays one letter. One that was replayed before is answered as replayed; one that was set aside is a 409. */
export async function replayOne(
  services: Needs,
  actor: Actor,
  id: DeadLetterId,
  into: ProjectId | null,
): Promise<Result> {
  const [letter] = await services.telemetry.ask('lettersToReplay', { tenantId: actor.tenantId, ids: [id] })
  if (!letter) throw new AppError('not_found', 'There is no dead letter with this id.')
  if (letter.state === 'resolved') throw new AppError('conflict', 'This dead letter was set aside; it is not replayed.')
  if (letter.state === 'replayed') return { id, outcome: 'replayed' }
  const [result] = await replay(partsOf(services), actor, [letter], into)
  if (!result) throw new Error('one letter has one result')
  await audit(services, actor, [result])
  return present(result)
}

/** Replays these letters, a few at a time, so that however many there are only a few payloads are in memory. */
export async function replayMany(
  services: Needs,
  actor: Actor,
  letters: readonly LetterItem[],
  into: ProjectId | null,
): Promise<Result[]> {
  const results: Replayed[] = []
  for (const ids of batches(letters)) {
    const batch = await services.telemetry.ask('lettersToReplay', { tenantId: actor.tenantId, ids })
    const open = batch.filter(({ state }) => state === 'open')
    results.push(...(await replay(partsOf(services), actor, open, into)))
  }
  if (results.length > 0) await audit(services, actor, results)
  return results.map(present)
}

const partsOf = ({ intake, control, clock, config }: Needs) => ({
  ...{ intake, control, clock },
  maxSpanBytes: config.ingest.max_span_bytes,
})

function* batches(letters: readonly LetterItem[]): Generator<DeadLetterId[]> {
  let ids: DeadLetterId[] = []
  let size = 0
  for (const { id, size_bytes } of letters) {
    ids.push(id)
    size += size_bytes
    if (ids.length < AT_ONCE && size < AT_ONCE_BYTES) continue
    yield ids
    ids = []
    size = 0
  }
  if (ids.length > 0) yield ids
}

async function audit({ control, clock }: Needs, actor: Actor, results: readonly Replayed[]): Promise<void> {
  const { tenantId } = actor
  const [one] = results
  const failed = results.filter(({ outcome }) => outcome === 'failed').length
  const target = results.length === 1 && one ? { type: 'dead_letter', id: one.id } : null
  const details = { replayed: results.length - failed, failed }
  await control.transaction((trx) =>
    appendAudit(trx, { tenantId, actor, action: 'dead_letter.replayed', target, details, at: clock.now() }),
  )
}

function present(result: Replayed): Result {
  const { id, outcome } = result
  if (outcome !== 'failed') return { id, outcome, trace_id: result.traceId }
  return { id, outcome, code: result.code, message: result.message }
}
