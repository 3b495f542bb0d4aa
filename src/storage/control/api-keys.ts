import type { Clock } from '../../clock.ts'
import { type ApiKeyId, newId, type ProjectId, type TenantId } from '../../ids.ts'
import type { Plan } from '../../plans.ts'
import type { Actor, KeyScope } from './actor.ts'
import { appendAudit } from './audit.ts'
import type { ControlCache } from './cache.ts'
import type { ApiKeyRow, ControlDb, ControlTrx } from './schema.ts'

/** What is kept of a key itself. The secret is shown to its maker once and never stored. */
export interface KeyMaterial {
  hash: string
  prefix: string
}

export interface NewApiKey extends KeyMaterial {
  name: string
  projectId: ProjectId | null
  /** Empty: everything a key may do. */
  scopes: readonly KeyScope[]
  expiresAt: number | null
}

/** A key as the one who presents it is identified by. */
export interface KnownKey {
  id: ApiKeyId
  tenantId: TenantId
  plan: Plan
  projectId: ProjectId | null
  scopes: readonly KeyScope[]
  revokedAt: number | null
  expiresAt: number | null
}

export interface ListedApiKey extends ApiKeyRow {
  created_by_email: string | null
  created_by_first_name: string | null
  created_by_last_name: string | null
}

/** API keys: what SDKs and servers identify themselves by. A revoked key stays listed. */
export class ApiKeys {
  readonly #db: ControlDb
  readonly #clock: Clock
  readonly #cache: ControlCache
  /** Uses since the last flush; a write for each request would cost more than the request. */
  readonly #lastUsed = new Map<ApiKeyId, number>()

  constructor(db: ControlDb, clock: Clock, cache: ControlCache) {
    this.#db = db
    this.#clock = clock
    this.#cache = cache
  }

