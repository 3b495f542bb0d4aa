import { AppError } from '../../errors.ts'
import { newId, type ProjectId, type TenantId } from '../../ids.ts'
import type { Actor } from './actor.ts'
import { appendAudit } from './audit.ts'
import type { ControlTrx, ProjectRow } from './schema.ts'
import { freeSlug, slugOf } from './slug.ts'

/** The row alone: for transactions that record the whole act themselves. A tenant's first project becomes its default. */
export async function insertProject(
  trx: ControlTrx,
  tenantId: TenantId,
  { name, description, at }: { name: string; description: string | null; at: number },
): Promise<ProjectRow> {
  const any = await trx.selectFrom('projects').select('id').where('tenant_id', '=', tenantId).executeTakeFirst()
  return trx
    .insertInto('projects')
    .values({
      id: newId<ProjectId>(at),
      tenant_id: tenantId,
      name,
      slug: await slugFor(trx, tenantId, name, null),
      description,
      is_default: any ? 0 : 1,
      retention_days_override: null,
      prompt_autoship_enabled: 0,
      archived_at: null,
      created_at: at,
      updated_at: at,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
}

/** A new project with its audit entry; the name must be free. */
export async function addProject(
  trx: ControlTrx,
  actor: Actor,
  project: { name: string; description: string | null; at: number },
  details: Record<string, string> = {},
): Promise<ProjectRow> {
  const { tenantId } = actor
  const row = await insertProject(trx, tenantId, project)
  await appendAudit(trx, {
    tenantId,
    actor,
    action: 'project.created',
    target: { type: 'project', id: row.id },
    details: { name: row.name, ...details },
    at: project.at,
  })
  return row
}

/** Throws `error.project.name_taken` when another project of the tenant has the name. */
export async function assertNameFree(
  trx: ControlTrx,
  tenantId: TenantId,
  name: string,
  self?: ProjectId,
): Promise<void> {
  const taken = await trx
    .selectFrom('projects')
    .select('id')
    .where('tenant_id', '=', tenantId)
    .where('name', '=', name)
    .executeTakeFirst()
  if (!taken || taken.id === self) return
  throw new AppError(
    'error.project.name_taken',
    `There is a project named ${JSON.stringify(name)} already; choose another name.`,
  )
}

/** The slug a project of this name gets, free in its tenant; `self` keeps its own. */
export async function slugFor(
  trx: ControlTrx,
  tenantId: TenantId,
  name: string,
  self: ProjectId | null,
): Promise<string> {
  const slug = slugOf(name, 'project')
  const rows = await trx
    .selectFrom('projects')
    .select(['id', 'slug'])
    .where('tenant_id', '=', tenantId)
    .where((eb) => eb.or([eb('slug', '=', slug), eb('slug', 'like', `${slug}-%`)]))
    .execute()
  return freeSlug(slug, new Set(rows.filter(({ id }) => id !== self).map((row) => row.slug)))
}
