import { readFileSync } from 'node:fs'
import path from 'node:path'
import { calcPrice } from '@pydantic/genai-prices'
import { describe, expect, it, vi } from 'vitest'
import { ConfigError } from '../../config.ts'
import type { TenantId } from '../../ids.ts'
import { NO_USAGE, type Usage } from '../../storage/telemetry/record.ts'
import { BUNDLED, bundledModels, PROVIDERS } from './bundled.ts'
import type { ConfigPrice, OwnPrice } from './own.ts'
import { Pricer } from './pricer.ts'

const AT = Date.UTC(2025, 10, 1)
const usage = (parts: Partial<Usage>): Usage => ({ ...NO_USAGE, ...parts })
const TENANT = 't' as TenantId
const createPricer = (config: ConfigPrice[] = []) => {
  const pricer = new Pricer(config)
  return {
    cost: (model: string | null, provider: string | null, used: Usage, at: number) =>
      pricer.price(TENANT, model, provider, used, at)?.dollars ?? null,
  }
}
const priced = (model: string | null, provider: string | null, parts: Partial<Usage>) =>
  createPricer().cost(model, provider, usage(parts), AT)

describe('what a model call costs', () => {
  it('agrees with the library, whatever the model and the size of the input', () => {
    const pricer = createPricer([])
    const tokens = { input: 250_000, output: 1000, cacheRead: 40_000, cacheWrite: 0 }
    const models = ['gpt-4.1', 'o3', 'claude-sonnet-4-5', 'gemini-2.5-pro', 'deepseek-v4-pro', 'mistral-medium-latest']
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
    fetched.mockRestore()
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

describe('prices of an organisation', () => {
  const own = (fields: Partial<OwnPrice>): OwnPrice => ({
    ...{ model: 'gpt-4o', match: 'exact', provider: null, effectiveFrom: 0, perCall: 0, tiers: {} },
    rates: { input: 1, output: 1 },
    ...fields,
  })
  const million = usage({ input: 1_000_000, output: 0 })
  const cost = (
    pricer: Pricer,
    model: string,
    { provider = 'openai', at = AT, used = million, tenant = TENANT } = {},
  ) => pricer.price(tenant, model, provider, used, at)?.dollars ?? null

  it('are its own, win over all others, an exact one over a pattern, a later one over an earlier', () => {
    const pricer = new Pricer([{ model: 'gpt-4o', input: 9 }])
    pricer.setOwn(TENANT, [
      own({ model: 'gpt-4.*', match: 'regex', rates: { input: 2 } }),
      own({ rates: { input: 3 } }),
      own({ rates: { input: 4 }, effectiveFrom: AT + 1 }),
      own({ model: 'house', provider: 'azure', rates: { input: 5 } }),
    ])
    expect(cost(pricer, 'gpt-4o')).toBe(3)
    expect(cost(pricer, 'gpt-4o', { at: AT + 1 })).toBe(4)
    expect(cost(pricer, 'gpt-4o-mini')).toBe(2)
    expect(cost(pricer, 'a-gpt-4o-mini')).toBeNull()
    expect(cost(pricer, 'house')).toBeNull()
    expect(cost(pricer, 'house', { provider: 'azure' })).toBe(5)
    expect(cost(pricer, 'gpt-4o', { tenant: 'other' as TenantId })).toBe(9)
    pricer.setOwn(TENANT, [])
    expect(cost(pricer, 'gpt-4o')).toBe(9)
  })

  it('that begin later leave what is before to the table', () => {
    const pricer = new Pricer([])
    pricer.setOwn(TENANT, [own({ rates: { input: 7 }, effectiveFrom: AT })])
    expect(cost(pricer, 'gpt-4o', { at: AT - 1 })).toBe(2.5)
    expect(cost(pricer, 'gpt-4o')).toBe(7)
  })

  it('say themselves what a tier costs, and by the call', () => {
    const pricer = new Pricer([])
    pricer.setOwn(TENANT, [own({ rates: { input: 8 }, tiers: { batch: 0.25 }, perCall: 0.5 })])
    const served = (tier: string) => cost(pricer, 'gpt-4o', { used: { ...million, more: { ...NO_MORE_USAGE, tier } } })
    expect(served('batch')).toBe(2.5)
    expect(served('flex')).toBe(8.5)
  })

  it('with a pattern that is none are refused whole, and patterns take linear time', () => {
    const pricer = new Pricer([])
    pricer.setOwn(TENANT, [own({ rates: { input: 3 } })])
    expect(() => pricer.setOwn(TENANT, [own({}), own({ model: '(', match: 'regex' })])).toThrow()
    expect(() => pricer.setOwn(TENANT, [own({ model: '(?=a)', match: 'regex' })])).toThrow()
    expect(cost(pricer, 'gpt-4o')).toBe(3)
    pricer.setOwn(TENANT, [own({ model: '(a+)+$', match: 'regex' })])
    const began = performance.now()
    expect(cost(pricer, `${'a'.repeat(290)}!`)).toBeNull()
    expect(performance.now() - began).toBeLessThan(5_000)
  })
})

const NO_MORE_USAGE = {
  ...{ cacheWrite1h: null, cacheReadAudio: null, cacheReadImage: null, inputImage: null, outputImage: null },
  ...{ webSearches: null, tier: null, region: null },
}

describe('how a call was served', () => {
  const served = (model: string, provider: string, tier: string) =>
    priced(model, provider, { input: 1_000_000, output: 0, more: { ...NO_MORE_USAGE, tier } })

  it('makes the price, and where its price is not known, there is none', () => {
    expect(served('gpt-4o', 'openai', 'batch')).toBe(1.25)
    expect(served('gpt-4o', 'openai', 'scale')).toBeNull()
    expect(served('gpt-3.5-turbo', 'openai', 'priority')).toBeNull()
    expect(served('claude-sonnet-4', 'anthropic', 'priority')).toBeNull()
    expect(served('amazon.titan-text-express-v1', 'aws.bedrock', 'flex')).toBeNull()
    expect(served('grok-4', 'xai', 'batch')).toBeNull()
  })
})

describe('the bundled table', () => {
  it('is the version that it says it is, and every provider is in it', () => {
    const { version } = JSON.parse(
      readFileSync(path.resolve('node_modules/@pydantic/genai-prices/package.json'), 'utf8'),
    ) as { version: string }
    expect(BUNDLED.source).toBe(`genai-prices ${version}`)
    const models = [...bundledModels(AT)]
    expect(new Set(models.map(({ provider }) => provider))).toEqual(new Set(PROVIDERS))
    expect(models.length).toBeGreaterThan(1_000)
  })

  it('says of each cost where it comes from', () => {
    const pricer = new Pricer([])
    const one = pricer.price(TENANT, 'gpt-4o', 'openai', usage({ input: 10, output: 0 }), AT)
    expect(JSON.parse(one?.price ?? '')).toEqual({
      ...{ source: BUNDLED.source, as_of: BUNDLED.as_of, provider: 'openai', model: 'gpt-4o' },
      per_million: { input: 2.5, output: 10, cache_read: 1.25 },
      per_search: 0.01,
    })
    expect(pricer.price(TENANT, 'gpt-4o', 'openai', usage({ input: 11, output: 0 }), AT)?.price).toBe(one?.price)
  })
})
