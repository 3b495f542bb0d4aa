import { AppError } from '../../errors.ts'
import type { ProjectId } from '../../ids.ts'
import { LIMITS, type Plan } from '../../plans.ts'
import type { ControlStore } from '../../storage/control/open.ts'
import type { ProjectRow } from '../../storage/control/schema.ts'
import { type Binding, bind } from '../http/mount.ts'
import { decodeCursor, encodeCursor, pageOf } from '../http/page.ts'
import { created, ok, type Reply } from '../http/reply.ts'
import { archiveProject, createProject, listProjects, patchProject, unarchiveProject } from './contract.ts'
import { presentProject } from './present.ts'

const CURSOR = 'projects'

export const projectHandlers = ({ control }: { control: ControlStore }): Binding[] => [
  bind(listProjects, async ({ actor, query: { include_archived: includeArchived, limit, cursor } }) => {
    const after = cursor === undefined ? null : placeOf(cursor)
    const found = await control.projects.list(actor.tenantId, { includeArchived, after, limit: limit + 1 })
    const { rows, next_cursor, has_more } = pageOf(found, limit, (last) =>
      encodeCursor(CURSOR, [last.created_at, last.id]),
    )
    return ok({ projects: rows.map(presentProject), next_cursor, has_more })
  }),

  bind(createProject, async ({ actor, body: { name, description = null } }) =>
    created(presentProject(await control.projects.create(actor, { name, description }))),
  ),

  bind(patchProject, async ({ actor, params, body }) => {
    requireWithinPlan(actor.plan, body.retention_days_override ?? null)
    const changes = {
      name: body.name,
      retentionDaysOverride: body.retention_days_override,
      promptAutoshipEnabled: body.prompt_autoship_enabled,
      redaction: body.redaction && JSON.stringify(body.redaction),
    }
    return answer(await control.projects.patch(actor, params.id as ProjectId, changes))
  }),

  bind(archiveProject, async ({ actor, params }) =>
    answer(await control.projects.archive(actor, params.id as ProjectId)),
  ),

  bind(unarchiveProject, async ({ actor, params }) =>
    answer(await control.projects.unarchive(actor, params.id as ProjectId)),
  ),
]

function answer(row: ProjectRow | undefined): Reply {
  if (!row) throw new AppError('not_found', 'There is no project with this id.')
  return ok(presentProject(row))
}

function placeOf(cursor: string): { createdAt: number; id: string } {
  const [createdAt, id] = decodeCursor(CURSOR, cursor, ['number', 'string'])
  return { createdAt, id }
}

function requireWithinPlan(plan: Plan, days: number | null): void {
  const most = LIMITS[plan].retentionDays
  if (days === null || most === null || days <= most) return
  throw new AppError('invalid_body', `retention_days_override: the ${plan} plan keeps traces for ${most} days at most.`)
}
