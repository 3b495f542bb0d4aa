import type { JsonObject, JsonValue } from '../../../storage/telemetry/record.ts'
import { reconcile } from '../../usage.ts'
import type { Family, SpanType } from './family.ts'
import {
  CHOICE_EVENTS,
  choiceOf,
  DETAILS_EVENT,
  eventMessage,
  genaiMessages,
  MESSAGE_EVENTS,
  systemMessage,
} from './genai-messages.ts'
import { asText, compact, messagesText, objectsIn, unquotedText } from './messages.ts'
import type { SpanSource } from './source.ts'

/**
 * OpenTelemetry's GenAI conventions (https://opentelemetry.io/docs/specs/semconv/gen-ai/), all generations of them: numbered
 * `gen_ai.prompt.N`, span events per message, and messages as JSON in attributes or in one event. Newer names are asked first.
 */
export const genai: Family = {
  name: 'genai',
  claims: (source) => source.hasPrefix('gen_ai.') || source.events.some(({ name }) => name.startsWith('gen_ai.')),
  prepare: (source) => source.absorb(DETAILS_EVENT),
  fields: {
    type: (source) => spanType(source),
    model: (source) => source.takeText('gen_ai.response.model'),
    requested_model: (source) => source.takeText('gen_ai.request.model'),
    provider: (source) => provider(source),
    input: (source) => input(source),
    output: (source) => output(source),
    usage: (source) =>
      reconcile({
        input: source.takeCount(...USAGE.input),
        output: source.takeCount(...USAGE.output),
        total: source.takeCount(...USAGE.total),
        cacheRead: source.takeCount(...USAGE.cacheRead),
        cacheWrite: source.takeCount(...USAGE.cacheWrite),
        reasoning: source.takeCount(...USAGE.reasoning),
        inputAudio: source.takeCount('gen_ai.usage.details.input_audio_tokens'),
        outputAudio: source.takeCount('gen_ai.usage.details.output_audio_tokens'),
        cacheWrite1h: source.takeCount(...USAGE.cacheWrite1h),
        cacheReadAudio: source.takeCount('gen_ai.usage.details.cache_audio_read_tokens'),
        webSearches: source.takeCount('gen_ai.usage.details.web_search_requests'),
      }),
    tier: (source) => source.peekText(...TIER),
    cost: (source) => source.takeAmount('gen_ai.usage.cost', 'gen_ai.usage.total_cost'),
    sessionId: (source) => source.takeText('gen_ai.conversation.id'),
    parameters: (source) => source.takeAll(PARAMETERS),
    tools: (source) => source.takeJson('gen_ai.tool.definitions') ?? null,
    documents: (source) => source.takeJson('gen_ai.retrieval.documents') ?? null,
    prompt: (source) => source.takeAll(PROMPT),
    tool: (source) => source.takeAll(TOOL),
    agent: (source) => source.takeAll(AGENT),
    finish_reasons: (source) => source.takeJson('gen_ai.response.finish_reasons') ?? null,
  },
}

/** Every name a count has had: the convention's newest first, then its old ones and those of single SDKs. */
const USAGE = {
  input: ['gen_ai.usage.input_tokens', 'gen_ai.usage.prompt_tokens'],
  output: ['gen_ai.usage.output_tokens', 'gen_ai.usage.completion_tokens'],
  total: ['gen_ai.usage.total_tokens', 'llm.usage.total_tokens'],
  cacheRead: [
    'gen_ai.usage.cache_read.input_tokens',
    'gen_ai.usage.cache_read_input_tokens',
    'gen_ai.usage.input_tokens.cached',
    'gen_ai.usage.cache_read_tokens',
    'gen_ai.usage.details.cache_read_tokens',
    'gen_ai.usage.details.cached_tokens',
  ],
  cacheWrite: [
    'gen_ai.usage.cache_creation.input_tokens',
    'gen_ai.usage.cache_creation_input_tokens',
    'gen_ai.usage.input_tokens.cache_write',
    'gen_ai.usage.cache_write_tokens',
    'gen_ai.usage.details.cache_write_tokens',
  ],
  reasoning: [
    'gen_ai.usage.reasoning.output_tokens',
    'gen_ai.usage.reasoning_tokens',
    'gen_ai.usage.output_tokens.reasoning',
    'gen_ai.usage.details.reasoning_tokens',
    'gen_ai.usage.details.thinking_tokens',
    'gen_ai.usage.details.thoughts_tokens',
  ],
  cacheWrite1h: [
    'gen_ai.usage.details.ephemeral_1h_input_tokens',
    'gen_ai.usage.cache_creation.ephemeral_1h_input_tokens',
    'gen_ai.usage.cache_creation_ephemeral_1h_input_tokens',
  ],
}

/** Who answered knows how it was served; who asked only hopes. */
const TIER = [
  'openai.response.service_tier',
  'gen_ai.openai.response.service_tier',
  'gen_ai.response.service_tier',
  'openai.request.service_tier',
  'gen_ai.openai.request.service_tier',
  'gen_ai.request.service_tier',
]

const PARAMETERS = {
  'gen_ai.request.temperature': 'temperature',
  'gen_ai.request.top_p': 'top_p',
  'gen_ai.request.top_k': 'top_k',
  'gen_ai.request.max_tokens': 'max_tokens',
  'gen_ai.request.frequency_penalty': 'frequency_penalty',
  'gen_ai.request.presence_penalty': 'presence_penalty',
  'gen_ai.request.stop_sequences': 'stop_sequences',
  'gen_ai.request.seed': 'seed',
  'gen_ai.request.choice.count': 'n',
  'gen_ai.request.stream': 'stream',
  'gen_ai.request.encoding_formats': 'encoding_formats',
  'gen_ai.embeddings.dimension.count': 'dimensions',
  'gen_ai.output.type': 'output_type',
  'gen_ai.openai.request.response_format': 'response_format',
  'gen_ai.openai.request.seed': 'seed',
  'gen_ai.openai.request.service_tier': 'service_tier',
  'openai.request.service_tier': 'service_tier',
}

