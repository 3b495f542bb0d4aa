import { AppError } from '../../errors.ts'
import type { ProjectId } from '../../ids.ts'
import { sessionTerm } from '../../storage/telemetry/terms.ts'
import { type Binding, bind } from '../http/mount.ts'
import { decodeCursor, encodeCursor } from '../http/page.ts'
import { ok } from '../http/reply.ts'
import { requireOrder } from '../http/time.ts'
import type { Services } from '../services.ts'
import { getSession, listSessions } from './contract.ts'

const LIST = 'sessions'
const TRACES = 'session-traces'

export const sessionHandlers = ({ telemetry }: Pick<Services, 'telemetry'>): Binding[] => [
  bind(listSessions, async ({ actor, query }) => {
    const { project_id, user_id: userId, error: failed, from, to, cursor, limit } = query
    requireOrder(from, to)
    const page = await telemetry.ask('sessionPage', {
      tenantId: actor.tenantId,
      limit,
      ...(project_id === undefined ? {} : { projectId: project_id as ProjectId }),
      ...(userId === undefined ? {} : { userId }),
      ...(failed === undefined ? {} : { failed }),
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
      ...(cursor === undefined ? {} : { after: decodeCursor(LIST, cursor, ['number', 'number', 'number']) }),
    })
    return ok({
      sessions: page.sessions,
      next_cursor: page.hasMore && page.last ? encodeCursor(LIST, page.last) : null,
      has_more: page.hasMore,
    })
  }),

  bind(getSession, async ({ actor, params: { id }, query: { project_id, cursor, limit } }) => {
    const { tenantId } = actor
    const where = project_id === undefined ? {} : { projectId: project_id as ProjectId }
    const session = await telemetry.ask('session', { tenantId, id, ...where })
    if (!session) throw new AppError('not_found', 'There is no session with this id.')
    const page = await telemetry.ask('tracePage', {
      ...{ tenantId, limit, ...where },
      terms: [sessionTerm(id)],
      sort: { by: 'started_at', descending: false },
      ...(cursor === undefined ? {} : { after: decodeCursor(TRACES, cursor, ['number', 'number']) }),
    })
    return ok({
      session,
      traces: page.traces,
      next_cursor: page.hasMore && page.last ? encodeCursor(TRACES, page.last) : null,
      has_more: page.hasMore,
    })
  }),
]
