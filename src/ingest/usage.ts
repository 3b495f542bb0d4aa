import { isObject, type JsonObject, type JsonValue, type Usage } from '../storage/telemetry/record.ts'
import { count, more, NO_MORE, part, serviceTier } from './usage-counts.ts'
import { SHAPES } from './usage-shapes.ts'

/**
 * Tokens, turned from each provider's convention into the waist's: `input` is all input, `output` is all output.
 *
 * provider            input contains cached?     output contains reasoning?
 * OpenAI, DeepSeek …  yes                        yes
 * Anthropic           no: cache reads and writes are beside it      yes
 * Bedrock Converse    no, as Anthropic           yes
 * Gemini              yes, but not the tool-use prompt              no: thoughts are beside it
 * LangChain           yes                        yes
 */
export interface TokenParts {
  input?: number | null
  output?: number | null
  cacheRead?: number | null
  cacheWrite?: number | null
  reasoning?: number | null
  inputAudio?: number | null
  outputAudio?: number | null
  cacheWrite1h?: number | null
  cacheReadAudio?: number | null
  webSearches?: number | null
  /** How the provider served the call; see `serviceTier`. */
  tier?: string | null
  /** The sender's own sum, used only as evidence of what its `input` and `output` contain. */
  total?: number | null
}

/**
 * Normal form of counts from a sender whose convention is not known for certain. OpenTelemetry's and OpenInference's conventions
 * say that `input` contains the cached tokens and `output` the reasoning ones, so that is believed unless the counts themselves
 * say otherwise: parts larger than their whole, or a `total` that is reached only by adding the parts. Null without any count.
 */
export function reconcile(parts: TokenParts): Usage | null {
  const cacheRead = count(parts.cacheRead)
  const cacheWrite = count(parts.cacheWrite)
  const reasoning = count(parts.reasoning)
  const input = count(parts.input)
  const output = count(parts.output)
  const total = count(parts.total)
  const cached = (cacheRead ?? 0) + (cacheWrite ?? 0)
  const thought = reasoning ?? 0
  const beside = total === null ? 0 : total - (input ?? 0) - (output ?? 0)
  const cacheBeside = cached > 0 && (cached > (input ?? 0) || beside === cached || beside === cached + thought)
  const thoughtBeside = thought > 0 && (thought > (output ?? 0) || beside === thought || beside === cached + thought)
  return known({
    input: input === null && cached === 0 ? null : (input ?? 0) + (cacheBeside ? cached : 0),
    output: output === null && thought === 0 ? null : (output ?? 0) + (thoughtBeside ? thought : 0),
    cacheRead,
    cacheWrite,
    reasoning,
    inputAudio: count(parts.inputAudio),
    outputAudio: count(parts.outputAudio),
    more: more({
      cacheWrite1h: count(parts.cacheWrite1h),
      cacheReadAudio: count(parts.cacheReadAudio),
      webSearches: count(parts.webSearches),
      tier: serviceTier(parts.tier),
    }),
  })
}

/**
 * The `usage` object of a provider's response, or the whole response around it: OpenAI (chat completions, responses, images,
 * transcriptions, embeddings), Anthropic (messages), Gemini (generateContent), Bedrock (Converse), Cohere (chat) and LangChain's
 * `usage_metadata`. Null for anything else.
 */
export function usageFromProvider(value: JsonValue): Usage | null {
  if (!isObject(value)) return null
  for (const shape of SHAPES) {
    if (!shape.signs.some((key) => typeof value[key] === 'number')) continue
    const usage = known(shape.read(value))
    if (usage !== null) return usage
  }
  for (const key of ['usage', 'usageMetadata', 'usage_metadata', 'token_usage', 'billed_units', 'meta', 'response']) {
    const inner = value[key]
    if (isObject(inner)) return servedBy(value, usageFromProvider(inner))
  }
  return null
}

/** OpenAI says how a call was served beside its usage, Bedrock in an object of its own. */
function servedBy(response: JsonObject, usage: Usage | null): Usage | null {
  const tier = serviceTier(response.service_tier ?? part(response, 'serviceTier').type ?? response.serviceTier)
  return usage === null || tier === null ? usage : withTier(usage, tier)
}

/** The usage of a call that was served so, unless the usage says itself how it was. */
export const withTier = (usage: Usage, tier: string): Usage =>
  usage.more?.tier ? usage : { ...usage, more: { ...(usage.more ?? NO_MORE), tier } }

/** A usage that says at least one count. */
function known(usage: Usage): Usage | null {
  for (const name in usage) if (name !== 'more' && usage[name as keyof Usage] !== null) return usage
  return null
}
