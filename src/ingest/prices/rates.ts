import type { Usage } from '../../storage/telemetry/record.ts'

/**
 * rate    US dollars for a million tokens of one sort; tiered where it depends on how much input the whole call has
 * rates   all rates of a model, with where they come from
 * tier    how the provider served the call (batch, flex, priority), which makes the rates others
 */
export type Rate = number | { base: number; tiers: { start: number; price: number }[] }

/** The rates that a source gives. What is missing costs what it is a part of: cached audio as cached text, images as text. */
export interface GivenRates {
  input?: Rate | undefined
  output?: Rate | undefined
  cache_read?: Rate | undefined
  cache_write?: Rate | undefined
  cache_write_1h?: Rate | undefined
  input_audio?: Rate | undefined
  output_audio?: Rate | undefined
  cache_read_audio?: Rate | undefined
  input_image?: Rate | undefined
  output_image?: Rate | undefined
  cache_read_image?: Rate | undefined
  reasoning?: Rate | undefined
}

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

type Whole = { [K in keyof GivenRates]-?: Rate }

/** Factor of Anthropic's calls that must run in the United States (https://platform.claude.com/docs/en/about-claude/pricing). */
const US_FACTOR = 1.1

/** The rates of a model at one time. */
export class Rates {
  readonly #options: RatesOptions
  readonly #rates: Whole
  readonly #tiers = new Map<string, Rates | null>()
  /** The rates as their source states them. */
  readonly stated: RateSource & { per_million: GivenRates; per_call?: number; per_search?: number }
  /** How they are kept with a span: JSON, the same text for the same rates. */
  readonly text: string

  constructor(options: RatesOptions, served: { tier?: string; region?: string } = {}) {
    this.#options = options
    this.#rates = wholeOf(options.given)
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
    return new Rates({ ...this.#options, given: scaled(this.#options.given, { ...rule, factor }) }, served)
  }

  /** Dollars. Each token is charged once: parts are taken from their whole, and never more of them than the whole has. */
  cost(usage: Usage): number {
    const rates = this.#rates
    const { more } = usage
    const input = usage.input ?? 0
    const output = usage.output ?? 0
    const read = Math.min(usage.cacheRead ?? 0, input)
    const write = Math.min(usage.cacheWrite ?? 0, input - read)
    const write1h = Math.min(more?.cacheWrite1h ?? 0, write)
    const readAudio = Math.min(more?.cacheReadAudio ?? 0, read)
    const readImage = Math.min(more?.cacheReadImage ?? 0, read - readAudio)
    const plain = input - read - write
    const inputAudio = Math.min(Math.max((usage.inputAudio ?? 0) - readAudio, 0), plain)
    const inputImage = Math.min(Math.max((more?.inputImage ?? 0) - readImage, 0), plain - inputAudio)
    const outputAudio = Math.min(usage.outputAudio ?? 0, output)
    const outputImage = Math.min(more?.outputImage ?? 0, output - outputAudio)
    const reasoning = Math.min(usage.reasoning ?? 0, output - outputAudio - outputImage)
    const sum =
      times(plain - inputAudio - inputImage, rates.input, input) +
      times(read - readAudio - readImage, rates.cache_read, input) +
      times(readAudio, rates.cache_read_audio, input) +
      times(readImage, rates.cache_read_image, input) +
      times(write - write1h, rates.cache_write, input) +
      times(write1h, rates.cache_write_1h, input) +
      times(inputAudio, rates.input_audio, input) +
      times(inputImage, rates.input_image, input) +
      times(output - outputAudio - outputImage - reasoning, rates.output, input) +
      times(outputAudio, rates.output_audio, input) +
      times(outputImage, rates.output_image, input) +
      times(reasoning, rates.reasoning, input)
    const { perCall = 0, perSearch = 0 } = this.#options
    return sum / 1e6 + perCall + perSearch * (more?.webSearches ?? 0)
  }
}

const MOST_TIERS = 20

function times(tokens: number, rate: Rate, input: number): number {
  if (tokens === 0) return 0
  if (typeof rate === 'number') return tokens * rate
  let found = rate.base
  for (const tier of rate.tiers) if (input > tier.start) found = tier.price
  return tokens * found
}

function wholeOf(given: GivenRates): Whole {
  const { input = 0, output = 0 } = given
  const { cache_read = input, cache_write = input } = given
  return {
    input,
    output,
    cache_read,
    cache_write,
    cache_write_1h: given.cache_write_1h ?? cache_write,
    input_audio: given.input_audio ?? input,
    output_audio: given.output_audio ?? output,
    cache_read_audio: given.cache_read_audio ?? cache_read,
    input_image: given.input_image ?? input,
    output_image: given.output_image ?? output,
    cache_read_image: given.cache_read_image ?? cache_read,
    reasoning: given.reasoning ?? output,
  }
}

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
