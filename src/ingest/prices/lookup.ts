/** Names of providers in telemetry that the price table does not recognise by itself, and what it calls them. */
const PROVIDERS = new Map([
  ['x_ai', 'x-ai'],
  ['grok', 'x-ai'],
  ['azure.ai.openai', 'azure'],
  ['azure.ai.inference', 'azure'],
  ['az.ai.inference', 'azure'],
  ['az.ai.openai', 'azure'],
  ['azure_openai', 'azure'],
  ['azure_ai', 'azure'],
  ['fireworks_ai', 'fireworks'],
  ['perplexity_ai', 'perplexity'],
])

/** Who runs models on one's own machines: a price of a hosted model of the same name would be wrong. */
export const LOCAL: ReadonlySet<string> = new Set([
  'ollama',
  'ollama_chat',
  'vllm',
  'hosted_vllm',
  'llamacpp',
  'llama.cpp',
  'lmstudio',
  'lm_studio',
  'localai',
  'tgi',
])

export interface Lookup {
  modelId: string
  /** Null: find the provider by the model's name. */
  providerId: string | null
}

/** Makers whose models are named without saying whose they are (`text-embedding-3-small`, `command-r`). */
const MAKERS = ['openai', 'anthropic', 'google', 'mistral', 'cohere']

/**
 * Ways to look a model up, best first. A model may carry its provider (`azure/gpt-4o`, `openrouter/openai/gpt-4o`, `openai:gpt-4o`,
 * `models/gemini-2.5-pro`); a provider may name only the SDK that was used, as `openai` does for all that speak its protocol, so
 * the model's name alone is tried in the end.
 */
export function lookups(model: string, provider: string | null): Lookup[] {
  const name = model.trim()
  const by = provider === null || provider === '' ? null : provider.toLowerCase()
  const prefixed = withoutPrefixes(name)
  if ((by !== null && LOCAL.has(by)) || prefixed.some(({ providerId }) => LOCAL.has(providerId ?? ''))) return []
  const bare = prefixed.at(-1)?.modelId ?? name
  const tries = [
    ...(by === null ? [] : [{ modelId: name, providerId: alias(by) }]),
    ...prefixed,
    ...(by === null ? [] : [{ modelId: bare, providerId: alias(by) }]),
    { modelId: bare, providerId: null },
    ...MAKERS.map((providerId) => ({ modelId: bare, providerId })),
  ]
  return tries
}

/** A provider's name in small letters, as the price table says it. */
export const alias = (provider: string): string => PROVIDERS.get(provider) ?? provider

/** `a/b/c` → a: b/c, then b: c. A colon parts the same way, but only the first, since names end in `:free` or `-v1:0`. */
function withoutPrefixes(model: string): Lookup[] {
  const found: Lookup[] = []
  let rest = model
  for (let at = rest.indexOf('/'); at > 0 && found.length < 6; at = rest.indexOf('/')) {
    const providerId = alias(rest.slice(0, at).toLowerCase())
    rest = rest.slice(at + 1)
    found.push({ modelId: rest, providerId })
  }
  const colon = /^([a-z_-]+):(.+)$/i.exec(rest)
  if (colon?.[1] !== undefined && colon[2] !== undefined)
    found.push({ modelId: colon[2], providerId: alias(colon[1].toLowerCase()) })
  return found
}
