import type { JsonObject } from '../../../storage/telemetry/record.ts'
import { reconcile, usageFromProvider } from '../../usage.ts'
import { requestText, responseText } from './chat.ts'
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
    cost: (source) => cost(source),
    sessionId: (source) => source.takeText('langfuse.session.id', 'session.id'),
    userId: (source) => source.takeText('langfuse.user.id', 'user.id'),
    environment: (source) => source.takeText('langfuse.environment'),
    tags: (source) => nonEmpty(stringsIn(source.takeJson('langfuse.trace.tags'))),
    traceMetadata: (source) => unquoted(source.takeUnder('langfuse.trace.metadata.')),
    metadata: (source) => unquoted(source.takeUnder(`${OWN}.metadata.`)),
    parameters: (source) => source.takeObject(`${OWN}.model.parameters`),
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

/** A provider's usage object, or Langfuse's own names: `input`, `output`, `total`, and `input_…` and `output_…` for parts beside them. */
function usage(details: JsonObject | null) {
  if (details === null) return null
  if (!('input' in details || 'output' in details)) return usageFromProvider(details)
  const one = (...names: string[]) => {
    const found = names.map((name) => details[name]).find((value) => typeof value === 'number')
    return typeof found === 'number' ? found : null
  }
  return reconcile({
    input: one('input'),
    output: one('output'),
    total: one('total'),
    cacheRead: one('input_cached_tokens', 'cache_read_input_tokens', 'input_cache_read'),
    cacheWrite: one('input_cache_creation', 'cache_creation_input_tokens'),
    reasoning: one('output_reasoning_tokens', 'output_reasoning'),
    inputAudio: one('input_audio_tokens', 'input_audio'),
    outputAudio: one('output_audio_tokens', 'output_audio'),
  })
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
