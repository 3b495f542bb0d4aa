import { calcPrice } from '@pydantic/genai-prices'
import { describe, expect, it, vi } from 'vitest'
import { ConfigError } from '../config.ts'
import { type JsonValue, NO_USAGE, type Usage } from '../storage/telemetry/record.ts'
import { createPricer } from './price.ts'
import { usageFromProvider } from './usage.ts'

const AT = Date.UTC(2025, 10, 1)
const usage = (parts: Partial<Usage>): Usage => ({ ...NO_USAGE, ...parts })
const priced = (model: string | null, provider: string | null, parts: Partial<Usage>) =>
  createPricer([]).cost(model, provider, usage(parts), AT)

/** Dollars worked out by hand from the prices per million tokens that stand beside them. */
const GOLDEN: { name: string; provider: string; model: string; usage: JsonValue; dollars: number }[] = [
  {
    name: 'OpenAI chat completions, cached (gpt-4o: 2.50 in, 1.25 cached, 10 out)',
    provider: 'openai',
    model: 'gpt-4o-2024-08-06',
    usage: {
      prompt_tokens: 2006,
      completion_tokens: 300,
      total_tokens: 2306,
      prompt_tokens_details: { cached_tokens: 1920, audio_tokens: 0 },
      completion_tokens_details: {
        reasoning_tokens: 0,
        audio_tokens: 0,
        accepted_prediction_tokens: 0,
        rejected_prediction_tokens: 0,
      },
    },
    // 86 × 2.50 + 1920 × 1.25 + 300 × 10 = 215 + 2400 + 3000
    dollars: 0.005615,
  },
  {
    name: 'OpenAI responses, cached and reasoning (gpt-5: 1.25 in, 0.125 cached, 10 out)',
    provider: 'openai',
    model: 'gpt-5-2025-08-07',
    usage: {
      input_tokens: 3285,
      input_tokens_details: { cached_tokens: 3072 },
      output_tokens: 1184,
      output_tokens_details: { reasoning_tokens: 1024 },
      total_tokens: 4469,
    },
    // 213 × 1.25 + 3072 × 0.125 + 1184 × 10 = 266.25 + 384 + 11840
    dollars: 0.01249025,
  },
  {
    name: 'Anthropic, cache read and written (claude-sonnet-4: 3 in, 0.30 read, 3.75 written, 15 out)',
    provider: 'anthropic',
    model: 'claude-sonnet-4-20250514',
    usage: {
      input_tokens: 21,
      cache_creation_input_tokens: 1886,
      cache_read_input_tokens: 188086,
      cache_creation: { ephemeral_5m_input_tokens: 1886, ephemeral_1h_input_tokens: 0 },
      output_tokens: 393,
      service_tier: 'standard',
    },
    // 21 × 3 + 188086 × 0.30 + 1886 × 3.75 + 393 × 15 = 63 + 56425.8 + 7072.5 + 5895
    dollars: 0.0694563,
  },
  {
    name: 'Gemini, cached and thoughts (gemini-2.5-flash: 0.30 in, 0.03 cached, 2.50 out)',
    provider: 'gcp.gemini',
    model: 'gemini-2.5-flash',
    usage: {
      promptTokenCount: 5012,
      candidatesTokenCount: 210,
      totalTokenCount: 6022,
      cachedContentTokenCount: 4096,
      promptTokensDetails: [{ modality: 'TEXT', tokenCount: 5012 }],
      thoughtsTokenCount: 800,
    },
    // 916 × 0.30 + 4096 × 0.03 + 1010 × 2.50 = 274.8 + 122.88 + 2525
    dollars: 0.00292268,
  },
]

