import type { z } from 'zod'
import { rfc3339 } from '../../clock.ts'
import type { Config } from '../../config.ts'
import { type BundledModel, bundledModels } from '../../ingest/prices/bundled.ts'
import type { ModelPriceRow } from '../../storage/control/schema.ts'
import type { modelPrice } from './contract.ts'

type ModelPrice = z.output<typeof modelPrice>

const NOTHING = { id: null, name: null, effective_from: null, per_call: 0, per_search: 0, tiers: {}, note: null }

/** A price of the organisation. */
export const presentOwn = (row: ModelPriceRow): ModelPrice => ({
  ...NOTHING,
  id: row.id,
  source: 'override',
  origin: 'organisation',
  as_of: rfc3339(row.updated_at).slice(0, 10),
  provider: row.provider || null,
  model: row.model,
  match: row.match,
  effective_from: rfc3339(row.effective_from),
  per_million: JSON.parse(row.rates) as ModelPrice['per_million'],
  per_call: row.per_call,
  tiers: JSON.parse(row.tiers) as ModelPrice['tiers'],
  note: row.note,
})

/** The prices of the configuration, in their order. */
export const presentConfig = (prices: Config['prices']): ModelPrice[] =>
  prices.map(({ model, ...rates }) => {
    const per_million = Object.fromEntries(Object.entries(rates).filter(([, rate]) => rate !== undefined))
    const match = /^\/.+\/[a-z]*$/s.test(model) ? 'regex' : 'exact'
    return {
      ...NOTHING,
      source: 'config',
      origin: 'configuration',
      as_of: null,
      provider: null,
      model,
      match,
      per_million,
    }
  })

const HOUR_MS = 3_600_000

/** The table at a time, by provider and model. Made once an hour, because it takes some 30 ms. */
export class PriceTable {
  #hour: number | null = null
  #prices: ModelPrice[] = []

  at(now: number): readonly ModelPrice[] {
    const hour = Math.floor(now / HOUR_MS)
    if (hour !== this.#hour) {
      this.#prices = [...bundledModels(hour * HOUR_MS)].map(presentBundled)
      this.#hour = hour
    }
    return this.#prices
  }
}

function presentBundled({ provider, model, name, rates }: BundledModel): ModelPrice {
  const { source, as_of, per_million, per_call = 0, per_search = 0 } = rates.stated
  return {
    ...NOTHING,
    source: 'table',
    origin: source,
    as_of,
    provider,
    model,
    match: 'exact',
    name,
    per_million,
    per_call,
    per_search,
  }
}
