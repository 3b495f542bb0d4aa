import { isObject, type JsonObject } from '../../../storage/telemetry/record.ts'
import { usageFromProvider } from '../../usage.ts'
import type { Family } from './family.ts'
import { messagesText, stringsIn, toolCall } from './messages.ts'
import { pythonValue } from './python-value.ts'
import { fromJson, type SpanSource } from './source.ts'

/**
 * LiteLLM's OpenTelemetry callback (https://docs.litellm.ai/docs/observability/opentelemetry_integration): OpenTelemetry's conventions, and beside
 * them its own cost, and objects as Python writes them. The request as the provider got it is a child, `raw_gen_ai_request`.
 */
export const liteLlm: Family = {
  name: 'litellm',
  claims: (source) => source.scopeName.startsWith('litellm') || source.hasPrefix('litellm.'),
  fields: {
    type: (source) => (source.spanName === 'raw_gen_ai_request' ? { type: 'other', kind: 'request' } : null),
    output: (source) => calls(source),
    usage: (source) => {
      const usage = pythonObject(source, 'metadata.usage_object')
      return usage === null ? null : usageFromProvider(usage)
    },
    cost: (source) => source.takeAmount('gen_ai.cost.total_cost'),
    userId: (source) =>
      source.takeText('llm.user', 'metadata.user_api_key_end_user_id', 'metadata.user_api_key_user_id'),
    sessionId: (source) => source.takeText('metadata.session_id', 'litellm.session_id') ?? own(source, 'session_id'),
    tags: (source) => {
      const tags = stringsIn(requester(source)?.tags)
      return tags.length === 0 ? null : tags
    },
    traceMetadata: (source) => requester(source),
  },
}

function pythonObject(source: SpanSource, key: string): JsonObject | null {
  const value = source.peek(key)
  const read = isObject(value) ? value : (pythonValue(value) ?? fromJson(value ?? null))
  if (!isObject(read) || Object.keys(read).length === 0) return null
  source.take(key)
  return read
}

/** What the application itself said of its request. */
const requester = (source: SpanSource): JsonObject | null => pythonObject(source, 'metadata.requester_metadata')

function own(source: SpanSource, name: string): string | null {
  const value = requester(source)?.[name]
  return typeof value === 'string' && value !== '' ? value : null
}

/** Where the model called tools, its message is empty and the calls are beside it. */
function calls(source: SpanSource): string | null {
  const list = source.takeList('gen_ai.completion.').filter(isObject)
  const called = list.flatMap(({ function_call }) => (isObject(function_call) ? [function_call] : []))
  if (called.length === 0) return null
  source.take('gen_ai.output.messages')
  return messagesText([
    { role: 'assistant', content: null, tool_calls: called.map((one) => toolCall(one.id, one.name, one.arguments)) },
  ])
}
