import { AppError } from '../../errors.ts'
import type { TaskId } from '../../ids.ts'
import type { TaskRow } from '../../storage/control/schema.ts'
import { type Binding, bind } from '../http/mount.ts'
import { decodeCursor, encodeCursor, pageOf } from '../http/page.ts'
import { ok, type Reply } from '../http/reply.ts'
import type { Services } from '../services.ts'
import { cancelTask, getTask, listTasks, retryTask } from './contract.ts'
import { presentTask } from './present.ts'

const CURSOR = 'tasks'

export const taskHandlers = ({ control, jobs }: Pick<Services, 'control' | 'jobs'>): Binding[] => [
  bind(listTasks, async ({ actor, query: { state, kind, limit, cursor } }) => {
    const before = cursor === undefined ? undefined : (decodeCursor(CURSOR, cursor, ['string'])[0] as TaskId)
    const found = await control.tasks.list(actor.tenantId, { state, kind, before, limit: limit + 1 })
    const { rows, next_cursor, has_more } = pageOf(found, limit, (last) => encodeCursor(CURSOR, [last.id]))
    return ok({ tasks: rows.map(presentTask), next_cursor, has_more })
  }),

  bind(getTask, async ({ actor, params }) => answer(await control.tasks.get(actor.tenantId, params.id as TaskId))),

  bind(cancelTask, async ({ actor, params }) => answer(await jobs.cancel(actor, params.id as TaskId))),

  bind(retryTask, async ({ actor, params }) => answer(await control.tasks.retry(actor, params.id as TaskId))),
]

function answer(row: TaskRow | undefined): Reply {
  if (!row) throw new AppError('not_found', 'There is no task with this id.')
  return ok(presentTask(row))
}
