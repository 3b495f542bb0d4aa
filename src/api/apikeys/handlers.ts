import type { Clock } from '../../clock.ts'
import { AppError } from '../../errors.ts'
import type { ApiKeyId, ProjectId, TenantId } from '../../ids.ts'
import type { ControlStore } from '../../storage/control/open.ts'
import { newKey } from '../auth/keys.ts'
import { type Binding, bind } from '../http/mount.ts'
import { created, noContent, ok } from '../http/reply.ts'
import { createAPIKey, listAPIKeys, revokeAPIKey, rotateAPIKey } from './contract.ts'
import { presentApiKey, presentNewKey } from './present.ts'

export const apiKeyHandlers = ({ control, clock }: { control: ControlStore; clock: Clock }): Binding[] => [
  bind(createAPIKey, async ({ actor, body }) => {
    const { secret, ...material } = newKey()
    const row = await control.apiKeys.create(actor, {
      ...material,
      name: body.name,
      scopes: [...new Set(body.scopes)],
      projectId: await ownProject(control, actor.tenantId, body.project_id ?? null),
      expiresAt: futureTime(clock, body.expires_at ?? null),
    })
    return created(presentNewKey(row, secret))
  }),

  bind(listAPIKeys, async ({ actor }) => ok((await control.apiKeys.list(actor.tenantId)).map(presentApiKey))),

  bind(revokeAPIKey, async ({ actor, params }) => {
    if (!(await control.apiKeys.revoke(actor, params.id as ApiKeyId))) throw notFound()
    return noContent
  }),

  bind(rotateAPIKey, async ({ actor, params }) => {
    const { secret, ...material } = newKey()
    const row = await control.apiKeys.rotate(actor, params.id as ApiKeyId, material)
    if (!row) throw notFound()
    return ok(presentNewKey(row, secret))
  }),
]

async function ownProject(control: ControlStore, tenantId: TenantId, id: string | null): Promise<ProjectId | null> {
  if (id === null) return null
  const project = await control.projects.get(tenantId, id as ProjectId)
  if (!project) throw new AppError('not_found', 'project_id: there is no project with this id.')
  return project.id
}

function futureTime(clock: Clock, text: string | null): number | null {
  if (text === null) return null
  const at = Date.parse(text)
  if (at <= clock.now()) throw new AppError('out_of_range', 'expires_at: must lie ahead.')
  return at
}

const notFound = (): AppError => new AppError('not_found', 'There is no active API key with this id.')
