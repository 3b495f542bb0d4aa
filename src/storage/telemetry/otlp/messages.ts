import { isObject, type JsonObject, type JsonValue } from '../record.ts'

/**
 * Chat messages by the JSON schemas of the GenAI conventions, as text: `[{role, parts: [{type, …}]}]`. What is not a list of messages
 * is one message of `role`.
 */
export function messages(text: string, role: 'user' | 'assistant'): string {
  const given = parse(text)
  const said = Array.isArray(given) && given.length > 0 && given.every(isMessage) ? given : [{ role, content: text }]
  return JSON.stringify(
    said.map((message) => ({
      role: typeof message.role === 'string' ? message.role : role,
      parts: partsOf(message),
      ...(role === 'assistant' ? { finish_reason: finishOf(message) } : {}),
    })),
  )
}

function parse(text: string): JsonValue | undefined {
  if (!text.startsWith('[')) return undefined
  try {
    return JSON.parse(text) as JsonValue
  } catch {
    return undefined
  }
}

const isMessage = (value: JsonValue): value is JsonObject =>
  isObject(value) && typeof value.role === 'string' && ('content' in value || 'tool_calls' in value)

function partsOf({ role, content, tool_calls, tool_call_id }: JsonObject): JsonValue[] {
  if (role === 'tool') return [{ type: 'tool_call_response', id: tool_call_id ?? null, response: content ?? null }]
  const calls = Array.isArray(tool_calls) ? tool_calls.filter(isObject).map(callOf) : []
  return [...contentOf(content), ...calls]
}

/** A part that is of a kind already stays as it is. */
function contentOf(content: JsonValue | undefined): JsonValue[] {
  if (content === undefined || content === null) return []
  const items = Array.isArray(content) ? content : [content]
  return items.map((item) => {
    if (isObject(item)) return item.type === 'text' ? { type: 'text', content: item.text ?? item.content ?? '' } : item
    return { type: 'text', content: typeof item === 'string' ? item : JSON.stringify(item) }
  })
}

function callOf({ id, function: called, name, arguments: given }: JsonObject): JsonObject {
  const of = isObject(called) ? called : { name, arguments: given }
  return { type: 'tool_call', id: id ?? null, name: of.name ?? '', arguments: of.arguments ?? null }
}

const finishOf = ({ finish_reason, tool_calls }: JsonObject): string =>
  typeof finish_reason === 'string' ? finish_reason : Array.isArray(tool_calls) ? 'tool_call' : 'stop'
