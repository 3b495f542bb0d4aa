import { isObject, type JsonObject, type JsonValue } from '../../../storage/telemetry/record.ts'
import { reconcile, usageFromProvider } from '../../usage.ts'
import { requestMessages } from './chat.ts'
import type { Family, SpanType } from './family.ts'
import { asText, messagesText, objectsIn, stringsIn, toolCall, unquotedText } from './messages.ts'
import { fromJson, type SpanSource } from './source.ts'

/**
 * Vercel's AI SDK up to version 6, `experimental_telemetry` (https://ai-sdk.dev/docs/ai-sdk-core/telemetry). A call of the application
 * (`ai.generateText`) holds the calls of the model (`ai.generateText.doGenerate`) and repeats what they used. Version 7 speaks OpenTelemetry's
 * conventions.
 */
export const vercel: Family = {
  name: 'vercel',
  claims: (source) => source.hasPrefix('ai.'),
  fields: {
    name: (source) => source.takeText('ai.toolCall.name'),
    type: (source) => TYPES.find(([sign]) => sign.test(operation(source)))?.[1] ?? null,
    model: (source) => source.takeText('ai.response.model'),
    requested_model: (source) => source.takeText('ai.model.id'),
    // `openai.chat`, `google.generative-ai`: who, and by which of its doors.
    provider: (source) => source.takeText('ai.model.provider')?.split('.')[0] ?? null,
    input: (source) => input(source),
    output: (source) => output(source),
    usage: (source) => usage(source),
    tier: (source) => tier(source),
    sessionId: (source) => source.takeText(`${META}sessionId`, `${META}session_id`, `${META}threadId`, `${META}chatId`),
    userId: (source) => source.takeText(`${META}userId`, `${META}user_id`),
    tags: (source) => nonEmpty(stringsIn(source.takeJson(`${META}tags`))),
    traceMetadata: (source) => source.peekUnder(META),
    metadata: (source) => source.takeUnder(META),
    parameters: (source) => parameters(source),
    tools: (source) => list(source.takeJson('ai.prompt.tools')),
    tool: (source) => source.takeAll({ 'ai.toolCall.id': 'call_id' }),
    agent: (source) => source.takeAll({ 'ai.telemetry.functionId': 'name' }),
    embeddings: (source) => embeddings(source),
    finish_reasons: (source) =>
      reasons(source.takeText('ai.response.finishReason', 'ai.finishReason', 'ai.result.finishReason')),
  },
}

const META = 'ai.telemetry.metadata.'

const TYPES: [RegExp, SpanType][] = [
  [/\.(?:doGenerate|doStream)$/, { type: 'llm', kind: null }],
  [/^ai\.toolCall/, { type: 'tool', kind: null }],
  [/^ai\.embed/, { type: 'other', kind: 'embedding' }],
  [/^ai\.rerank/, { type: 'retrieval', kind: 'reranker' }],
  [/^ai\./, { type: 'other', kind: 'agent' }],
]

/** `ai.operationId`; versions before 3.3 had only `operation.name`, with the application's own name behind it. */
function operation(source: SpanSource): string {
  const id = source.takeText('ai.operationId') ?? source.peek('operation.name')
  return typeof id === 'string' ? (id.split(' ')[0] ?? '') : ''
}

function input(source: SpanSource): string | null {
  const own = source.takeJson('ai.prompt.messages', 'ai.prompt')
  const messages = requestMessages(isObject(own) && typeof own.prompt === 'string' ? { system: null, ...own } : own)
  if (messages !== null) return messagesText(messages)
  return (
    asText(own) ??
    asText(source.take('ai.toolCall.args')) ??
    asText(list(source.takeJson('ai.values', 'ai.value')) ?? undefined)
  )
}