  /** The key with this SHA-256, also when it is revoked or expired: the caller judges. Kept in memory until control data changes. */
  find(hash: string): Promise<KnownKey | undefined> {
    return this.#cache.get(`key:${hash}`, async () => {
      const row = await this.#db
        .selectFrom('api_keys as k')
        .innerJoin('tenants as t', 't.id', 'k.tenant_id')
        .select(['k.id', 'k.tenant_id', 'k.project_id', 'k.scopes', 'k.revoked_at', 'k.expires_at', 't.plan'])
        .where('k.hash', '=', hash)
        .executeTakeFirst()
      return (
        row && {
          id: row.id,
          tenantId: row.tenant_id,
          plan: row.plan,
          projectId: row.project_id,
          scopes: keyScopes(row),
          revokedAt: row.revoked_at,
          expiresAt: row.expires_at,
        }
      )
    })
  }

  /** Notes that a key was used now; written down by the next `flushLastUsed`. */
  used(id: ApiKeyId): void {
    this.#lastUsed.set(id, this.#clock.now())
  }

  /** Writes the times of last use collected so far; those that could not be written are written the next time. */
  async flushLastUsed(): Promise<void> {
    if (this.#lastUsed.size === 0) return
    const uses = [...this.#lastUsed]
    this.#lastUsed.clear()
    try {
      await this.#db.transaction().execute(async (trx) => {
        for (const [id, at] of uses)
          await trx.updateTable('api_keys').set({ last_used_at: at }).where('id', '=', id).execute()
      })
    } catch (error) {
      for (const [id, at] of uses) if (!this.#lastUsed.has(id)) this.#lastUsed.set(id, at)
      throw error
    }
  }

  get(tenantId: TenantId, id: ApiKeyId): Promise<ApiKeyRow | undefined> {
    return this.#db
      .selectFrom('api_keys')
      .selectAll()
      .where('tenant_id', '=', tenantId)
      .where('id', '=', id)
      .executeTakeFirst()
  }

  /** Every key of the tenant, revoked ones too, newest first, with who made it. */
  async list(tenantId: TenantId): Promise<ListedApiKey[]> {
    const rows = await this.#db
      .selectFrom('api_keys as k')
      .leftJoin('users as u', 'u.id', 'k.created_by_user_id')
      .selectAll('k')
      .select([
        'u.email as created_by_email',
        'u.first_name as created_by_first_name',
        'u.last_name as created_by_last_name',
      ])
      .where('k.tenant_id', '=', tenantId)
      .orderBy('k.created_at', 'desc')
      .orderBy('k.id', 'desc')
      .execute()
    return rows.map((row) => ({ ...row, last_used_at: this.#lastUsed.get(row.id) ?? row.last_used_at }))
  }

  create(actor: Actor, key: NewApiKey): Promise<ApiKeyRow> {
    const at = this.#clock.now()
    const { tenantId } = actor
    return this.#db.transaction().execute(async (trx) => {
      const row = await insertApiKey(trx, tenantId, {
        ...key,
        createdBy: actor.kind === 'person' ? actor.userId : null,
        at,
      })
      const { name, prefix, project_id, expires_at } = row
      const details = { name, prefix, project_id, scopes: [...key.scopes], expires_at }
      await appendAudit(trx, { tenantId, actor, action: 'apikey.created', target: targetOf(row.id), details, at })
      return row
    })
  }

  /** Gives the same row new material; the old secret is dead when this returns. Undefined: no such key, or it is revoked. */
  rotate(actor: Actor, id: ApiKeyId, { hash, prefix }: KeyMaterial): Promise<ApiKeyRow | undefined> {
    const { tenantId } = actor
    return this.#db.transaction().execute(async (trx) => {
      const row = await trx
        .updateTable('api_keys')
        .set({ hash, prefix })
        .where('tenant_id', '=', tenantId)
        .where('id', '=', id)
        .where('revoked_at', 'is', null)
        .returningAll()
        .executeTakeFirst()
      if (!row) return undefined
      const details = { name: row.name, prefix }
      await appendAudit(trx, {
        tenantId,
        actor,
        action: 'apikey.rotated',
        target: targetOf(id),
        details,
        at: this.#clock.now(),
      })
      return row
    })
  }

  /** Revokes for good. A key that is revoked already stays as it is; undefined: no such key. */
  revoke(actor: Actor, id: ApiKeyId): Promise<ApiKeyRow | undefined> {
    const at = this.#clock.now()
    const { tenantId } = actor
    return this.#db.transaction().execute(async (trx) => {
      const row = await trx
        .updateTable('api_keys')
        .set({ revoked_at: at })
        .where('tenant_id', '=', tenantId)
        .where('id', '=', id)
        .where('revoked_at', 'is', null)
        .returningAll()
        .executeTakeFirst()
      if (!row) {
        return trx
          .selectFrom('api_keys')
          .selectAll()
          .where('tenant_id', '=', tenantId)
          .where('id', '=', id)
          .executeTakeFirst()
      }
      const details = { name: row.name, prefix: row.prefix }
      await appendAudit(trx, { tenantId, actor, action: 'apikey.revoked', target: targetOf(id), details, at })
      return row
    })
  }
}

/** A row's scopes as a list; empty is everything. */
export const keyScopes = ({ scopes }: Pick<ApiKeyRow, 'scopes'>): readonly KeyScope[] =>
  scopes === null ? [] : (JSON.parse(scopes) as KeyScope[])

/** The row alone: for transactions that record the whole act themselves. */
export function insertApiKey(
  trx: ControlTrx,
  tenantId: TenantId,
  key: NewApiKey & { createdBy: ApiKeyRow['created_by_user_id']; at: number },
): Promise<ApiKeyRow> {
  return trx
    .insertInto('api_keys')
    .values({
      id: newId<ApiKeyId>(key.at),
      tenant_id: tenantId,
      project_id: key.projectId,
      name: key.name,
      prefix: key.prefix,
      hash: key.hash,
      scopes: key.scopes.length === 0 ? null : JSON.stringify(key.scopes),
      created_by_user_id: key.createdBy,
      created_at: key.at,
      last_used_at: null,
      revoked_at: null,
      expires_at: key.expiresAt,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
}

const targetOf = (id: ApiKeyId) => ({ type: 'apikey', id })
