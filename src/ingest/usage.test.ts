import { describe, expect, it } from 'vitest'
import { NO_USAGE } from '../storage/telemetry/record.ts'
import { reconcile, usageFromProvider } from './usage.ts'

describe('usage objects of providers', () => {
  it('reads OpenAI chat completions, as they are and within the response', () => {
    const usage = {
      prompt_tokens: 100,
      completion_tokens: 40,
      prompt_tokens_details: { cached_tokens: 60, audio_tokens: 5 },
      completion_tokens_details: { reasoning_tokens: 30, audio_tokens: 2 },
    }
    const read = {
      input: 100,
      output: 40,
      cacheRead: 60,
      cacheWrite: null,
      reasoning: 30,
      inputAudio: 5,
      outputAudio: 2,
      more: null,
    }
    expect(usageFromProvider(usage)).toEqual(read)
    expect(usageFromProvider({ id: 'chatcmpl-1', usage })).toEqual(read)
  })

  it('adds what Anthropic and Bedrock keep beside the input', () => {
    const written = { cache_creation: { ephemeral_5m_input_tokens: 3, ephemeral_1h_input_tokens: 4 } }
    expect(usageFromProvider({ input_tokens: 10, output_tokens: 5, cache_read_input_tokens: 20, ...written })).toEqual({
      ...NO_USAGE,
      input: 37,
      output: 5,
      cacheRead: 20,
      cacheWrite: 7,
      more: expect.objectContaining({ cacheWrite1h: 4, tier: null }),
    })
    expect(
      usageFromProvider({ inputTokens: 10, outputTokens: 5, cacheReadInputTokens: 2, cacheWriteInputTokens: 1 }),
    ).toEqual({
      ...NO_USAGE,
      input: 13,
      output: 5,
      cacheRead: 2,
      cacheWrite: 1,
    })
  })

  it('adds thoughts and the tool-use prompt of Gemini', () => {
    const read = { ...NO_USAGE, input: 110, output: 30, cacheRead: 40, reasoning: 20 }
    const counts = {
      promptTokenCount: 100,
      toolUsePromptTokenCount: 10,
      candidatesTokenCount: 10,
      thoughtsTokenCount: 20,
    }
    expect(usageFromProvider({ usageMetadata: { ...counts, cachedContentTokenCount: 40 } })).toEqual(read)
    expect(usageFromProvider({ prompt_token_count: 3, candidates_token_count: 4, total_token_count: 7 })).toMatchObject(
      {
        input: 3,
        output: 4,
      },
    )
  })

  it('reads LangChain', () => {
    const usage = {
      input_tokens: 350,
      output_tokens: 240,
      input_token_details: { cache_read: 100, cache_creation: 200 },
    }
    expect(usageFromProvider({ ...usage, output_token_details: { reasoning: 200 } })).toEqual({
      ...NO_USAGE,
      input: 350,
      output: 240,
      cacheRead: 100,
      cacheWrite: 200,
      reasoning: 200,
    })
  })

  it.each([
    null,
    1,
    'x',
    [],
    {},
    { usage: null },
    { usage: { usage: 3 } },
    { prompt_tokens: -1 },
    { prompt_tokens: 1.5 },
  ])('does not see usage in %j', (value) => expect(usageFromProvider(value)).toBeNull())
})

describe('counts of an unknown convention', () => {
  it.each([
    ['parts within their whole', { input: 100, output: 50, cacheRead: 60, reasoning: 20 }, 100, 50],
    ['more cached than input', { input: 21, cacheRead: 188086, cacheWrite: 1886, output: 3 }, 189993, 3],
    ['a total with the cached tokens beside', { input: 100, cacheRead: 40, output: 10, total: 150 }, 140, 10],
    ['a total with the cached tokens within', { input: 100, cacheRead: 40, output: 10, total: 110 }, 100, 10],
    ['more reasoning than output', { input: 10, output: 5, reasoning: 20 }, 10, 25],
    ['a total with thoughts beside', { input: 10, output: 50, reasoning: 20, total: 80 }, 10, 70],
    ['cached tokens alone', { cacheRead: 7, output: 1 }, 7, 1],
    ['output alone', { output: 1 }, null, 1],
  ])('%s', (_, parts, input, output) => expect(reconcile(parts)).toMatchObject({ input, output }))

  it('is nothing without a count', () => {
    expect(reconcile({ total: 10 })).toBeNull()
    expect(reconcile({ input: Number.NaN, output: -3 })).toBeNull()
  })
})