describe('what a model call costs', () => {
  it.each(GOLDEN)('$name', ({ model, provider, usage: raw, dollars }) => {
    const read = usageFromProvider(raw)
    if (read === null) throw new Error('the usage was not recognised')
    const cost = createPricer([]).cost(model, provider, read, AT)
    expect(Math.abs((cost ?? 0) / dollars - 1)).toBeLessThan(0.001)
  })

  it('agrees with the library, whatever the model and the size of the input', () => {
    const pricer = createPricer([])
    const tokens = { input: 250_000, output: 1000, cacheRead: 40_000, cacheWrite: 0 }
    const models = ['gpt-4.1', 'o3', 'claude-sonnet-4-5', 'gemini-2.5-pro', 'deepseek-chat', 'mistral-large-latest']
    for (const model of models) {
      for (const atMs of [Date.UTC(2025, 0, 5, 3), Date.UTC(2025, 8, 5, 17)]) {
        const theirs = calcPrice({ input_tokens: 250_000, output_tokens: 1000, cache_read_tokens: 40_000 }, model, {
          timestamp: new Date(atMs),
        })
        expect(pricer.cost(model, null, usage(tokens), atMs), model).toBeCloseTo(theirs?.total_price ?? -1, 9)
      }
    }
  })

  it.each([
    ['openai/gpt-4o', null],
    ['azure/gpt-4o', null],
    ['gpt-4o', 'azure.ai.openai'],
    ['openai:gpt-4o', null],
    ['openrouter/openai/gpt-4o', null],
    ['bedrock/anthropic.claude-3-5-sonnet-20241022-v2:0', null],
    ['us.anthropic.claude-sonnet-4-20250514-v1:0', 'aws.bedrock'],
    ['models/gemini-2.5-flash', null],
    ['models/gemini-2.5-flash', 'google'],
    ['publishers/google/models/gemini-2.5-flash', 'vertex_ai'],
    ['claude-sonnet-4@20250514', 'gcp.vertex_ai'],
    ['deepseek-chat', 'openai'],
    ['gpt-4o', 'langchain'],
    ['grok-3', 'x_ai'],
    ['text-embedding-3-small', null],
    ['ft:gpt-4o-mini-2024-07-18:org::id', 'openai'],
  ])('finds %s of %s', (model, provider) => {
    expect(priced(model, provider, { input: 1000, output: 100 })).toBeGreaterThan(0)
  })

  it('prices what only takes input by its input', () => {
    // text-embedding-3-small: 0.02
    expect(priced('text-embedding-3-small', 'openai', { input: 1_000_000 })).toBeCloseTo(0.02, 9)
  })

  it('is unknown, never nothing, for a model without a price or a call without tokens', () => {
    expect(priced('our-own-model', 'openai', { input: 10, output: 10 })).toBeNull()
    expect(priced('gpt-4o', 'ollama', { input: 10, output: 10 })).toBeNull()
    expect(priced('ollama/gpt-4o', null, { input: 10, output: 10 })).toBeNull()
    expect(priced('gpt-4o', 'openai', { cacheRead: 10 })).toBeNull()
    expect(priced(null, 'openai', { input: 10 })).toBeNull()
    expect(priced('x'.repeat(10_000), null, { input: 10 })).toBeNull()
    expect(priced('constructor', '__proto__', { input: 10 })).toBeNull()
  })

  it('never charges more parts than there is whole', () => {
    expect(priced('gpt-4o', 'openai', { input: 10, cacheRead: 50, inputAudio: 50, output: 0 })).toBeCloseTo(12.5e-6, 12)
  })

  it('makes no network call', () => {
    const fetched = vi.spyOn(globalThis, 'fetch')
    priced('gpt-4o', null, { input: 1 })
    expect(fetched).not.toHaveBeenCalled()
  })
})

describe('prices of the configuration', () => {
  it('win, the first that matches, by exact name or pattern', () => {
    const pricer = createPricer([
      { model: 'gpt-4o', input: 1, output: 2, cache_read: 0.5 },
      { model: '/^acme-/i', input: 10, output: 20 },
      { model: '/.*/', input: 7 },
    ])
    const tokens = usage({ input: 1_000_000, output: 1_000_000, cacheRead: 500_000 })
    expect(pricer.cost('gpt-4o', 'openai', tokens, AT)).toBeCloseTo(0.5 + 0.25 + 2)
    expect(pricer.cost('ACME-7b', null, tokens, AT)).toBeCloseTo(30)
    expect(pricer.cost('gpt-4o-mini', null, tokens, AT)).toBeCloseTo(7)
  })

  it('are refused when they cannot be used', () => {
    expect(() => createPricer([{ model: '/(/', input: 1 }])).toThrow(ConfigError)
    expect(() => createPricer([{ model: 'x', input: -1 }])).toThrow(ConfigError)
    expect(() => createPricer([{ model: 'x', input: Number.NaN }])).toThrow(/prices\[0\]/)
  })
})
