import { calcPrice, type ModelInfo, type ModelPrice, type Provider } from '@pydantic/genai-prices'
import { ConfigError } from '../config.ts'
import type { Usage } from '../storage/telemetry/record.ts'
import { lookups } from './price-lookup.ts'

/** A price of one's own, US dollars per million tokens. `model` is a model's name, or `/regex/` with flags. */
export interface PriceOverride {
  model: string
  input: number
  output?: number | undefined
  /** Cached tokens cost as much as any other input when these are not given. */
  cache_read?: number | undefined
  cache_write?: number | undefined
}

export interface Pricer {
  /** Dollars of one model call at that time (milliseconds since the epoch), or null: no price known, or no tokens. */
  cost(model: string | null, provider: string | null, usage: Usage, atMs: number): number | null
}

/** Models are few; a sender that makes names up must not fill the memory. */
const MAX_KNOWN = 2000
const MAX_NAME = 300

/**
 * Prices model calls: the configuration's own prices first, in their order, then the table bundled with `@pydantic/genai-prices`
 * (which is never fetched: only `updatePrices` would, and nobody calls it). A model is looked up once and remembered, because
 * `calcPrice` takes 12 to 36 µs a call and this well under 1. Throws `ConfigError` for an override that cannot be used.
 */
export function createPricer(overrides: PriceOverride[]): Pricer {
  const own = overrides.map(compileOverride)
  const known = new Map<string, RatesAt | null>()

  function find(model: string, provider: string | null): RatesAt | null {
    const key = `${provider ?? ''}\n${model}`
    const before = known.get(key)
    if (before !== undefined) return before
    const found = own.find((one) => one.matches(model))?.rates ?? bundled(model, provider)
    if (known.size >= MAX_KNOWN) for (const oldest of known.keys()) if (known.delete(oldest)) break
    known.set(key, found)
    return found
  }

  return {
    cost(model, provider, usage, atMs) {
      if (model === null || (usage.input === null && usage.output === null)) return null
      if (model.length > MAX_NAME || (provider?.length ?? 0) > MAX_NAME) return null
      const rates = find(model, provider)?.(atMs)
      return rates === undefined ? null : dollars(usage, rates)
    },
  }
}

/** What a million tokens cost, or for a tiered price, by the size of the whole input. */
type Price = number | { base: number; tiers: { start: number; price: number }[] }
interface Rates {
  input: Price
  output: Price
  cacheRead: Price
  cacheWrite: Price
  inputAudio: Price
  outputAudio: Price
  reasoning: Price
  /** Dollars of each call, whatever its size. */
  call: number
}
type RatesAt = (atMs: number) => Rates | undefined

/** Each token is charged once: parts are taken from their whole, and never more of them than the whole has. */
function dollars(usage: Usage, rates: Rates): number {
  const input = usage.input ?? 0
  const output = usage.output ?? 0
  const cacheRead = Math.min(usage.cacheRead ?? 0, input)
  const cacheWrite = Math.min(usage.cacheWrite ?? 0, input - cacheRead)
  const inputAudio = Math.min(usage.inputAudio ?? 0, input - cacheRead - cacheWrite)
  const outputAudio = Math.min(usage.outputAudio ?? 0, output)
  const reasoning = Math.min(usage.reasoning ?? 0, output - outputAudio)
  const each = (tokens: number, price: Price) => (tokens === 0 ? 0 : tokens * perMillion(price, input))
  const sum =
    each(input - cacheRead - cacheWrite - inputAudio, rates.input) +
    each(cacheRead, rates.cacheRead) +
    each(cacheWrite, rates.cacheWrite) +
    each(inputAudio, rates.inputAudio) +
    each(output - outputAudio - reasoning, rates.output) +
    each(outputAudio, rates.outputAudio) +
    each(reasoning, rates.reasoning)
  return sum / 1e6 + rates.call
}

function perMillion(price: Price, input: number): number {
  if (typeof price === 'number') return price
  let found = price.base
  for (const tier of price.tiers) if (input > tier.start) found = tier.price
  return found
}

function bundled(model: string, provider: string | null): RatesAt | null {
  for (const { modelId, providerId } of lookups(model, provider)) {
    const found = calcPrice({ input_tokens: 0 }, modelId, providerId === null ? {} : { providerId })
    if (found !== null) return ratesAt(found.model, found.provider)
  }
  return null
}

/** Some prices change with the date or the time of day, none within a minute; spans of one minute come together. */
function ratesAt(model: ModelInfo, provider: Provider): RatesAt {
  if (!Array.isArray(model.prices)) {
    const rates = ratesOf(model.prices)
    return () => rates
  }
  const only: Provider = {
    id: provider.id,
    name: provider.name,
    api_pattern: '',
    models: [{ ...model, match: { equals: model.id } }],
  }
  let minute: number | null = null
  let rates: Rates | undefined
  return (atMs) => {
    const now = Math.floor(atMs / 60_000)
    if (now === minute) return rates
    const found = calcPrice({ input_tokens: 0 }, model.id, { provider: only, timestamp: new Date(now * 60_000) })
    minute = now
    rates = found === null ? undefined : ratesOf(found.model_price)
    return rates
  }
}

/** Undefined when tokens of this model have no price (some are charged by the hour or the page), which is not the same as free. */
function ratesOf(prices: ModelPrice): Rates | undefined {
  const { input_mtok, output_mtok } = prices
  if (input_mtok === undefined && output_mtok === undefined) return undefined
  const input = input_mtok ?? 0
  const output = output_mtok ?? 0
  const perThousandCalls = prices.requests_kcount
  return {
    input,
    output,
    cacheRead: prices.cache_read_mtok ?? input,
    cacheWrite: prices.cache_write_mtok ?? input,
    inputAudio: prices.input_audio_mtok ?? input,
    outputAudio: prices.output_audio_mtok ?? output,
    reasoning: prices.output_reasoning_mtok ?? output,
    call: typeof perThousandCalls === 'number' ? perThousandCalls / 1000 : 0,
  }
}

interface CompiledOverride {
  matches(model: string): boolean
  rates: RatesAt
}

function compileOverride(override: PriceOverride, index: number): CompiledOverride {
  const { input, output = 0, cache_read = input, cache_write = input } = override
  for (const price of [input, output, cache_read, cache_write]) {
    if (!Number.isFinite(price) || price < 0) throw new ConfigError(`prices[${index}] must hold prices of 0 or more.`)
  }
  const prices = { input_mtok: input, output_mtok: output, cache_read_mtok: cache_read, cache_write_mtok: cache_write }
  const rates = ratesOf(prices)
  const pattern = compilePattern(override.model, index)
  return { matches: (model) => (pattern === null ? model === override.model : pattern.test(model)), rates: () => rates }
}

function compilePattern(model: string, index: number): RegExp | null {
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