const TOOL = {
  'gen_ai.tool.name': 'name',
  'gen_ai.tool.description': 'description',
  'gen_ai.tool.type': 'type',
  'gen_ai.tool.call.id': 'call_id',
}

const AGENT = {
  'gen_ai.agent.id': 'id',
  'gen_ai.agent.name': 'name',
  'gen_ai.agent.description': 'description',
  'gen_ai.agent.version': 'version',
}

const PROMPT = { 'gen_ai.prompt.id': 'id', 'gen_ai.prompt.name': 'name', 'gen_ai.prompt.version': 'version' }

const OPERATIONS = new Map<string, SpanType>([
  ['chat', { type: 'llm', kind: null }],
  ['text_completion', { type: 'llm', kind: null }],
  ['completion', { type: 'llm', kind: null }],
  ['generate_content', { type: 'llm', kind: null }],
  ['execute_tool', { type: 'tool', kind: null }],
  ['retrieval', { type: 'retrieval', kind: null }],
  ['embeddings', { type: 'other', kind: 'embedding' }],
  ['rerank', { type: 'retrieval', kind: 'reranker' }],
  ['invoke_agent', { type: 'other', kind: 'agent' }],
  ['create_agent', { type: 'other', kind: 'agent' }],
  ['invoke_workflow', { type: 'other', kind: 'workflow' }],
])

/** Frameworks that name themselves where the conventions ask for who provides the model. */
const FRAMEWORKS: ReadonlySet<string> = new Set([
  'langchain',
  'crewai',
  'haystack',
  'llama_index',
  'llamaindex',
  'autogen',
])

/** The conventions' names are in lower case; older senders wrote names as their owners do. */
function provider(source: SpanSource): string | null {
  const name = source.peekText('gen_ai.provider.name', 'gen_ai.system')?.toLowerCase() ?? null
  if (name === null || FRAMEWORKS.has(name)) return null
  source.takeText('gen_ai.provider.name', 'gen_ai.system')
  return name
}

/** A span that names no operation is what its other attributes make of it. */
function spanType(source: SpanSource): SpanType | null {
  const operation = source.takeText('gen_ai.operation.name')
  if (operation !== null) return OPERATIONS.get(operation.toLowerCase()) ?? { type: 'other', kind: operation }
  if (source.has('gen_ai.tool.name') || source.hasPrefix('gen_ai.tool.')) {
    return source.has('gen_ai.request.model') ? { type: 'llm', kind: null } : { type: 'tool', kind: null }
  }
  const calls =
    source.has('gen_ai.request.model') || source.has('gen_ai.response.model') || source.hasPrefix('gen_ai.usage.')
  return calls ? { type: 'llm', kind: null } : null
}

function input(source: SpanSource): string | null {
  const system = systemMessage(source.takeJson('gen_ai.system_instructions'))
  const given = source.takeJson('gen_ai.input.messages')
  const messages = firstOf<JsonObject>(
    () => genaiMessages(given),
    () => genaiMessages(source.takeList('gen_ai.prompt.')),
    () => source.takeEvents(MESSAGE_EVENTS).map(eventMessage),
  )
  if (system !== null || messages.length > 0) return messagesText([...(system === null ? [] : [system]), ...messages])
  return (
    asText(given) ??
    contentEvents(source, 'prompt') ??
    asText(source.take('gen_ai.tool.call.arguments')) ??
    asText(source.take('gen_ai.retrieval.query.text'))
  )
}

function output(source: SpanSource): string | null {
  const given = source.takeJson('gen_ai.output.messages')
  const messages = firstOf<JsonObject>(
    () => genaiMessages(given),
    () =>
      genaiMessages(source.takeList('gen_ai.completion.')).map((message) => ({
        ...message,
        role: message.role ?? 'assistant',
      })),
    () => source.takeEvents(CHOICE_EVENTS).map(choiceOf),
  )
  return (
    messagesText(messages) ??
    asText(given) ??
    contentEvents(source, 'completion') ??
    unquotedText(source.take('gen_ai.tool.call.result')) ??
    asText(source.take('gen_ai.retrieval.documents'))
  )
}

function firstOf<T>(...lists: (() => T[])[]): T[] {
  for (const list of lists) {
    const found = list()
    if (found.length > 0) return found
  }
  return []
}

const CONTENT_EVENTS = {
  prompt: new Set(['gen_ai.content.prompt']),
  completion: new Set(['gen_ai.content.completion']),
}

/** The event `gen_ai.content.prompt` with the attribute `gen_ai.prompt`, which for a time could stand on the span itself. */
function contentEvents(source: SpanSource, side: 'prompt' | 'completion'): string | null {
  const events = source.takeEvents(CONTENT_EVENTS[side])
  const values = events
    .map(({ attributes }) => soleValue(attributes, `gen_ai.${side}`))
    .filter((value) => value !== null)
  const raw = values.length > 1 ? values : (values[0] ?? source.takeJson(`gen_ai.${side}`))
  const messages = genaiMessages(raw)
  return messages.length > 0 && messages.length === objectsIn(raw).length ? messagesText(messages) : asText(raw)
}

/** The event's one attribute, or all of them when it has others. */
function soleValue(attributes: Map<string, JsonValue>, key: string): JsonValue {
  const value = attributes.get(key)
  return attributes.size === 1 && value !== undefined ? value : compact(Object.fromEntries(attributes))
}
