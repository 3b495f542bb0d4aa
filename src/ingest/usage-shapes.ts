import { isObject, type JsonObject, type JsonValue, type Usage } from '../storage/telemetry/record.ts'
import { count, more, part, serviceTier, sum } from './usage-counts.ts'

/** The usage objects of the providers, each read by its own convention. */
interface Shape {
  /** One of these counts is in every such object. */
  signs: string[]
  read: (usage: JsonObject) => Usage
}

/** The more telling shapes first: Anthropic's and OpenAI's responses both say `input_tokens`. */
export const SHAPES: Shape[] = [
  { signs: ['prompt_tokens', 'completion_tokens'], read: openAiChat },
  { signs: ['promptTokenCount', 'candidatesTokenCount', 'totalTokenCount'], read: gemini },
  {
    signs: ['prompt_token_count', 'candidates_token_count', 'total_token_count'],
    read: (usage) => gemini(camelKeys(usage)),
  },
  { signs: ['cache_read_input_tokens', 'cache_creation_input_tokens'], read: anthropic },
  { signs: ['input_tokens', 'output_tokens'], read: openAiResponses },
  { signs: ['inputTokens', 'outputTokens'], read: bedrock },
  { signs: ['inputTextTokenCount'], read: (usage) => bedrock({ inputTokens: usage.inputTextTokenCount ?? null }) },
]

/**
 * xAI keeps the reasoning beside the output, as its total tells; everybody else who speaks this protocol keeps it within. LiteLLM says
 * what Anthropic wrote to the cache in the details; Haystack renames two of Anthropic's counts and leaves the rest as it was.
 */
function openAiChat(usage: JsonObject): Usage {
  const prompt = part(usage, 'prompt_tokens_details')
  const ofCache = count(usage.cache_read_input_tokens) ?? count(usage.cache_creation_input_tokens)
  if (ofCache !== null && usage.prompt_tokens_details === undefined && usage.total_tokens === undefined)
    return anthropic({
      ...usage,
      input_tokens: usage.prompt_tokens ?? null,
      output_tokens: usage.completion_tokens ?? null,
    })
  const completion = part(usage, 'completion_tokens_details')
  const input = count(usage.prompt_tokens)
  const output = count(usage.completion_tokens)
  const reasoning = count(completion.reasoning_tokens)
  const beside = reasoning !== null && count(usage.total_tokens) === (input ?? 0) + (output ?? 0) + reasoning
  return {
    input,
    output: beside ? sum(output, reasoning) : output,
    cacheRead: count(prompt.cached_tokens) ?? count(usage.prompt_cache_hit_tokens),
    cacheWrite: count(prompt.cache_write_tokens) ?? count(prompt.cache_creation_tokens),
    reasoning,
    inputAudio: count(prompt.audio_tokens),
    outputAudio: count(completion.audio_tokens),
    more: more({
      cacheWrite1h: count(part(prompt, 'cache_creation_token_details').ephemeral_1h_input_tokens),
      inputImage: count(prompt.image_tokens),
      outputImage: count(completion.image_tokens),
      tier: serviceTier(usage.service_tier) ?? searchTier(usage.search_context_size),
    }),
  }
}

/** Perplexity charges a request by how much of the web goes into it: little, unless it says otherwise. */
const searchTier = (size: JsonValue | undefined): string | null =>
  size === 'medium' || size === 'high' ? `search_${size}` : null

/**
 * Also LangChain's form of the same, whose details are named in the singular, and OpenAI's own in its realtime events. LangChain tells how
 * a call was served by the names of the details (`flex_cache_read`), and says what was written to the cache by how long it is kept.
 */
function openAiResponses(usage: JsonObject): Usage {
  const input = { ...part(usage, 'input_token_details'), ...part(usage, 'input_tokens_details') }
  const output = { ...part(usage, 'output_token_details'), ...part(usage, 'output_tokens_details') }
  const cached = part(input, 'cached_tokens_details')
  const tier = TIERS_IN_NAMES.find((name) => name in input || `${name}_cache_read` in input || name in output) ?? null
  const anHour = count(input.ephemeral_1h_input_tokens)
  const byLifetime = sum(count(input.ephemeral_5m_input_tokens), anHour)
  return {
    input: count(usage.input_tokens),
    output: count(usage.output_tokens),
    cacheRead: count(input.cached_tokens) ?? count(input.cache_read) ?? count(input[`${tier}_cache_read`]),
    cacheWrite: count(input.cache_write_tokens) ?? (count(input.cache_creation) || byLifetime),
    reasoning:
      count(output.reasoning_tokens) ??
      count(output.thinking_tokens) ??
      count(output.reasoning) ??
      count(output[`${tier}_reasoning`]),
    inputAudio: count(input.audio_tokens) ?? count(input.audio),
    outputAudio: count(output.audio_tokens) ?? count(output.audio),
    more: more({
      cacheWrite1h: anHour || null,
      cacheReadAudio: count(cached.audio_tokens),
      cacheReadImage: count(cached.image_tokens),
      inputImage: count(input.image_tokens),
      outputImage: count(output.image_tokens),
      tier: serviceTier(usage.service_tier) ?? tier,
    }),
  }
}

