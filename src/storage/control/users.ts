import type { TenantId, UserId } from '../../ids.ts'
import type { Plan } from '../../plans.ts'
import type { Role } from './actor.ts'
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

  constructor(db: ControlDb) {
    this.#db = db
  }

  get(userId: UserId): Promise<UserRow | undefined> {
    return this.#db.selectFrom('users').selectAll().where('id', '=', userId).executeTakeFirst()
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
