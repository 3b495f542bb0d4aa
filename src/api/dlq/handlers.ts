import { AppError } from '../../errors.ts'
import type { DeadLetterId, ProjectId } from '../../ids.ts'
import type { Actor } from '../../storage/control/actor.ts'
import { appendAudit } from '../../storage/control/audit.ts'
import type { ListLetters } from '../../storage/telemetry/questions/dead-letters.ts'
import { type Binding, bind } from '../http/mount.ts'
import { decodeCursor, encodeCursor } from '../http/page.ts'
import { ok, okBytes, type Reply } from '../http/reply.ts'
import { requireOrder } from '../http/time.ts'
import type { Services } from '../services.ts'
import { getDeadLetter, listDeadLetters, replayDeadLetter, replayDeadLetters, resolveDeadLetter } from './contract.ts'
import { replayMany, replayOne } from './replay.ts'

type Needs = Pick<Services, 'telemetry' | 'control' | 'clock' | 'intake' | 'config'>

const LIST = 'dlq'

export const deadLetterHandlers = (services: Needs): Binding[] => [
  bind(listDeadLetters, async ({ actor, query: { limit, state, ...query } }) => {
    const ask = { ...filterOf(actor, query), ...(state === 'all' ? {} : { state }), limit }
    const page = await services.telemetry.ask('deadLetterPage', ask)
    return ok({
      dead_letters: page.letters,
      next_cursor: page.hasMore && page.last ? encodeCursor(LIST, page.last) : null,
      has_more: page.hasMore,
    })
  }),

  bind(getDeadLetter, ({ actor, params }) => whole(services, actor, params.id)),

  // Before `{id}`, which would take `replay` for one.
  bind(replayDeadLetters, async ({ actor, body: { limit, project_id: into, from_project_id, ...body } }) => {
    const filter = filterOf(actor, { ...body, project_id: from_project_id })
    const { letters, hasMore, last } = await services.telemetry.ask('deadLetterPage', {
      ...{ ...filter, limit, state: 'open' as const },
    })
    const results = await replayMany(services, actor, letters, (into as ProjectId | undefined) ?? null)
    const failed = results.filter(({ outcome }) => outcome === 'failed').length
    return ok({
      ...{ replayed: results.length - failed, failed, results },
      next_cursor: hasMore && last ? encodeCursor(LIST, last) : null,
      has_more: hasMore,
    })
  }),

  bind(replayDeadLetter, async ({ actor, params, body }) =>
    ok(await replayOne(services, actor, params.id as DeadLetterId, (body.project_id as ProjectId | undefined) ?? null)),
  ),

  bind(resolveDeadLetter, async ({ actor, params }) => {
    const { telemetry, control, clock } = services
    const id = params.id as DeadLetterId
    const [letter] = await telemetry.ask('lettersToReplay', { tenantId: actor.tenantId, ids: [id] })
    if (letter?.state === 'open') {
      const at = clock.now()
      const letterChanges = [{ id, tenantId: actor.tenantId, at, outcome: 'resolved' as const }]
      await telemetry.append({ traces: [], deadLetters: [], letterChanges })
      const { tenantId } = actor
      const target = { type: 'dead_letter', id }
      await control.transaction((trx) =>
        appendAudit(trx, { tenantId, actor, action: 'dead_letter.resolved', target, at }),
      )
    }
    return whole(services, actor, id)
  }),
]

async function whole({ telemetry }: Needs, { tenantId }: Actor, id: string): Promise<Reply> {
  const bytes = await telemetry.ask('deadLetter', { tenantId, id })
  if (!bytes) throw new AppError('not_found', 'There is no dead letter with this id.')
  return okBytes(bytes)
}

interface Filter {
  project_id?: string | null | undefined
  source?: ListLetters['source'] | null | undefined
  code?: string | null | undefined
  from?: number | null | undefined
  to?: number | null | undefined
  cursor?: string | null | undefined
}

function filterOf(actor: Actor, { project_id, source, code, from, to, cursor }: Filter): Omit<ListLetters, 'limit'> {
  requireOrder(from ?? undefined, to ?? undefined)
  return {
    tenantId: actor.tenantId,
    ...(project_id == null ? {} : { projectId: project_id as ProjectId }),
    ...(source == null ? {} : { source }),
    ...(code == null ? {} : { code }),
    ...(from == null ? {} : { from }),
    ...(to == null ? {} : { to }),
    ...(cursor == null ? {} : { after: decodeCursor(LIST, cursor, ['number', 'number']) }),
  }
}
