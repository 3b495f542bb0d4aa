import { isObject, type JsonObject, type JsonValue } from '../../../storage/telemetry/record.ts'
import { jsonText, parseJson } from '../otlp-values.ts'

/**
 * Chat messages as the whole appliance knows them, in the shape most models and people speak:
 *
 *   {role, content}                                   content is text, or a list of parts `{type, …}`
 *   {role: 'assistant', content, tool_calls: [{id, type: 'function', function: {name, arguments}}]}
 *   {role: 'tool', content, tool_call_id}
 *   reasoning                                         what the model thought, beside `content`
 *
 * Whatever else a message carries stays in it under its own name.
 */
export const messagesText = (messages: readonly JsonObject[]): string | null =>
  messages.length === 0 ? null : jsonText([...messages])

/** `arguments` is JSON text, as providers send it; structure is written out. */
export function toolCall(
  id: JsonValue | undefined,
  name: JsonValue | undefined,
  args: JsonValue | undefined,
): JsonObject {
  return {
    ...(id === undefined || id === null ? {} : { id }),
    type: 'function',
    function: { name: name ?? null, arguments: argumentText(args) },
  }
}

const argumentText = (args: JsonValue | undefined): string | null =>
  args === undefined || args === null ? null : typeof args === 'string' ? args : jsonText(args)

/** Parts that are all text become that text, when there is one; else the list of parts. */
export function contentOf(parts: JsonObject[]): JsonValue {
  const [only] = parts
  if (only === undefined) return null
  return parts.length === 1 && only.type === 'text' && typeof only.text === 'string' ? only.text : parts
}

/** The objects of a list; a single object counts as a list of one, and text among objects as one with that content. */
export function objectsIn(value: JsonValue | undefined): JsonObject[] {
  if (Array.isArray(value))
    return value.filter((one) => one !== null).map((one) => (isObject(one) ? one : { content: one }))
  return isObject(value) ? [value] : []
}

/** Text as it is, null as null, anything else as JSON text. */
export function asText(value: JsonValue | undefined): string | null {
  if (value === undefined || value === null || value === '') return null
  return typeof value === 'string' ? value : jsonText(value)
}

/** As `asText`, and JSON text of a string is that string: some senders put every result into JSON. */
export function unquotedText(value: JsonValue | undefined): string | null {
  const text = asText(value)
  if (text === null || !text.startsWith('"')) return text
  const said = parseJson(text)
  return typeof said === 'string' ? said : text
}

/** A list of strings, from a list, JSON text of one, or one string. */
export function stringsIn(value: JsonValue | undefined): string[] {
  if (typeof value === 'string' && value !== '') return [value]
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string' && one !== '').map(String) : []
}

/** Without the fields that are null or undefined; null if nothing is left. */
export function compact(fields: Record<string, JsonValue | undefined>): JsonObject | null {
  if (!saysAnything(fields)) return null
  const present = Object.entries(fields).filter((field): field is [string, JsonValue] => (field[1] ?? null) !== null)
  return Object.fromEntries(present)
}

/** Mostly there is nothing to be said of a prompt, a tool or a ranking; then nothing is made. */
function saysAnything(fields: Record<string, JsonValue | undefined>): boolean {
  for (const name in fields) if ((fields[name] ?? null) !== null) return true
  return false
}
