import type { TenantId } from '../../ids.ts'
import type { Log } from '../../log.ts'
import type { ControlStore } from '../../storage/control/open.ts'
import type { ModelPriceRow } from '../../storage/control/schema.ts'
import type { GivenRates } from '../../storage/telemetry/charge.ts'
import type { OwnPrice } from './own.ts'
import type { Pricer } from './pricer.ts'

interface Services {
  control: ControlStore
  pricer: Pricer
  log: Log
}

/** Keeps the pricer at the prices that organisations have set. */
export class OwnPrices {
  readonly #services: Services

  private constructor(services: Services) {
    this.#services = services
  }

  /** Reads all of them. What this version cannot use is logged and left out, for ingest must start. */
  static async open(services: Services): Promise<OwnPrices> {
    const prices = new OwnPrices(services)
    for (const tenantId of await services.control.modelPrices.tenants()) {
      try {
        await prices.refresh(tenantId)
      } catch (error) {
        services.log.error({ err: error, tenantId }, 'the prices of an organisation cannot be used')
      }
    }
    return prices
  }

  /** After a change: holds for every trace from now on. */
  async refresh(tenantId: TenantId): Promise<void> {
    const rows = await this.#services.control.modelPrices.list(tenantId)
    this.#services.pricer.setOwn(tenantId, rows.map(ownPrice))
  }
}

const ownPrice = (row: ModelPriceRow): OwnPrice => ({
  model: row.model,
  match: row.match,
  provider: row.provider || null,
  effectiveFrom: row.effective_from,
  rates: JSON.parse(row.rates) as GivenRates,
  perCall: row.per_call,
  tiers: JSON.parse(row.tiers) as Record<string, number>,
})
