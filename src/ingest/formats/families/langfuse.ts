import { isObject, type JsonObject } from '../../../storage/telemetry/record.ts'
import { reconcile, usageFromProvider } from '../../usage.ts'
import { documentsOf, requestText, requestTools, responseText } from './chat.ts'
import type { Family, SpanType } from './family.ts'
import { stringsIn } from './messages.ts'
import { fromJson, type SpanSource } from './source.ts'

/**
 * Langfuse's SDKs, from version 3 of Python's and 4 of JavaScript's on (https://langfuse.com/integrations/native/opentelemetry): what the
 * application says of its observations is JSON text in `langfuse.observation.*`, what it says of the trace in `langfuse.trace.*`.
 */
export const langfuse: Family = {
  name: 'langfuse',
  claims: (source) => source.hasPrefix('langfuse.'),
  fields: {
    type: (source) => TYPES.get(source.takeText(`${OWN}.type`) ?? '') ?? null,
    error: (source) =>
      source.peek(`${OWN}.level`) === 'ERROR' ? (source.takeText(`${OWN}.status_message`) ?? 'error') : null,
    model: (source) => source.takeText(`${OWN}.model.name`),
    // The observation's own, or on the root that of the trace.
    input: (source) => requestText(source.takeJson(`${OWN}.input`, 'langfuse.trace.input')),
    output: (source) => responseText(source.takeJson(`${OWN}.output`, 'langfuse.trace.output')),
    usage: (source) => usage(source.takeObject(`${OWN}.usage_details`)),
    tier: (source) => {
      const said = source.peek(`${OWN}.model.parameters`)
      const asked = typeof said === 'string' && said.includes('service_tier') ? fromJson(said) : said
      return isObject(asked) && typeof asked.service_tier === 'string' ? asked.service_tier : null
    },
    cost: (source) => cost(source),
    sessionId: (source) => source.takeText('langfuse.session.id', 'session.id'),
    userId: (source) => source.takeText('langfuse.user.id', 'user.id'),
    environment: (source) => source.takeText('langfuse.environment'),
    tags: (source) => nonEmpty(stringsIn(source.takeJson('langfuse.trace.tags'))),
    traceMetadata: (source) => unquoted(source.takeUnder('langfuse.trace.metadata.')),
    metadata: (source) => unquoted(source.takeUnder(`${OWN}.metadata.`)),
    parameters: (source) => source.takeObject(`${OWN}.model.parameters`),
    tools: (source) => requestTools(source.peek(`${OWN}.input`)),
    documents: (source) =>
      source.peek(`${OWN}.type`) === 'retriever' ? documentsOf(fromJson(source.peek(`${OWN}.output`) ?? null)) : null,
    prompt: (source) => source.takeAll(PROMPT),
  },
}

const OWN = 'langfuse.observation'
const PROMPT = { [`${OWN}.prompt.name`]: 'name', [`${OWN}.prompt.version`]: 'version' }

const other = (kind: string): SpanType => ({ type: 'other', kind })
const TYPES = new Map<string, SpanType>([
  ['generation', { type: 'llm', kind: null }],
  ['tool', { type: 'tool', kind: null }],
  ['retriever', { type: 'retrieval', kind: null }],
  ...['embedding', 'agent', 'chain', 'guardrail', 'evaluator', 'event'].map((kind) => [kind, other(kind)] as const),
])

/**
 * A provider's usage object, or Langfuse's own names: `input`, `output`, `total`, and `input_…` and `output_…` for parts beside them, which
 * add up to the total where it is not given. Its handler for LangChain names how a call was served in those names (`input_flex`).
 */
function usage(details: JsonObject | null) {
  if (details === null) return null
  if (!('input' in details || 'output' in details)) return usageFromProvider(details)
  const one = (...names: string[]) => {
    const found = names.map((name) => details[name]).find((value) => typeof value === 'number')
    return typeof found === 'number' ? found : null
  }
  const tier = TIERS.find((name) => one(`input_${name}`, `output_${name}`, `input_${name}_cache_read`) !== null)
  // Calls of the tier `flex` are counted beside the rest, those of `priority` within it.
  const flex = (side: string) => (tier === 'flex' ? (one(`${side}_flex`) ?? 0) : 0)
  const anHour = one(...['cache_creation_', 'input_', ''].map((prefix) => `${prefix}ephemeral_1h_input_tokens`), HOUR)
  const minutes = one(...['cache_creation_', 'input_', ''].map((prefix) => `${prefix}ephemeral_5m_input_tokens`), FIVE)
  const input = one('input')
  const output = one('output')
  const parts = {
    input: input === null ? null : input + flex('input'),
    output: output === null ? null : output + flex('output'),
    cacheRead: one('input_cached_tokens', 'cache_read_input_tokens', 'input_cache_read', `input_${tier}_cache_read`),
    cacheWrite: one('input_cache_creation', 'cache_creation_input_tokens') || sum(minutes, anHour),
    reasoning: one('output_reasoning_tokens', 'output_reasoning', `output_${tier}_reasoning`),
  }
  return reconcile({
    ...parts,
    total: one('total') ?? sum(...Object.values(parts)),
    cacheWrite1h: anHour || null,
    tier: tier ?? null,
    inputAudio: one('input_audio_tokens', 'input_audio'),
    outputAudio: one('output_audio_tokens', 'output_audio'),
  })
}

const TIERS = ['priority', 'flex']
const HOUR = 'input_cache_creation_1h'
const FIVE = 'input_cache_creation_5m'

const sum = (...counts: (number | null)[]): number | null => {
  const known = counts.filter((one) => one !== null)
  return known.length === 0 ? null : known.reduce((a, b) => a + b)
}

function cost(source: SpanSource): number | null {
  const details = source.takeObject(`${OWN}.cost_details`)
  if (details === null) return null
  const values =
    typeof details.total === 'number'
      ? [details.total]
      : Object.values(details).filter((value) => typeof value === 'number')
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0)
}

/** Each value is JSON text; a string is a string in quotes. */
function unquoted(values: JsonObject | null): JsonObject | null {
  if (values === null) return null
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, fromJson(value)]))
}

const nonEmpty = (list: string[]): string[] | null => (list.length === 0 ? null : list)
