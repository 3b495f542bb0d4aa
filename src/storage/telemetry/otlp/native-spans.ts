import { createHash } from 'node:crypto'
import type { JsonObject, JsonValue, SpanRecord } from '../record.ts'
import type { SpanTokens } from '../wire.ts'
import { messages } from './messages.ts'

/**
 * Native traces as OTLP/JSON spans by the GenAI conventions (https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/). The
 * trace itself becomes the root span, for it has a name, an input and an output of its own. Fields stand in the order of the protocol's
 * schema and defaults are left out, as ingest writes them: sent in again, a span is stored as it was sent out.
 */
export interface NativeTrace {
  id: string
  name: string | null
  sessionId: string | null
  userId: string | null
  model: string | null
  error: string | null
  failureType: string | null
  startedAt: number
  endedAt: number | null
  latencyMs: number | null
  tags: string[]
  tagMap: Record<string, string>
  input: string | null
  output: string | null
  metadata: JsonObject
}

export interface NativeSpan
  extends Omit<SpanRecord, 'id' | 'externalId' | 'parentId' | 'otelSpanId' | 'usage' | 'otlp'>,
    Omit<SpanTokens, 'inputAudioTokens' | 'outputAudioTokens'> {
  failureType: string | null
}

export interface NativeEvent {
  level: string
  message: string
  at: number | null
  metadata: JsonObject
}

/** Where a span stands: ids in hex. */
export interface Place {
  traceId: string
  spanId: string
  parentSpanId: string | null
  /** Of the trace; stands in for a start that the span does not have. */
  startedAt: number
}

/** 16 hex digits for a span's UUID, always the same ones. Its own last digits would do for random ids only. */
export const spanHex = (id: string): string => createHash('sha256').update(id).digest('hex').slice(0, 16)

export const traceHex = (id: string): string => id.replaceAll('-', '')

/** What the environment and the program that made the trace are called; natives do not say the latter. */
export const nativeContext = (environment: string | null): { scope: JsonObject; resource: JsonObject } => ({
  scope: { name: 'trulayer' },
  resource: {
    attributes: list([
      ['service.name', 'unknown_service'],
      ['deployment.environment.name', environment],
    ]),
  },
})

export function rootSpan(trace: NativeTrace, place: Place, events: readonly NativeEvent[]): JsonObject {
  const attributes = new Attributes()
  attributes.put('session.id', trace.sessionId)
  attributes.put('gen_ai.conversation.id', trace.sessionId)
  attributes.put('user.id', trace.userId)
  putPlainTexts(attributes, trace)
  if (trace.tags.length > 0) attributes.put('tag.tags', trace.tags)
  for (const [key, value] of Object.entries(trace.tagMap)) attributes.put(`tag.${key}`, value)
  return span({ ...trace, name: trace.name ?? '', kind: INTERNAL }, place, attributes, events)
}

export function nativeSpan(native: NativeSpan, place: Place, events: readonly NativeEvent[]): JsonObject {
  const attributes = new Attributes()
  const operation = operationOf(native)
  if (operation !== null) attributes.put('gen_ai.operation.name', operation)
  if (native.model !== null || native.provider !== null)
    attributes.put('gen_ai.provider.name', native.provider ?? providerOf(native.model ?? ''))
  attributes.put('gen_ai.request.model', native.model)
  attributes.put('gen_ai.response.model', native.model)
  attributes.put('gen_ai.usage.input_tokens', native.promptTokens)
  attributes.put('gen_ai.usage.output_tokens', native.completionTokens)
  attributes.put('gen_ai.usage.cache_read.input_tokens', native.cacheReadTokens)
  attributes.put('gen_ai.usage.cache_creation.input_tokens', native.cacheWriteTokens)
  attributes.put('gen_ai.usage.reasoning.output_tokens', native.reasoningTokens)
  attributes.putDouble('gen_ai.usage.cost', native.cost)
  putTexts(attributes, operation, native)
  const kind = native.type === 'llm' ? CLIENT : INTERNAL
  return span({ ...native, kind }, place, attributes, events)
}

const INTERNAL = 1
const CLIENT = 3
const STATUS_ERROR = 2

/** A span whose type the conventions have no operation for is a plain span. */
function operationOf({ type, kind }: NativeSpan): string | null {
  return (kind !== null && KINDS[kind]) || TYPES[type] || null
}

const TYPES: Record<string, string> = { llm: 'chat', tool: 'execute_tool', retrieval: 'retrieval' }
const KINDS: Record<string, string> = { embedding: 'embeddings', agent: 'invoke_agent', workflow: 'invoke_workflow' }

/** The conventions require a provider; where the client named none, its model may tell. */
function providerOf(model: string): string {
  return MAKERS.find(([begins]) => begins.test(model))?.[1] ?? '_OTHER'
}

