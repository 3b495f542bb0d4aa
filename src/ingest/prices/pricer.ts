import type { TenantId } from '../../ids.ts'
import type { Usage } from '../../storage/telemetry/record.ts'
import { bundledRates, type RatesAt } from './bundled.ts'
import { type CompiledPrice, type ConfigPrice, compileConfig, compilePrices, type OwnPrice } from './own.ts'

/** What a model call costs, and why. */
export interface Priced {
  dollars: number
  /** The rates it was worked out with, as JSON; one text for all calls with the same rates. */
  price: string
}

/** Models are few; a sender that makes names up must not fill the memory. */
const MAX_KNOWN = 2000
const MAX_NAME = 300

/**
 * Prices model calls: an organisation's own prices first, then those of the configuration, then the table that is bundled, with our
 * supplement to it. A model is looked up once and remembered, because the table takes 12 to 36 µs a call and this well under 1.
 */
export class Pricer {
  readonly #config: readonly CompiledPrice[]
  readonly #common: Lookup
  readonly #tenants = new Map<TenantId, Lookup>()

  /** Throws `ConfigError` for a price of the configuration that cannot be used. */
  constructor(config: readonly ConfigPrice[]) {
    this.#config = compileConfig(config)
    this.#common = new Lookup(this.#config)
  }

  /** An organisation's own prices, from now on. Throws when one of them cannot be used; then nothing changes. */
  setOwn(tenantId: TenantId, prices: readonly OwnPrice[]): void {
    const own = compilePrices(prices, 'override')
    if (own.length === 0) this.#tenants.delete(tenantId)
    else this.#tenants.set(tenantId, new Lookup([...own, ...this.#config]))
  }

  /**
   * What one model call costs that came in at `atMs` (milliseconds since the epoch), or null: no price known for the model or for how
   * it was served, or no tokens.
   */
  price(tenantId: TenantId, model: string | null, provider: string | null, usage: Usage, atMs: number): Priced | null {
    if (model === null || (usage.input === null && usage.output === null)) return null
    if (model.length > MAX_NAME || (provider?.length ?? 0) > MAX_NAME) return null
    const lookup = this.#tenants.get(tenantId) ?? this.#common
    const { more } = usage
    const standard = lookup.find(model, provider)?.(atMs)
    const rates = more === null ? standard : standard?.servedAs(more.tier, more.region)
    return rates ? { dollars: rates.cost(usage), price: rates.text } : null
  }
}

/** The rates of models, remembered. */
class Lookup {
  readonly #own: readonly CompiledPrice[]
  readonly #known = new Map<string, RatesAt | null>()

  constructor(own: readonly CompiledPrice[]) {
    this.#own = own
  }

  find(model: string, provider: string | null): RatesAt | null {
    const key = `${provider ?? ''}\n${model}`
    const before = this.#known.get(key)
    if (before !== undefined) return before
    const found = this.#search(model, provider)
    if (this.#known.size >= MAX_KNOWN) for (const oldest of this.#known.keys()) if (this.#known.delete(oldest)) break
    this.#known.set(key, found)
    return found
  }

  #search(model: string, provider: string | null): RatesAt | null {
    const own = this.#own.filter((price) => price.matches(model, provider))
    const table = own.some(({ effectiveFrom }) => effectiveFrom <= 0) ? null : bundledRates(model, provider)
    if (own.length === 0) return table
    return (atMs) => own.find(({ effectiveFrom }) => effectiveFrom <= atMs)?.rates ?? table?.(atMs)
  }
}