function output(source: SpanSource): string | null {
  const result = unquotedText(
    source.take('ai.toolCall.result') ?? source.take('ai.response.object') ?? source.take('ai.result.object'),
  )
  if (result !== null) return result
  const text = source.takeText('ai.response.text', 'ai.result.text')
  const calls = objectsIn(source.takeJson('ai.response.toolCalls', 'ai.result.toolCalls')).map(
    ({ toolCallId, toolName, input: given, args, toolCallType: _, ...others }) => ({
      ...toolCall(toolCallId, toolName, given ?? args),
      ...others,
    }),
  )
  const reasoning = source.takeText('ai.response.reasoning')
  if (text === null && calls.length === 0) return reasoning
  return messagesText([
    {
      role: 'assistant',
      content: text,
      ...(reasoning === null ? {} : { reasoning }),
      ...(calls.length === 0 ? {} : { tool_calls: calls }),
    },
  ])
}

function parameters(source: SpanSource): JsonObject | null {
  const choice = source.takeJson('ai.prompt.toolChoice')
  const settings = source.takeUnder('ai.settings.')
  return choice === undefined ? settings : { ...settings, tool_choice: choice }
}

/** Each vector with the text that it is of. */
function embeddings(source: SpanSource): JsonValue[] | null {
  const one = source.takeJson('ai.embedding')
  const vectors = list(source.takeJson('ai.embeddings')) ?? (one === undefined ? null : [one])
  const texts = list(fromJson(source.peek('ai.values') ?? source.peek('ai.value') ?? null)) ?? []
  return vectors?.map((vector, i) => (typeof texts[i] === 'string' ? { text: texts[i], vector } : { vector })) ?? null
}

/** Cached and reasoning tokens are parts; before version 5 only what the provider added told of them. */
function usage(source: SpanSource) {
  const count = (...names: string[]) => source.takeCount(...names.map((name) => `ai.usage.${name}`))
  const by = added(source)
  const own = by.map(usageFromProvider).find((one) => one !== null)
  const told = (...names: string[]) => {
    const found = by.flatMap((one) => names.map((name) => one[name])).find((value) => typeof value === 'number')
    return typeof found === 'number' ? found : null
  }
  return reconcile({
    input: count('inputTokens', 'promptTokens', 'tokens'),
    output: count('outputTokens', 'completionTokens'),
    total: count('totalTokens'),
    cacheRead:
      count('inputTokenDetails.cacheReadTokens', 'cachedInputTokens') ??
      told('cachedPromptTokens', 'cacheReadInputTokens'),
    cacheWrite: count('inputTokenDetails.cacheWriteTokens') ?? told('cacheCreationInputTokens'),
    reasoning: count('outputTokenDetails.reasoningTokens', 'reasoningTokens') ?? told('reasoningTokens'),
    cacheWrite1h: own?.more?.cacheWrite1h ?? null,
    webSearches: own?.more?.webSearches ?? null,
    tier: own?.more?.tier ?? null,
  })
}

/** What the providers added to the answer, one object each: Anthropic's and Bedrock's hold the usage as the provider sent it. */
function added(source: SpanSource): JsonObject[] {
  const given = fromJson(source.peek('ai.response.providerMetadata') ?? null)
  return isObject(given) ? objectsIn(Object.values(given)) : []
}

/** What the provider says, else what the application asked of it. */
function tier(source: SpanSource): string | null {
  const asked = fromJson(
    source.peek('ai.settings.providerOptions') ?? source.peek('ai.request.providerOptions') ?? null,
  )
  for (const one of [...added(source), ...(isObject(asked) ? objectsIn(Object.values(asked)) : [])]) {
    const named = one.serviceTier ?? one.service_tier
    const name = isObject(named) ? named.type : named
    if (typeof name === 'string') return name
  }
  return null
}

/** A list of JSON texts. */
const list = (value: JsonValue | undefined): JsonValue[] | null => {
  if (value === undefined || value === null) return null
  return (Array.isArray(value) ? value : [value]).map(fromJson)
}

const reasons = (reason: string | null): string[] | null => (reason === null ? null : [reason])
const nonEmpty = (tags: string[]): string[] | null => (tags.length === 0 ? null : tags)
