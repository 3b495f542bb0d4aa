import type { Clock } from '../../clock.ts'
import type { TenantId } from '../../ids.ts'
import type { Plan } from '../../plans.ts'
import type { Actor } from './actor.ts'
import { appendAudit } from './audit.ts'
import type { ControlDb, TenantRow } from './schema.ts'

/** Tenants: the organisations whose data is kept apart. An appliance usually has one. */
export class Tenants {
  readonly #db: ControlDb
  readonly #clock: Clock

  constructor(db: ControlDb, clock: Clock) {
    this.#db = db
    this.#clock = clock
  }

  get(tenantId: TenantId): Promise<TenantRow | undefined> {
    return this.#db.selectFrom('tenants').selectAll().where('id', '=', tenantId).executeTakeFirst()
  }

  /** Seats that are taken: owners and members, suspended ones too; viewers take none. */
  async seats(tenantId: TenantId): Promise<number> {
    const { count } = await this.#db
      .selectFrom('memberships')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where('tenant_id', '=', tenantId)
      .where('role', '!=', 'viewer')
      .executeTakeFirstOrThrow()
    return Number(count)
  }

  /** Oldest first. */
  list(): Promise<TenantRow[]> {
    return this.#db.selectFrom('tenants').selectAll().orderBy('created_at').orderBy('id').execute()
  }

  /** Puts the actor's tenant on another plan; answers false, and records nothing, when it is on it already. */
  setPlan(actor: Actor, plan: Plan): Promise<boolean> {
    return this.#db.transaction().execute(async (trx) => {
      const { numUpdatedRows } = await trx
        .updateTable('tenants')
        .set({ plan })
        .where('id', '=', actor.tenantId)
        .where('plan', '!=', plan)
        .executeTakeFirst()
      if (numUpdatedRows === 0n) return false
      await appendAudit(trx, {
        tenantId: actor.tenantId,
        actor,
        action: 'organization.plan_changed',
        target: { type: 'organization', id: actor.tenantId },
        details: { plan },
        at: this.#clock.now(),
      })
      return true
    })
  }
}
