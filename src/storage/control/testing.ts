import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Clock } from '../../clock.ts'
import { type ApiKeyId, newId, type TenantId, type UserId } from '../../ids.ts'
import { silentLog } from '../../log.ts'
import type { Plan } from '../../plans.ts'
import type { KeyScope, Role } from './actor.ts'
import { insertApiKey, type KeyMaterial } from './api-keys.ts'
import { type ControlStore, openControl } from './open.ts'
import { insertProject } from './project-rows.ts'
import type { ProjectRow, UserRow } from './schema.ts'

/** Time that passes only when a test says so; what waits for it is then called, in order. */
export class FakeClock implements Clock {
  #now = Date.parse('2026-03-01T12:00:00.000Z')
  readonly #waiting = new Map<() => void, number>()

  now(): number {
    return this.#now
  }

  after(ms: number, callback: () => void): () => void {
    const ring = () => callback()
    this.#waiting.set(ring, this.#now + ms)
    return () => void this.#waiting.delete(ring)
  }

  advance(ms: number): void {
    const end = this.#now + ms
    for (;;) {
      const [next] = [...this.#waiting].filter(([, at]) => at <= end).sort(([, a], [, b]) => a - b)
      if (!next) break
      this.#now = next[1]
      this.#waiting.delete(next[0])
      next[0]()
    }
    this.#now = end
  }
}

/** A real `control.db` in a directory of its own, and ways to fill it that leave no audit entry. */
export class TestControl {
  readonly clock: FakeClock
  readonly store: ControlStore
  readonly dir: string | null

  /** Without a store it opens one of its own, which it also closes. */
  constructor(given?: { store: ControlStore; clock: FakeClock }) {
    this.clock = given?.clock ?? new FakeClock()
    this.dir = given ? null : mkdtempSync(path.join(tmpdir(), 'trulayer-control-'))
    this.store = given?.store ?? openControl({ dir: this.dir ?? '', log: silentLog(), clock: this.clock })
  }

  async addTenant(name: string, plan: Plan = 'enterprise'): Promise<TenantId> {
    const id = newId<TenantId>(this.clock.now())
    const row = {
      id,
      name,
      slug: `${name.toLowerCase()}-${id}`,
      plan,
      created_at: this.clock.now(),
    }
    await this.store.db.insertInto('tenants').values(row).execute()
    return id
  }

  /** Somebody with a role in a tenant, who signs in with the password that was hashed. */
  async addPerson(tenantId: TenantId, email: string, role: Role, passwordHash: string): Promise<UserRow> {
    const at = this.clock.now()
    const user = {
      ...{ id: newId<UserId>(at), email, password_hash: passwordHash, created_at: at },
      ...{ first_name: null, last_name: null },
    }
    const membership = { tenant_id: tenantId, user_id: user.id, role, status: 'active' as const, created_at: at }
    await this.store.db.insertInto('users').values(user).execute()
    await this.store.db.insertInto('memberships').values(membership).execute()
    return user
  }

  async addKey(
    tenantId: TenantId,
    material: KeyMaterial,
    {
      project,
      scopes = [],
      expiresAt = null,
    }: { project?: ProjectRow; scopes?: KeyScope[]; expiresAt?: number | null } = {},
  ): Promise<ApiKeyId> {
    const fields = {
      name: 'a key',
      projectId: project?.id ?? null,
      scopes,
      expiresAt,
      createdBy: null,
      at: this.clock.now(),
    }
    const row = await this.store.transaction((trx) => insertApiKey(trx, tenantId, { ...material, ...fields }))
    return row.id
  }

  addProject(tenantId: TenantId, name: string): Promise<ProjectRow> {
    return this.store.transaction((trx) =>
      insertProject(trx, tenantId, { name, description: null, at: this.clock.now() }),
    )
  }

  /** The actions in a tenant's audit chain, oldest first. */
  async actions(tenantId: TenantId): Promise<string[]> {
    const entries = await this.store.auditLog.list(tenantId, { limit: 100 })
    return entries.map((entry) => entry.action).reverse()
  }

  async close(): Promise<void> {
    if (this.dir === null) return
    await this.store.close()
    rmSync(this.dir, { recursive: true })
  }
}
