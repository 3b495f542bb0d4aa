import type { GivenRates } from '../../storage/telemetry/charge.ts'
import type { TierRule } from './rates.ts'

/**
 * What the bundled table does not hold, or holds no more: how tiers change a price, rates of audio, aliases that moved on. Each entry
 * names where it was read, and when that page was written; without a date it was not read anywhere, so look before you build on it. Keep it
 * small: whatever the table learns goes from here. LITELLM: its table of prices, https://github.com/BerriAI/litellm/blob/main/model_prices_and_context_window.json,
 * as its package 1.109.1 has it (read 2026-11-22).
 */

/** https://openai.com/api-priority-processing (excerpts of it read 2026-11-22); also on https://developers.openai.com/api/docs/pricing. */
const OPENAI_PRIORITY: [pattern: RegExp, factor: number][] = [
  [/^gpt-5\.5/, 2.5],
  [/^gpt-5-mini/, 1.8],
  [/^gpt-4\.1-nano/, 2],
  [/^gpt-4\.1/, 1.75],
  [/^gpt-4o-mini/, 5 / 3],
  [/^gpt-4o/, 1.7],
  [/^o3/, 1.75],
  [/^o4-mini/, 20 / 11],
  [/^gpt-5/, 2],
]
/** Of these the Batch API charges cached input as any other; later models keep their discount in it. */
const OPENAI_BATCH_WITHOUT_CACHE = /^(gpt-4|gpt-3|o1|o3|o4|chatgpt)/
const HALF: TierRule = { factor: 0.5 }
const SAME: TierRule = { factor: 1 }

function openAi(model: string, tier: string): TierRule | null {
  switch (tier) {
    case 'batch':
      return OPENAI_BATCH_WITHOUT_CACHE.test(model) ? { factor: 0.5, cached: 'as_input' } : HALF
    case 'flex':
      return HALF
    // Renamed on 2026-07-30; both names are sent.
    case 'priority':
    case 'fast': {
      const found = OPENAI_PRIORITY.find(([pattern]) => pattern.test(model))
      return found ? { factor: found[1] } : null
    }
    default:
      return null
  }
}

/**
 * Dollars of a request by how much of the web goes into it, which is little unless it is asked for
 * (https://docs.perplexity.ai/getting-started/pricing). The bundled table has only the dearest.
 */
const PERPLEXITY_REQUEST: Record<string, { low: number; medium: number; high: number }> = {
  sonar: { low: 0.005, medium: 0.008, high: 0.012 },
  'sonar-pro': { low: 0.006, medium: 0.01, high: 0.014 },
  'sonar-reasoning': { low: 0.005, medium: 0.008, high: 0.012 },
  'sonar-reasoning-pro': { low: 0.006, medium: 0.01, high: 0.014 },
}

function perplexity(model: string, tier: string): TierRule | null {
  const request = PERPLEXITY_REQUEST[model]
  if (request === undefined) return null
  if (tier === 'search_medium') return { factor: 1, perCall: request.medium }
  return tier === 'search_high' ? { factor: 1, perCall: request.high } : null
}

/**
 * https://ai.google.dev/gemini-api/docs/optimization (flex and batch at half; read 2026-11-22),
 * https://ai.google.dev/gemini-api/docs/batch-api (what is cached costs in a batch what it costs outside). Priority at 1.8, and what is cached
 * costs the earlier models the same in flex, too (LITELLM); the lite models' cache has prices of its own there.
 */
function gemini(model: string, tier: string): TierRule | null {
  switch (tier) {
    case 'batch':
      return { factor: 0.5, cached: 1 }
    case 'flex':
      return GEMINI_FLEX_KEEPS_CACHE.test(model) ? { factor: 0.5, cached: 1 } : HALF
    case 'priority':
      return model.startsWith('gemini-') && !GEMINI_LITE_CACHE.test(model) ? { factor: 1.8 } : null
    default:
      return null
  }
}
const GEMINI_FLEX_KEEPS_CACHE = /^gemini-(?:2\.5-(?:flash|pro)|3-flash|3\.1-pro)/
const GEMINI_LITE_CACHE = /^gemini-(?:3\.5-flash-lite|flash-lite-latest)/