const TIERS_IN_NAMES = ['priority', 'flex']

function anthropic(usage: JsonObject): Usage {
  const written = part(usage, 'cache_creation')
  const anHour = count(written.ephemeral_1h_input_tokens)
  const byLifetime = sum(count(written.ephemeral_5m_input_tokens), anHour)
  const cacheWrite = count(usage.cache_creation_input_tokens) ?? byLifetime
  const cacheRead = count(usage.cache_read_input_tokens)
  return {
    input: sum(count(usage.input_tokens), cacheRead, cacheWrite),
    output: count(usage.output_tokens),
    cacheRead,
    cacheWrite,
    reasoning: count(part(usage, 'output_tokens_details').thinking_tokens),
    inputAudio: null,
    outputAudio: null,
    more: more({
      cacheWrite1h: anHour || null,
      webSearches: count(part(usage, 'server_tool_use').web_search_requests) || null,
      // Its fast mode is not a tier in its words, but changes the price as one does.
      tier: usage.speed === 'fast' ? 'fast' : serviceTier(usage.service_tier),
      region: usage.inference_geo === 'us' ? 'us' : null,
    }),
  }
}

function gemini(usage: JsonObject): Usage {
  const reasoning = count(usage.thoughtsTokenCount)
  return {
    input: sum(count(usage.promptTokenCount), count(usage.toolUsePromptTokenCount)),
    output: sum(count(usage.candidatesTokenCount), reasoning),
    cacheRead: count(usage.cachedContentTokenCount),
    cacheWrite: null,
    reasoning,
    inputAudio: ofModality('AUDIO', usage.promptTokensDetails),
    outputAudio: ofModality('AUDIO', usage.candidatesTokensDetails),
    more: more({
      cacheReadAudio: ofModality('AUDIO', usage.cacheTokensDetails),
      cacheReadImage: ofModality('IMAGE', usage.cacheTokensDetails),
      inputImage: ofModality('IMAGE', usage.promptTokensDetails),
      outputImage: ofModality('IMAGE', usage.candidatesTokensDetails),
      tier: serviceTier(usage.serviceTier) ?? TIER_OF_TRAFFIC.get(usage.trafficType) ?? null,
    }),
  }
}

/** Vertex AI says how a call was served as the quota that it was charged to. */
const TIER_OF_TRAFFIC = new Map<JsonValue | undefined, string>([
  ['ON_DEMAND_PRIORITY', 'priority'],
  ['ON_DEMAND_FLEX', 'flex'],
])

function bedrock(usage: JsonObject): Usage {
  const cacheRead = count(usage.cacheReadInputTokens)
  const cacheWrite = count(usage.cacheWriteInputTokens)
  const kept = Array.isArray(usage.cacheDetails) ? usage.cacheDetails : []
  const anHour = kept.find((one) => isObject(one) && one.ttl === '1h')
  return {
    input: sum(count(usage.inputTokens), cacheRead, cacheWrite),
    output: count(usage.outputTokens),
    cacheRead,
    cacheWrite,
    reasoning: null,
    inputAudio: null,
    outputAudio: null,
    more: more({ cacheWrite1h: isObject(anHour) ? count(anHour.inputTokens) : null }),
  }
}

/** Gemini's counts by modality: `[{modality: 'AUDIO', tokenCount: 12}]`. */
function ofModality(modality: string, details: JsonValue | undefined): number | null {
  if (!Array.isArray(details)) return null
  const found = details.find((one) => isObject(one) && one.modality === modality)
  return isObject(found) ? count(found.tokenCount ?? found.token_count) : null
}

function camelKeys(usage: JsonObject): JsonObject {
  const rename = (key: string) => key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
  return Object.fromEntries(Object.entries(usage).map(([key, value]) => [rename(key), value]))
}