const MAKERS: [RegExp, string][] = [
  [/^(gpt-|o\d|chatgpt|text-embedding|dall-e|whisper)/, 'openai'],
  [/^claude/, 'anthropic'],
  [/^gemini/, 'gcp.gemini'],
  [/^(mistral|mixtral|codestral|ministral)/, 'mistral_ai'],
  [/^command/, 'cohere'],
  [/^deepseek/, 'deepseek'],
  [/^grok/, 'x_ai'],
]

function putTexts(attributes: Attributes, operation: string | null, { name, input, output }: NativeSpan): void {
  switch (operation) {
    case 'chat':
      attributes.put('gen_ai.input.messages', input && messages(input, 'user'))
      attributes.put('gen_ai.output.messages', output && messages(output, 'assistant'))
      break
    case 'execute_tool':
      attributes.put('gen_ai.tool.name', name)
      attributes.put('gen_ai.tool.call.arguments', input)
      attributes.put('gen_ai.tool.call.result', output)
      break
    case 'retrieval':
      attributes.put('gen_ai.retrieval.query.text', input)
      attributes.put('gen_ai.retrieval.documents', output)
      break
    default:
      putPlainTexts(attributes, { input, output })
  }
}

/** The GenAI conventions have no place for what goes into a step that is no call of a model; OpenInference has. */
function putPlainTexts(attributes: Attributes, { input, output }: Pick<NativeSpan, 'input' | 'output'>): void {
  if (input === null && output === null) return
  attributes.put('openinference.span.kind', 'CHAIN')
  attributes.put('input.value', input)
  attributes.put('output.value', output)
}

type Common = Pick<
  NativeSpan,
  'name' | 'error' | 'failureType' | 'startedAt' | 'endedAt' | 'latencyMs' | 'metadata'
> & { kind: number }

function span(common: Common, place: Place, attributes: Attributes, events: readonly NativeEvent[]): JsonObject {
  const { name, error } = common
  const startedAt = common.startedAt ?? place.startedAt
  const endedAt = common.endedAt ?? startedAt + (common.latencyMs ?? 0)
  if (error !== null) attributes.put('error.type', common.failureType ?? '_OTHER')
  for (const [key, value] of Object.entries(common.metadata)) attributes.putOther(key, value)
  return {
    traceId: place.traceId,
    spanId: place.spanId,
    ...(place.parentSpanId === null ? {} : { parentSpanId: place.parentSpanId }),
    ...(name === '' ? {} : { name }),
    kind: common.kind,
    ...time('startTimeUnixNano', startedAt),
    ...time('endTimeUnixNano', endedAt),
    ...(attributes.list.length === 0 ? {} : { attributes: attributes.list }),
    ...(events.length === 0 ? {} : { events: events.map(eventOf) }),
    ...(error === null ? {} : { status: { ...(error === '' ? {} : { message: error }), code: STATUS_ERROR } }),
  }
}

function eventOf({ level, message, at, metadata }: NativeEvent): JsonObject {
  return {
    ...(at === null ? {} : time('timeUnixNano', at)),
    ...(message === '' ? {} : { name: message }),
    attributes: list([['level', level], ...Object.entries(metadata)]),
  }
}

/** The protocol has no time before 1970, and 0 is none. */
const time = (name: string, ms: number): JsonObject => (ms <= 0 ? {} : { [name]: `${Math.round(ms)}000000` })

/** Attributes in the order in which they are put; null is none. */
class Attributes {
  readonly list: JsonObject[] = []
  readonly #keys = new Set<string>()

  put(key: string, value: JsonValue): void {
    if (value === null) return
    this.#keys.add(key)
    this.list.push({ key, value: anyValue(value) })
  }

  putDouble(key: string, value: number | null): void {
    if (value === null) return
    this.#keys.add(key)
    this.list.push({ key, value: { doubleValue: value } })
  }

  /** What the client said in its own words, under its own name unless that has a meaning already. */
  putOther(key: string, value: JsonValue): void {
    const name = this.#keys.has(key) || key === '' ? `metadata.${key}` : key
    this.#keys.add(name)
    this.list.push({ key: name, value: anyValue(value) })
  }
}

const list = (pairs: [string, JsonValue][]): JsonObject[] =>
  pairs.flatMap(([key, value]) => (value === null || key === '' ? [] : [{ key, value: anyValue(value) }]))

/** Decoders follow values so deep; what lies deeper is JSON text. */
const MOST_DEPTH = 40

function anyValue(value: JsonValue, depth = 0): JsonObject {
  if (value === null) return {}
  if (typeof value === 'string') return { stringValue: value }
  if (typeof value === 'boolean') return { boolValue: value }
  if (typeof value === 'number')
    return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value }
  if (depth === MOST_DEPTH) return { stringValue: JSON.stringify(value) }
  if (Array.isArray(value)) return { arrayValue: { values: value.map((item) => anyValue(item, depth + 1)) } }
  const values = Object.entries(value).map(([key, item]) => ({
    ...(key === '' ? {} : { key }),
    value: anyValue(item, depth + 1),
  }))
  return { kvlistValue: { values } }
}
