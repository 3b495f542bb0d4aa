import type { Expression, ExpressionBuilder, SqlBool } from 'kysely'
import type { Clock } from '../../clock.ts'
import { isUuid, type ProjectId, type TenantId } from '../../ids.ts'
import type { Actor } from './actor.ts'
import type { ControlCache } from './cache.ts'
import { addProject } from './project-rows.ts'
import type { ControlDb, ControlSchema, ControlTrx } from './schema.ts'

/** The longest name a project may have, in characters. A longer one that an SDK sends is cut, so that its traces are kept. */
const MAX_PROJECT_NAME = 100

/** Where a trace goes. */
export interface ResolvedProject {
  id: ProjectId
  archived: boolean
}

type Condition = (eb: ExpressionBuilder<ControlSchema, 'projects'>) => Expression<SqlBool>

/** Finds the project of each trace that comes in: asked thousands of times a second, answered from memory. */
export class ProjectResolver {
  readonly #db: ControlDb
  readonly #clock: Clock
  readonly #cache: ControlCache

  constructor(db: ControlDb, clock: Clock, cache: ControlCache) {
    this.#db = db
    this.#clock = clock
    this.#cache = cache
  }

  /**
   * By id: null when the actor's tenant has none with it. By name, trimmed: created when it is new. Without one, or with a blank
   * one: the key's own project, else the tenant's default.
   */
  async resolve(actor: Actor, idOrName: string | null): Promise<ResolvedProject | null> {
    const { tenantId } = actor
    const wanted = idOrName?.trim() ?? ''
    if (isUuid(wanted)) return this.#byId(tenantId, wanted.toLowerCase() as ProjectId)
    if (wanted !== '') return this.#byName(actor, [...wanted].slice(0, MAX_PROJECT_NAME).join('').trim())
    if (actor.kind === 'key' && actor.projectId) return this.#byId(tenantId, actor.projectId)
    return (await this.#kept(tenantId, 'default', (eb) => eb('is_default', '=', 1))) ?? null
  }

  async #byId(tenantId: TenantId, id: ProjectId): Promise<ResolvedProject | null> {
    return (await this.#kept(tenantId, `id:${id}`, (eb) => eb('id', '=', id))) ?? null
  }

  async #byName(actor: Actor, name: string): Promise<ResolvedProject> {
    const known = await this.#kept(actor.tenantId, `name:${name}`, (eb) => eb('name', '=', name))
    return known ?? this.#findOrAdd(actor, name)
  }

  #kept(tenantId: TenantId, key: string, condition: Condition): Promise<ResolvedProject | undefined> {
    return this.#cache.get(`project:${tenantId}:${key}`, () => find(this.#db, tenantId, condition))
  }

  /** Looks again under the write lock, so that requests which name a new project at once all get the same one. */
  #findOrAdd(actor: Actor, name: string): Promise<ResolvedProject> {
    return this.#db.transaction().execute(async (trx) => {
      const known = await find(trx, actor.tenantId, (eb) => eb('name', '=', name))
      if (known) return known
      const project = { name, description: null, at: this.#clock.now() }
      const { id } = await addProject(trx, actor, project, { by: 'ingest' })
      return { id, archived: false }
    })
  }
}

async function find(
  db: ControlDb | ControlTrx,
  tenantId: TenantId,
  condition: Condition,
): Promise<ResolvedProject | undefined> {
  const row = await db
    .selectFrom('projects')
    .select(['id', 'archived_at'])
    .where('tenant_id', '=', tenantId)
    .where(condition)
    .executeTakeFirst()
  return row && { id: row.id, archived: row.archived_at !== null }
}
