import { type AllRates, allRates, charge, type GivenRates, type Rate } from '../../storage/telemetry/charge.ts'
import type { Usage } from '../../storage/telemetry/record.ts'

/** Where rates come from, as it is kept with what they priced. */
export interface RateSource {
  /** `override`, `config`, `supplement` or the bundled table's name and version. */
  source: string
  /** Date from which the source vouches for them, `YYYY-MM-DD`. */
  as_of: string | null
  provider: string | null
  model: string
}

/** What a tier does to rates: a factor for all of them; cached input may have a factor of its own, or be charged as any other input. */
export interface TierRule {
  factor: number
  /** Dollars of each call, where they are others too. */
  perCall?: number
  cached?: number | 'as_input'
}

export interface RatesOptions {
  from: RateSource
  given: GivenRates
  /** Dollars of each call, whatever its size. */
  perCall?: number
  /** Dollars of each search of the web. */
  perSearch?: number
  /** The rule of a tier; null when what it costs is not known. */
  tierRule(tier: string): TierRule | null
}

/** Factor of Anthropic's calls that must run in the United States (https://platform.claude.com/docs/en/about-claude/pricing). */
const US_FACTOR = 1.1

/**
 * The rates of a model at one time. A tier is how the provider served a call (batch, flex, priority), which makes the rates others.
 */
export class Rates {
  readonly #options: RatesOptions
  readonly #rates: AllRates
  readonly #tiers = new Map<string, Rates | null>()
  /** The rates as their source states them. */
  readonly stated: RateSource & { per_million: GivenRates; per_call?: number; per_search?: number }
  /** How they are kept with a span: JSON, the same text for the same rates. */
  readonly text: string

  constructor(options: RatesOptions, served: { tier?: string; region?: string } = {}) {
    this.#options = options
    this.#rates = allRates(options.given)
    const { perCall = 0, perSearch = 0 } = options
    this.stated = {
      ...options.from,
      ...served,
      per_million: options.given,
      ...(perCall > 0 ? { per_call: perCall } : {}),
      ...(perSearch > 0 ? { per_search: perSearch } : {}),
    }
    this.text = JSON.stringify(this.stated)
  }

  /** The rates of a call that was served this way; null when they are not known. */
  servedAs(tier: string | null, region: string | null): Rates | null {
    if (tier === null && region === null) return this
    const key = `${tier ?? ''} ${region ?? ''}`
    const before = this.#tiers.get(key)
    if (before !== undefined) return before
    const made = this.#made(tier, region)
    // A sender that makes tiers up must not fill the memory.
    if (this.#tiers.size < MOST_TIERS) this.#tiers.set(key, made)
    return made
  }

  #made(tier: string | null, region: string | null): Rates | null {
    const rule = tier === null ? { factor: 1 } : this.#options.tierRule(tier)
    if (rule === null) return null
    const factor = region === 'us' ? rule.factor * US_FACTOR : rule.factor
    const served = { ...(tier === null ? {} : { tier }), ...(region === null ? {} : { region }) }
    const perCall = rule.perCall === undefined ? {} : { perCall: rule.perCall }
    return new Rates({ ...this.#options, ...perCall, given: scaled(this.#options.given, { ...rule, factor }) }, served)
  }

  /** Dollars. */
  cost(usage: Usage): number {
    let sum = 0
    charge(usage, this.#rates, (_, tokens, perMillion) => {
      sum += tokens * perMillion
    })
    const { perCall = 0, perSearch = 0 } = this.#options
    return sum / 1e6 + perCall + perSearch * (usage.more?.webSearches ?? 0)
  }
}

const MOST_TIERS = 20

const CACHED = new Set(['cache_read', 'cache_read_audio', 'cache_read_image'])

function scaled(given: GivenRates, { factor, cached = factor }: TierRule): GivenRates {
  const entries = Object.entries(given).flatMap(([name, rate]): [string, Rate][] => {
    if (rate === undefined) return []
    if (!CACHED.has(name)) return [[name, scale(rate, factor)]]
    // Left out, it costs what the input costs.
    return cached === 'as_input' ? [] : [[name, scale(rate, cached)]]
  })
  return Object.fromEntries(entries) as GivenRates
}

/** The price that a rate is multiplied to, without the noise that binary fractions add (0.4 × 1.75 is 0.7). */
const scale = (rate: Rate, factor: number): Rate =>
  typeof rate === 'number'
    ? neat(rate * factor)
    : {
        base: neat(rate.base * factor),
        tiers: rate.tiers.map(({ start, price }) => ({ start, price: neat(price * factor) })),
      }

const neat = (price: number): number => Number(price.toPrecision(12))
