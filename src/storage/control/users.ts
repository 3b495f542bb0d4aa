import type { Clock } from '../../clock.ts'
import type { TenantId, UserId } from '../../ids.ts'
import type { Plan } from '../../plans.ts'
import type { Role } from './actor.ts'
import { appendAudit } from './audit.ts'
import type { ControlDb, UserRow } from './schema.ts'

/** A user with the organisation that a log-in opens. */
export interface Login {
  user: UserRow
  tenantId: TenantId
  plan: Plan
  role: Role
  status: 'active' | 'suspended'
}

/** Users: people, each known by one e-mail address, in any case. */
export class Users {
  readonly #db: ControlDb
  readonly #clock: Clock

  constructor(db: ControlDb, clock: Clock) {
    this.#db = db
    this.#clock = clock
  }

  get(userId: UserId): Promise<UserRow | undefined> {
    return this.#db.selectFrom('users').selectAll().where('id', '=', userId).executeTakeFirst()
  }

  byEmail(email: string): Promise<UserRow | undefined> {
    return this.#db.selectFrom('users').selectAll().where('email', '=', email.trim()).executeTakeFirst()
  }

  /**
   * Gives a user another password and ends their sessions; every organisation that they are in has it in its audit log. Answers how many sessions
   * that ended. `job` is who does it.
   */
  setPassword(userId: UserId, hash: string, job: string): Promise<number> {
    const at = this.#clock.now()
    return this.#db.transaction().execute(async (trx) => {
      await trx.updateTable('users').set({ password_hash: hash }).where('id', '=', userId).execute()
      const { numUpdatedRows } = await trx
        .updateTable('sessions')
        .set({ revoked_at: at })
        .where('user_id', '=', userId)
        .where('revoked_at', 'is', null)
        .where('expires_at', '>', at)
        .executeTakeFirstOrThrow()
      const memberships = await trx
        .selectFrom('memberships')
        .select('tenant_id')
        .where('user_id', '=', userId)
        .execute()
      const sessions = Number(numUpdatedRows)
      for (const { tenant_id: tenantId } of memberships) {
        const target = { type: 'user', id: userId }
        const actor = { kind: 'job', name: job } as const
        await appendAudit(trx, { tenantId, actor, action: 'user.password_reset', target, details: { sessions }, at })
      }
      return sessions
    })
  }

  /** Who would log in with this e-mail address: an active membership before a suspended one, then the oldest. */
  async forLogin(email: string): Promise<Login | undefined> {
    const row = await this.#db
      .selectFrom('users as u')
      .innerJoin('memberships as m', 'm.user_id', 'u.id')
      .innerJoin('tenants as t', 't.id', 'm.tenant_id')
      .selectAll('u')
      .select(['m.tenant_id', 'm.role', 'm.status', 't.plan'])
      .where('u.email', '=', email.trim())
      .orderBy('m.status')
      .orderBy('m.created_at')
      .limit(1)
      .executeTakeFirst()
    if (!row) return undefined
    const { tenant_id, role, status, plan, ...user } = row
    return { user, tenantId: tenant_id, role, status, plan }
  }

  /** Has anybody set this appliance up? */
  async anyOwner(): Promise<boolean> {
    const owner = await this.#db
      .selectFrom('memberships')
      .select('user_id')
      .where('role', '=', 'owner')
      .executeTakeFirst()
    return owner !== undefined
  }
}
