import { isObject, type JsonObject, type JsonValue } from '../../../storage/telemetry/record.ts'
import { parseJson } from '../otlp-values.ts'
import { contentOf, objectsIn, toolCall } from './messages.ts'

/** `{message: {role, …}}` → `{role, …}`, with what stood beside it. */
export function unwrap(item: JsonObject, name: string): JsonObject {
  const { [name]: inner, ...beside } = item
  return isObject(inner) ? { ...inner, ...beside } : item
}

/**
 * A message of `llm.input_messages` as a chat message: parts in `contents`, calls in `tool_calls`, and the single
 * `function_call_…` of older APIs, each in its flattened wrapping.
 */
export function openInferenceMessage(message: JsonObject): JsonObject {
  const { role, content, contents, tool_calls, function_call_name, function_call_arguments_json, ...others } = message
  const parts = objectsIn(contents).map(contentPart)
  const calls = objectsIn(tool_calls).map(openInferenceCall)
  const hasCall = function_call_name !== undefined
  return {
    role: role ?? null,
    content: content ?? contentOf(parts),
    ...(contents !== undefined && (content !== undefined || parts.length === 0) ? { contents } : {}),
    ...(calls.length > 0 ? { tool_calls: calls } : {}),
    ...(hasCall
      ? { function_call: { name: function_call_name, arguments: function_call_arguments_json ?? null } }
      : {}),
    ...(!hasCall && function_call_arguments_json !== undefined ? { function_call_arguments_json } : {}),
    ...others,
  }
}

function contentPart(item: JsonObject): JsonObject {
  const part = unwrap(item, 'message_content')
  const flat: JsonObject = {}
  for (const [name, value] of Object.entries(part)) flat[name] = isObject(value) ? unwrap(value, name) : value
  return flat
}

function openInferenceCall(item: JsonObject): JsonObject {
  const { id, function: called, ...others } = unwrap(item, 'tool_call')
  const { name, arguments: args, ...rest } = isObject(called) ? called : {}
  return { ...toolCall(id, name, args), ...rest, ...others }
}

/** `{tool: {json_schema: '…'}}` → the schema, if it is JSON and all there is. */
export function toolDefinition(item: JsonObject): JsonValue {
  const tool = unwrap(item, 'tool')
  const { json_schema, ...others } = tool
  if (typeof json_schema !== 'string') return tool
  const schema = parseJson(json_schema) ?? json_schema
  return Object.keys(others).length === 0 ? schema : { ...others, json_schema: schema }
}
