import type { Clock } from '../../clock.ts'
import { AppError } from '../../errors.ts'
import type { ProjectId, TenantId } from '../../ids.ts'
import type { Actor } from './actor.ts'
import { appendAudit } from './audit.ts'
import type { ControlCache } from './cache.ts'
import { ProjectResolver, type ResolvedProject } from './project-resolver.ts'
import { addProject, assertNameFree, slugFor } from './project-rows.ts'
import type { ControlDb, ControlTrx, ProjectRow } from './schema.ts'

export interface ProjectPage {
  includeArchived: boolean
  /** The last project of the page before. */
  after: { createdAt: number; id: string } | null
  limit: number
}

export interface ProjectChanges {
  name?: string | undefined
  retentionDaysOverride?: number | null | undefined
  promptAutoshipEnabled?: boolean | undefined
  /** JSON text of rules; null: none of its own. */
  redaction?: string | null | undefined
}

/**
 * Projects: what an organisation's traces are sorted into. A name is unique in its organisation, archived projects included, and
 * compared without regard to the case of A to Z. The first project of an organisation is its default for good.
 */
export class Projects {
  readonly #db: ControlDb
  readonly #clock: Clock
  readonly #cache: ControlCache
  readonly #resolver: ProjectResolver

  constructor(db: ControlDb, clock: Clock, cache: ControlCache) {
    this.#db = db
    this.#clock = clock
    this.#cache = cache
    this.#resolver = new ProjectResolver(db, clock, cache)
  }

  get(tenantId: TenantId, id: ProjectId): Promise<ProjectRow | undefined> {
    return this.#of(tenantId).where('id', '=', id).executeTakeFirst()
  }

  /** Newest first. */
  list(tenantId: TenantId, { includeArchived, after, limit }: ProjectPage): Promise<ProjectRow[]> {
    let page = this.#of(tenantId)
    if (!includeArchived) page = page.where('archived_at', 'is', null)
    if (after) {
      page = page.where((eb) =>
        eb(eb.refTuple('created_at', 'id'), '<', eb.tuple(after.createdAt, after.id as ProjectId)),
      )
    }
    return page.orderBy('created_at', 'desc').orderBy('id', 'desc').limit(limit).execute()
  }

  /** Throws `error.project.name_taken` when the organisation has a project of this name. */
  create(actor: Actor, { name, description }: { name: string; description: string | null }): Promise<ProjectRow> {
    return this.#db.transaction().execute(async (trx) => {
      await assertNameFree(trx, actor.tenantId, name)
      return addProject(trx, actor, { name, description, at: this.#clock.now() })
    })
  }

  /** Changes what is given. Undefined: no such project; throws `error.project.name_taken`. Nothing is recorded when nothing changes. */
  patch(actor: Actor, id: ProjectId, changes: ProjectChanges): Promise<ProjectRow | undefined> {
    return this.#db.transaction().execute(async (trx) => {
      const before = await find(trx, actor.tenantId, id)
      if (!before) return undefined
      const set = await this.#changedColumns(trx, before, changes)
      if (Object.keys(set).length === 0) return before
      return this.#change(trx, actor, id, set, 'project.updated', set)
    })
  }

  /** Stops ingest into the project. Undefined: no such project; throws when it is the last active one. Twice changes nothing. */
  archive(actor: Actor, id: ProjectId): Promise<ProjectRow | undefined> {
    return this.#db.transaction().execute(async (trx) => {
      const project = await find(trx, actor.tenantId, id)
      if (!project || project.archived_at !== null) return project
      const other = await trx
        .selectFrom('projects')
        .select('id')
        .where('tenant_id', '=', actor.tenantId)
        .where('id', '!=', id)
        .where('archived_at', 'is', null)
        .executeTakeFirst()
      if (!other) {
        throw new AppError(
          'error.project.cannot_archive_last',
          'This is the only active project; create or unarchive another one before you archive it.',
        )
      }
      return this.#change(trx, actor, id, { archived_at: this.#clock.now() }, 'project.archived', {
        name: project.name,
      })
    })
  }

  /** Takes up ingest again. Undefined: no such project. Twice changes nothing. */
  unarchive(actor: Actor, id: ProjectId): Promise<ProjectRow | undefined> {
    return this.#db.transaction().execute(async (trx) => {
      const project = await find(trx, actor.tenantId, id)
      if (!project || project.archived_at === null) return project
      return this.#change(trx, actor, id, { archived_at: null }, 'project.unarchived', { name: project.name })
    })
  }

  /** JSON text of the project's own redaction rules; null: it has none. Asked for each request that comes in, answered from memory. */
  async redaction(tenantId: TenantId, id: ProjectId): Promise<string | null> {
    const kept = await this.#cache.get(`redaction:${tenantId}:${id}`, () =>
      this.#of(tenantId).clearSelect().select('redaction').where('id', '=', id).executeTakeFirst(),
    )
    return kept?.redaction ?? null
  }

  /** The project that a trace names; see `ProjectResolver`. */
  resolve(actor: Actor, idOrName: string | null): Promise<ResolvedProject | null> {
    return this.#resolver.resolve(actor, idOrName)
  }

  #of(tenantId: TenantId) {
    return this.#db.selectFrom('projects').selectAll().where('tenant_id', '=', tenantId)
  }

  async #change(
    trx: ControlTrx,
    actor: Actor,
    id: ProjectId,
    set: Partial<ProjectRow>,
    action: string,
    details: Record<string, unknown>,
  ): Promise<ProjectRow> {
    const at = this.#clock.now()
    const { tenantId } = actor
    const row = await trx
      .updateTable('projects')
      .set({ ...set, updated_at: at })
      .where('tenant_id', '=', tenantId)
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirstOrThrow()
    await appendAudit(trx, { tenantId, actor, action, target: { type: 'project', id }, details, at })
    return row
  }

  async #changedColumns(trx: ControlTrx, before: ProjectRow, changes: ProjectChanges): Promise<Partial<ProjectRow>> {
    const set: Partial<ProjectRow> = {}
    const { name, retentionDaysOverride, promptAutoshipEnabled, redaction } = changes
    if (name !== undefined && name !== before.name) {
      await assertNameFree(trx, before.tenant_id, name, before.id)
      set.name = name
      const slug = await slugFor(trx, before.tenant_id, name, before.id)
      if (slug !== before.slug) set.slug = slug
    }
    if (retentionDaysOverride !== undefined && retentionDaysOverride !== before.retention_days_override) {
      set.retention_days_override = retentionDaysOverride
    }
    if (promptAutoshipEnabled !== undefined && promptAutoshipEnabled !== (before.prompt_autoship_enabled === 1)) {
      set.prompt_autoship_enabled = promptAutoshipEnabled ? 1 : 0
    }
    if (redaction !== undefined && redaction !== before.redaction) set.redaction = redaction
    return set
  }
}

const find = (trx: ControlTrx, tenantId: TenantId, id: ProjectId): Promise<ProjectRow | undefined> =>
  trx.selectFrom('projects').selectAll().where('tenant_id', '=', tenantId).where('id', '=', id).executeTakeFirst()
