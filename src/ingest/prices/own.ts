import { RE2JS } from 're2js'
import { ConfigError } from '../../config.ts'
import type { GivenRates } from '../../storage/telemetry/charge.ts'
import { type RateSource, Rates, type TierRule } from './rates.ts'

/** A price that somebody set: an organisation, or the configuration. */
export interface OwnPrice {
  /** A model's name, or a pattern that must match the whole name. */
  model: string
  match: 'exact' | 'regex'
  /** Only calls of this provider; null: of any. */
  provider: string | null
  /** Milliseconds since the epoch. */
  effectiveFrom: number
  rates: GivenRates
  perCall: number
  /** Factors for `batch`, `flex`, `priority`; a tier that has none costs the same. */
  tiers: Readonly<Record<string, number>>
}

/** Longest pattern, and name of a model. */
export const LONGEST_PATTERN = 300

/**
 * A pattern as RE2 knows them: without look-around and back references, and therefore matched in time that only grows with the name,
 * whatever the pattern is. Throws, with what is wrong, when it is not one.
 */
export function compileModelPattern(pattern: string): (model: string) => boolean {
  const compiled = RE2JS.compile(pattern)
  return (model) => compiled.matches(model)
}

export interface CompiledPrice {
  matches(model: string, provider: string | null): boolean
  effectiveFrom: number
  rates: Rates
}

/**
 * Ready to be looked through for the first that fits: exact names before patterns, the later one before the earlier. Throws for a
 * pattern that is none.
 */
export function compilePrices(prices: readonly OwnPrice[], source: string): CompiledPrice[] {
  return [...prices]
    .sort((a, b) => Number(a.match === 'regex') - Number(b.match === 'regex') || b.effectiveFrom - a.effectiveFrom)
    .map((price) => {
      const named =
        price.match === 'exact' ? (model: string) => model === price.model : compileModelPattern(price.model)
      return {
        effectiveFrom: price.effectiveFrom,
        rates: ratesOf(price, source),
        matches: (model, provider) => (price.provider === null || price.provider === provider) && named(model),
      }
    })
}

function ratesOf({ model, provider, rates, perCall, tiers, effectiveFrom }: OwnPrice, source: string): Rates {
  const as_of = new Date(effectiveFrom).toISOString().slice(0, 10)
  const from: RateSource = { source, as_of, provider, model }
  return new Rates({ from, given: rates, perCall, tierRule: (tier) => ownTier(tiers, tier) })
}

const ownTier = (tiers: Readonly<Record<string, number>>, tier: string): TierRule => ({
  factor: (Object.hasOwn(tiers, tier) ? tiers[tier] : undefined) ?? 1,
})

/** A price of the configuration, US dollars per million tokens. `model` is a model's name, or `/regex/` with flags. */
export interface ConfigPrice {
  model: string
  input: number
  output?: number | undefined
  /** Cached tokens cost as much as any other input when these are not given. */
  cache_read?: number | undefined
  cache_write?: number | undefined
}

/** The prices of the configuration, in its order. Its patterns are JavaScript's: whoever writes the file runs the machine. */
export const compileConfig = (prices: readonly ConfigPrice[]): CompiledPrice[] => prices.map(compileConfigPrice)

function compileConfigPrice(price: ConfigPrice, index: number): CompiledPrice {
  const { input, output = 0, cache_read = input, cache_write = input } = price
  for (const one of [input, output, cache_read, cache_write]) {
    if (!Number.isFinite(one) || one < 0) throw new ConfigError(`prices[${index}] must hold prices of 0 or more.`)
  }
  const pattern = configPattern(price.model, index)
  const rates = new Rates({
    from: { source: 'config', as_of: '1970-01-01', provider: null, model: price.model },
    given: { input, output, cache_read, cache_write },
    tierRule: () => ({ factor: 1 }),
  })
  return {
    effectiveFrom: 0,
    rates,
    matches: (model) => (pattern === null ? model === price.model : pattern.test(model)),
  }
}

function configPattern(model: string, index: number): RegExp | null {
  const parts = /^\/(.+)\/([a-z]*)$/s.exec(model)
  if (parts === null) return null
  try {
    // Without g and y, which would make `test` remember where it stopped.
    return new RegExp(parts[1] ?? '', (parts[2] ?? '').replace(/[gy]/g, ''))
  } catch (error) {
    throw new ConfigError(
      `prices[${index}].model is not a usable pattern: ${error instanceof Error ? error.message : model}`,
    )
  }
}
