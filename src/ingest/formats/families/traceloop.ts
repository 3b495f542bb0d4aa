import type { JsonObject, JsonValue } from '../../../storage/telemetry/record.ts'
import { reconcile } from '../../usage.ts'
import type { Family, SpanType } from './family.ts'
import { genaiMessages } from './genai-messages.ts'
import { asText, compact, messagesText, objectsIn } from './messages.ts'
import { fromJson, type SpanSource } from './source.ts'

/**
 * Traceloop's SDK and OpenLLMetry's instrumentations (https://www.traceloop.com/docs/openllmetry/contributing/semantic-conventions): workflows and
 * tasks in `traceloop.*`; model calls by OpenTelemetry's conventions, in earlier versions as `llm.*`.
 */
export const traceloop: Family = {
  name: 'traceloop',
  claims: (source) =>
    PREFIXES.some((prefix) => source.hasPrefix(prefix)) || source.events.some(({ name }) => RESULTS.has(name)),
  fields: {
    type: (source) => spanType(source),
    model: (source) => source.takeText('llm.response.model'),
    requested_model: (source) => source.takeText('llm.request.model'),
    provider: (source) => source.takeText('llm.vendor'),
    input: (source) => messages(source, 'llm.prompts.') ?? entity(source, 'input'),
    output: (source) => messages(source, 'llm.completions.', 'assistant') ?? entity(source, 'output'),
    usage: (source) =>
      reconcile({
        input: source.takeCount('llm.usage.prompt_tokens'),
        output: source.takeCount('llm.usage.completion_tokens'),
        total: source.takeCount('llm.usage.total_tokens'),
        cacheRead: source.takeCount('llm.usage.cache_read_input_tokens'),
        cacheWrite: source.takeCount('llm.usage.cache_creation_input_tokens'),
        reasoning: source.takeCount('llm.usage.reasoning_tokens'),
      }),
    sessionId: (source) =>
      source.takeText(`${ASSOCIATION}session_id`, `${ASSOCIATION}chat_id`, `${ASSOCIATION}thread_id`),
    userId: (source) => source.takeText(`${ASSOCIATION}user_id`, 'llm.user'),
    traceMetadata: (source) => source.peekUnder(ASSOCIATION),
    metadata: (source) => source.takeUnder(ASSOCIATION),
    parameters: (source) => source.takeAll(PARAMETERS),
    tools: (source) => functions(source),
    documents: (source) => results(source),
    prompt: (source) => prompt(source),
  },
}

const ASSOCIATION = 'traceloop.association.properties.'
const PREFIXES = ['traceloop.', 'llm.request.', 'llm.usage.', 'llm.prompts.', 'llm.completions.']

const PARAMETERS = {
  'llm.request.max_tokens': 'max_tokens',
  'llm.request.temperature': 'temperature',
  'llm.temperature': 'temperature',
  'llm.request.top_p': 'top_p',
  'llm.top_p': 'top_p',
  'llm.top_k': 'top_k',
  'llm.frequency_penalty': 'frequency_penalty',
  'llm.presence_penalty': 'presence_penalty',
  'llm.chat.stop_sequences': 'stop_sequences',
  'llm.request.reasoning_effort': 'reasoning_effort',
  'gen_ai.request.reasoning_effort': 'reasoning_effort',
}

const other = (kind: string): SpanType => ({ type: 'other', kind })
const KINDS = new Map<string, SpanType>([
  ['tool', { type: 'tool', kind: null }],
  ...['workflow', 'task', 'agent'].map((kind) => [kind, other(kind)] as const),
])
const REQUESTS = new Map<string, SpanType>([
  ['chat', { type: 'llm', kind: null }],
  ['completion', { type: 'llm', kind: null }],
  ['embedding', other('embedding')],
  ['rerank', { type: 'retrieval', kind: 'reranker' }],
])

/** What a vector database's instrumentation found, one event each. */
const RESULTS: ReadonlySet<string> = new Set(['db.query.result', 'db.search.result'])

function spanType(source: SpanSource): SpanType | null {
  const kind =
    KINDS.get(source.takeText('traceloop.span.kind') ?? '') ?? REQUESTS.get(source.takeText('llm.request.type') ?? '')
  if (kind !== undefined) return kind
  return source.events.some(({ name }) => RESULTS.has(name)) ? { type: 'retrieval', kind: null } : null
}

function messages(source: SpanSource, prefix: string, role?: string): string | null {
  const found = genaiMessages(source.takeList(prefix))
  return messagesText(found.map((message) => ({ ...message, role: message.role ?? role ?? null })))
}

/** What a decorated function was given and gave back. A call without arguments by name is its list of arguments. */
function entity(source: SpanSource, side: 'input' | 'output'): string | null {
  const value = source.takeJson(`traceloop.entity.${side}`)
  return asText(value)
}

/** `llm.request.functions.0.name`, `.description`, `.parameters` (JSON text). */
function functions(source: SpanSource): JsonValue {
  const list = objectsIn(source.takeList('llm.request.functions.')).map(({ parameters, ...others }) => ({
    type: 'function',
    function: { ...others, parameters: fromJson(parameters ?? null) },
  }))
  return list.length === 0 ? null : list
}

function results(source: SpanSource): JsonValue {
  const list = source.takeEvents(RESULTS).map(({ attributes }): JsonObject => {
    const fields: JsonObject = {}
    for (const [key, value] of attributes) fields[key.replace(/^db\.\w+\.result\./, '')] = value
    const { document, metadata, ...others } = fields
    return {
      ...others,
      ...(document === undefined ? {} : { content: document }),
      ...(metadata === undefined ? {} : { metadata: fromJson(metadata) }),
    }
  })
  return list.length === 0 ? null : list
}

function prompt(source: SpanSource): JsonObject | null {
  return compact({
    name: source.take('traceloop.prompt.key'),
    version: source.take('traceloop.prompt.version'),
    template: source.take('traceloop.prompt.template'),
    variables: source.takeUnder('traceloop.prompt.template_variables.') ?? undefined,
  })
}
