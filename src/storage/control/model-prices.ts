import type { Clock } from '../../clock.ts'
import { AppError } from '../../errors.ts'
import { type ModelPriceId, newId, type TenantId } from '../../ids.ts'
import type { Actor } from './actor.ts'
import { appendAudit } from './audit.ts'
import type { ControlDb, ControlTrx, ModelPriceRow } from './schema.ts'

export type NewModelPrice = Omit<ModelPriceRow, 'id' | 'tenant_id' | 'created_at' | 'updated_at'>

/** All of an organisation's prices are held in memory. */
export const MOST_PRICES = 2_000

/** Prices that an organisation sets itself. The same model, match, provider and beginning is the same price. */
export class ModelPrices {
  readonly #db: ControlDb
  readonly #clock: Clock

  constructor(db: ControlDb, clock: Clock) {
    this.#db = db
    this.#clock = clock
  }

  /** By model, the latest first. */
  list(tenantId: TenantId): Promise<ModelPriceRow[]> {
    return this.#db
      .selectFrom('model_prices')
      .selectAll()
      .where('tenant_id', '=', tenantId)
      .orderBy('model')
      .orderBy('effective_from', 'desc')
      .orderBy('id')
      .execute()
  }

  /** The organisations that have prices of their own. */
  async tenants(): Promise<TenantId[]> {
    const rows = await this.#db.selectFrom('model_prices').select('tenant_id').distinct().execute()
    return rows.map(({ tenant_id }) => tenant_id)
  }

  /** Sets one price. Throws `out_of_range` when there are too many. */
  set(actor: Actor, price: NewModelPrice): Promise<ModelPriceRow> {
    return this.#db.transaction().execute(async (trx) => {
      const row = await this.#upsert(trx, actor.tenantId, price)
      await refuseTooMany(trx, actor.tenantId)
      await this.#record(trx, actor, 'model_price.set', row)
      return row
    })
  }

  /** Sets all of them, or none. */
  import(actor: Actor, prices: readonly NewModelPrice[]): Promise<void> {
    const { tenantId } = actor
    return this.#db.transaction().execute(async (trx) => {
      for (const price of prices) await this.#upsert(trx, tenantId, price)
      await refuseTooMany(trx, tenantId)
      const target = { type: 'organization', id: tenantId }
      const details = { prices: prices.length }
      const at = this.#clock.now()
      await appendAudit(trx, { tenantId, actor, action: 'model_prices.imported', target, details, at })
    })
  }

  /** False: there is no such price. */
  remove(actor: Actor, id: ModelPriceId): Promise<boolean> {
    return this.#db.transaction().execute(async (trx) => {
      const row = await trx
        .deleteFrom('model_prices')
        .where('tenant_id', '=', actor.tenantId)
        .where('id', '=', id)
        .returningAll()
        .executeTakeFirst()
      if (!row) return false
      await this.#record(trx, actor, 'model_price.removed', row)
      return true
    })
  }

  #upsert(trx: ControlTrx, tenantId: TenantId, price: NewModelPrice): Promise<ModelPriceRow> {
    const at = this.#clock.now()
    const { rates, per_call, tiers, note } = price
    return trx
      .insertInto('model_prices')
      .values({ ...price, id: newId<ModelPriceId>(at), tenant_id: tenantId, created_at: at, updated_at: at })
      .onConflict((conflict) =>
        conflict
          .columns(['tenant_id', 'model', 'match', 'provider', 'effective_from'])
          .doUpdateSet({ rates, per_call, tiers, note, updated_at: at }),
      )
      .returningAll()
      .executeTakeFirstOrThrow()
  }

  #record(trx: ControlTrx, actor: Actor, action: string, row: ModelPriceRow): Promise<void> {
    const { model, match, provider, rates, effective_from } = row
    const details = { model, match, provider, rates: JSON.parse(rates) as unknown, effective_from }
    const target = { type: 'model_price', id: row.id }
    return appendAudit(trx, { tenantId: actor.tenantId, actor, action, target, details, at: this.#clock.now() })
  }
}

async function refuseTooMany(trx: ControlTrx, tenantId: TenantId): Promise<void> {
  const { count } = await trx
    .selectFrom('model_prices')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('tenant_id', '=', tenantId)
    .executeTakeFirstOrThrow()
  if (count <= MOST_PRICES) return
  throw new AppError('out_of_range', `An organisation may set ${MOST_PRICES} prices; these would be ${count}.`)
}
