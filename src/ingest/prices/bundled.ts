import { calcPrice, findProvider, type ModelInfo, type ModelPrice, type Provider } from '@pydantic/genai-prices'
import type { GivenRates, Rate } from '../../storage/telemetry/charge.ts'
import { lookups } from './lookup.ts'
import { Rates } from './rates.ts'
import { CLAUDE_HOUR_FACTOR, correction, isCorrected, tierRule } from './supplement.ts'

/** The table that ships with the appliance; a test holds the version against the package. It is never fetched. */
export const BUNDLED = { source: 'genai-prices 0.1.8', as_of: '2026-09-23' } as const

/** The providers of the table, which it does not list itself. A test holds that each is there. */
export const PROVIDERS = [
  ...['anthropic', 'arcee', 'avian', 'aws', 'azure', 'baseten', 'cerebras', 'cloudflare', 'cohere', 'cursor'],
  ...['deepseek', 'doubleword', 'fireworks', 'github-copilot', 'google', 'groq', 'minimax', 'mistral', 'modal'],
  ...['moonshotai', 'novita', 'openai', 'openrouter', 'ovhcloud', 'perplexity', 'quicksilverpro', 'together'],
  ...['typesafe', 'voyageai', 'x-ai', 'zai', 'zhipuai'],
] as const

export type RatesAt = (atMs: number) => Rates | undefined

/** The rates of a model as time goes on; null when the table does not know it. */
export function bundledRates(model: string, provider: string | null): RatesAt | null {
  for (const { modelId, providerId } of lookups(model, provider)) {
    const found = calcPrice({ input_tokens: 0 }, modelId, providerId === null ? {} : { providerId })
    if (found !== null) return ratesAt(found.model, found.provider, modelId)
  }
  return null
}

export interface BundledModel {
  provider: string
  model: string
  name: string | null
  rates: Rates
}

/** Every model of the table that is charged by tokens, at its rates of a time, by provider and name. */
export function* bundledModels(atMs: number): Generator<BundledModel> {
  for (const providerId of PROVIDERS) {
    const provider = findProvider({ providerId })
    for (const model of provider?.models ?? []) {
      const rates = provider && ratesAt(model, provider, model.id)(atMs)
      if (rates) yield { provider: providerId, model: model.id, name: model.name ?? null, rates }
    }
  }
}

/** Some prices change with the date or the time of day, none within a minute; spans of one minute come together. */
function ratesAt(model: ModelInfo, provider: Provider, asked: string): RatesAt {
  const names = [asked, model.id]
  if (!Array.isArray(model.prices) && !isCorrected(provider.id, names)) {
    const rates = ratesOf(model.prices, provider.id, model.id)
    return () => rates
  }
  let minute: number | null = null
  let rates: Rates | undefined
  return (atMs) => {
    const now = Math.floor(atMs / 60_000)
    if (now === minute) return rates
    minute = now
    rates = at(model, provider, names, now * 60_000)
    return rates
  }
}

function at(model: ModelInfo, provider: Provider, names: readonly string[], atMs: number): Rates | undefined {
  const corrected = correction(provider.id, names, atMs)
  const meant = corrected?.as === undefined ? model : provider.models.find(({ id }) => id === corrected.as)
  if (!meant) return undefined
  const only = {
    id: provider.id,
    name: provider.name,
    api_pattern: '',
    models: [{ ...meant, match: { equals: meant.id } }],
  }
  const found = calcPrice({ input_tokens: 0 }, meant.id, { provider: only, timestamp: new Date(atMs) })
  if (found === null) return undefined
  if (corrected?.rates === undefined && corrected?.perCall === undefined)
    return ratesOf(found.model_price, provider.id, meant.id)
  const from = { source: corrected.source, as_of: corrected.read }
  const { rates: instead, perCall } = corrected
  return ratesOf(found.model_price, provider.id, meant.id, { instead, perCall, from })
}

interface Instead {
  instead?: GivenRates | undefined
  perCall?: number | undefined
  from?: { source: string; as_of: string | null }
}

/** Undefined when tokens of this model have no price (some are charged by the hour or the page), which is not the same as free. */
function ratesOf(
  prices: ModelPrice,
  provider: string,
  model: string,
  { instead = {}, perCall, from = BUNDLED }: Instead = {},
): Rates | undefined {
  const given: GivenRates = defined({
    input: prices.input_mtok,
    output: prices.output_mtok,
    cache_read: prices.cache_read_mtok,
    cache_write: prices.cache_write_mtok,
    cache_write_1h: prices.cache_write_1h_mtok ?? hourOfClaude(model, prices),
    input_audio: prices.input_audio_mtok,
    output_audio: prices.output_audio_mtok,
    cache_read_audio: prices.cache_audio_read_mtok,
    input_image: prices.input_image_mtok,
    output_image: prices.output_image_mtok,
    cache_read_image: prices.cache_image_read_mtok,
    reasoning: prices.output_reasoning_mtok,
    ...instead,
  })
  if (given.input === undefined && given.output === undefined) return undefined
  const perThousand = (price: Rate | undefined) => (typeof price === 'number' ? price / 1000 : 0)
  return new Rates({
    from: { ...from, provider, model },
    given,
    perCall: perCall ?? perThousand(prices.requests_kcount),
    perSearch: perThousand(prices.web_searches_kcount),
    tierRule: (tier) => tierRule(provider, model, tier),
  })
}

function hourOfClaude(model: string, { input_mtok: input }: ModelPrice): Rate | undefined {
  if (input === undefined || !model.includes('claude')) return undefined
  if (typeof input === 'number') return input * CLAUDE_HOUR_FACTOR
  const tiers = input.tiers.map(({ start, price }) => ({ start, price: price * CLAUDE_HOUR_FACTOR }))
  return { base: input.base * CLAUDE_HOUR_FACTOR, tiers }
}

const defined = (rates: GivenRates): GivenRates =>
  Object.fromEntries(Object.entries(rates).filter(([, rate]) => rate !== undefined))
