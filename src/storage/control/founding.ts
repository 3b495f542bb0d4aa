import type { Clock } from '../../clock.ts'
import { AppError } from '../../errors.ts'
import { newId, type TenantId, type UserId } from '../../ids.ts'
import type { Plan } from '../../plans.ts'
import { insertApiKey, type KeyMaterial } from './api-keys.ts'
import { type Author, appendAudit } from './audit.ts'
import { insertProject } from './project-rows.ts'
import type { ApiKeyRow, ControlDb, ControlTrx, ProjectRow, TenantRow, UserRow } from './schema.ts'
import { slugOf } from './slug.ts'

export interface NewOwner {
  email: string
  passwordHash: string
  firstName: string | null
  lastName: string | null
}

export interface FoundingPlan {
  /** The organisation's name; null keeps the name it has, or takes `fallbackName` for a new one. */
  organization: string | null
  fallbackName: string
  plan: Plan
  /** Null when only a key is wanted now and a person comes later. */
  owner: NewOwner | null
  key: KeyMaterial | null
  /** Who founds when no person does yet. */
  job: string
}

export interface Founded {
  tenant: TenantRow
  project: ProjectRow
  owner: UserRow | null
  key: ApiKeyRow | null
}

/**
 * The first start: organisation, default project, owner and first key, in one transaction with one audit entry. Where the
 * organisation is there already, without an owner, the owner joins it. Throws `already_set_up` once an owner exists.
 */
export function found(db: ControlDb, clock: Clock, wish: FoundingPlan): Promise<Founded> {
  const at = clock.now()
  return db.transaction().execute(async (trx) => {
    const owners = await trx.selectFrom('memberships').select('user_id').where('role', '=', 'owner').executeTakeFirst()
    if (owners) throw new AppError('already_set_up', 'This appliance is set up already; sign in.')
    const tenant = await tenantOf(trx, wish, at)
    const project = (await defaultProject(trx, tenant.id)) ?? (await addDefaultProject(trx, tenant.id, at))
    const owner = wish.owner && (await addOwner(trx, tenant.id, wish.owner, at))
    const key = wish.key && (await addKey(trx, wish.key, project, owner, at))
    await appendAudit(trx, {
      tenantId: tenant.id,
      actor: author(owner, wish.job),
      action: 'organization.set_up',
      target: { type: 'organization', id: tenant.id },
      details: {
        name: tenant.name,
        project_id: project.id,
        owner_id: owner?.id ?? null,
        key_prefix: key?.prefix ?? null,
      },
      at,
    })
    return { tenant, project, owner, key }
  })
}

const author = (owner: UserRow | null, job: string): Author =>
  owner ? { kind: 'person', userId: owner.id, email: owner.email, role: 'owner' } : { kind: 'job', name: job }

async function tenantOf(
  trx: ControlTrx,
  { organization, fallbackName, plan }: FoundingPlan,
  at: number,
): Promise<TenantRow> {
  const there = await trx.selectFrom('tenants').selectAll().orderBy('created_at').limit(1).executeTakeFirst()
  if (there && organization === null) return there
  const name = organization ?? fallbackName
  const named = { name, slug: slugOf(name, 'organisation') }
  const write = there
    ? trx.updateTable('tenants').set(named).where('id', '=', there.id)
    : trx.insertInto('tenants').values({ id: newId<TenantId>(at), ...named, plan, created_at: at })
  return write.returningAll().executeTakeFirstOrThrow()
}

const defaultProject = (trx: ControlTrx, tenantId: TenantId): Promise<ProjectRow | undefined> =>
  trx
    .selectFrom('projects')
    .selectAll()
    .where('tenant_id', '=', tenantId)
    .where('is_default', '=', 1)
    .executeTakeFirst()

const addDefaultProject = (trx: ControlTrx, tenantId: TenantId, at: number): Promise<ProjectRow> =>
  insertProject(trx, tenantId, { name: 'Default', description: null, at })

async function addOwner(trx: ControlTrx, tenantId: TenantId, owner: NewOwner, at: number): Promise<UserRow> {
  const user = await trx
    .insertInto('users')
    .values({
      id: newId<UserId>(at),
      email: owner.email,
      password_hash: owner.passwordHash,
      first_name: owner.firstName,
      last_name: owner.lastName,
      created_at: at,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  await trx
    .insertInto('memberships')
    .values({ tenant_id: tenantId, user_id: user.id, role: 'owner', status: 'active', created_at: at })
    .execute()
  return user
}

const addKey = (
  trx: ControlTrx,
  material: KeyMaterial,
  project: ProjectRow,
  owner: UserRow | null,
  at: number,
): Promise<ApiKeyRow> =>
  insertApiKey(trx, project.tenant_id, {
    ...material,
    name: 'First key',
    projectId: project.id,
    scopes: [],
    expiresAt: null,
    createdBy: owner?.id ?? null,
    at,
  })