const TIERS: Record<string, (model: string, tier: string) => TierRule | null> = {
  openai: openAi,
  // https://azure.microsoft.com/pricing/details/cognitive-services/openai-service: Batch at half of Global Standard. Its priority costs what
  // OpenAI's does (LITELLM).
  azure: (model, tier) => (tier === 'batch' ? HALF : tier === 'priority' ? openAi(model, tier) : null),
  // https://platform.claude.com/docs/en/about-claude/pricing: half in batches, caching included (read 2026-11-22); fast mode of Opus
  // 4.6 at $30 and $150. What the priority tier costs is in a contract.
  anthropic: (model, tier) => {
    if (tier === 'batch') return HALF
    return tier === 'fast' && model.includes('opus-4-6') ? { factor: 6 } : null
  },
  google: gemini,
  // https://aws.amazon.com/bedrock/pricing: batch at half; of the other tiers, only Nova's prices are whole multiples (LITELLM).
  aws: (model, tier) => {
    if (tier === 'batch') return HALF
    if (!model.includes('amazon.nova-')) return null
    return tier === 'flex' ? HALF : tier === 'priority' ? { factor: 1.75 } : null
  },
  // https://docs.mistral.ai/capabilities/batch: half.
  mistral: (_, tier) => (tier === 'batch' ? HALF : null),
  perplexity,
  // https://console.groq.com/docs/batch and /docs/flex-processing: half, and the same.
  groq: (_, tier) => (tier === 'batch' ? HALF : tier === 'flex' || tier === 'performance' ? SAME : null),
}

/** What a tier does to the rates of a provider's model; null when it is not known. */
export const tierRule = (provider: string, model: string, tier: string): TierRule | null =>
  (Object.hasOwn(TIERS, provider) ? TIERS[provider]?.(model, tier) : undefined) ?? null

/** What is said of a model from a time on. */
interface Correction {
  /** ISO time; null: always. */
  from: string | null
  /** Rates that replace or join the table's. */
  rates?: GivenRates
  /** Dollars of each call. */
  perCall?: number
  /** Another model of the same provider, whose rates are meant from then on. */
  as?: string
  source: string
  /** The date of the page that was read, which is the provider's own only where the address says so; null: it was not at hand. */
  read: string | null
}

const DEEPSEEK_NEWS = 'https://api-docs.deepseek.com/quick_start/pricing'
const DEEPSEEK: Correction[] = [
  {
    from: '2025-09-05T16:00:00Z',
    rates: { input: 0.56, cache_read: 0.07, output: 1.68 },
    source: DEEPSEEK_NEWS,
    read: null,
  },
  {
    from: '2025-09-29T12:00:00Z',
    rates: { input: 0.28, cache_read: 0.028, output: 0.42 },
    source: 'https://benchlm.ai/blog/posts/deepseek-api-pricing',
    read: '2026-04-13',
  },
  {
    from: '2026-04-24T00:00:00Z',
    as: 'deepseek-v4-flash',
    source: 'https://chat-deep.ai/pricing/',
    read: '2026-04-26',
  },
]
const AUDIO = 'https://developers.openai.com/api/docs/pricing'

const PERPLEXITY: Record<string, Correction[]> = Object.fromEntries(
  Object.entries(PERPLEXITY_REQUEST).map(([model, { low }]) => [
    model,
    [{ from: null, perCall: low, source: 'https://docs.perplexity.ai/getting-started/pricing', read: null }],
  ]),
)

const CORRECTIONS: Record<string, Record<string, Correction[]>> = {
  perplexity: PERPLEXITY,
  deepseek: { 'deepseek-chat': DEEPSEEK, 'deepseek-reasoner': DEEPSEEK },
  openai: {
    'gpt-4o-audio-preview': [
      {
        from: null,
        rates: { input_audio: 40, output_audio: 80 },
        source: 'https://aitoolrank.net/model/openai--gpt-4o-audio-preview',
        read: '2026-03-23',
      },
    ],
    'gpt-4o-mini-audio-preview': [
      { from: null, rates: { input_audio: 10, output_audio: 20 }, source: AUDIO, read: null },
    ],
  },
  mistral: {
    'mistral-large-latest': [
      {
        from: '2025-12-02T00:00:00Z',
        as: 'mistral-large-2512',
        source: 'https://docs.mistral.ai/getting-started/models',
        read: null,
      },
    ],
  },
}

/** What corrects a model's rates at a time: the latest that has begun. `model` is the table's name of it or the caller's. */
export function correction(provider: string, models: readonly string[], atMs: number): Correction | null {
  if (!Object.hasOwn(CORRECTIONS, provider)) return null
  for (const model of models) {
    const list = CORRECTIONS[provider]?.[model]
    const found = list?.findLast(({ from }) => from === null || Date.parse(from) <= atMs)
    if (found) return found
  }
  return null
}

/** Is anything of this model corrected, at any time? */
export const isCorrected = (provider: string, models: readonly string[]): boolean =>
  Object.hasOwn(CORRECTIONS, provider) && models.some((model) => CORRECTIONS[provider]?.[model] !== undefined)

/** An hour in the cache costs twice the input, whoever runs Claude (https://platform.claude.com/docs/en/build-with-claude/prompt-caching). */
export const CLAUDE_HOUR_FACTOR = 2
