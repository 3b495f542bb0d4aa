import { isObject, type JsonObject, type JsonValue } from '../../../storage/telemetry/record.ts'
import { parseJson } from '../otlp-values.ts'
import { asText, contentOf, objectsIn, toolCall } from './messages.ts'
import type { SourceEvent } from './source.ts'

/** Events of semconv 1.28 to 1.36, one per message. */
export const MESSAGE_EVENTS: ReadonlySet<string> = new Set([
  'gen_ai.system.message',
  'gen_ai.user.message',
  'gen_ai.assistant.message',
  'gen_ai.tool.message',
])
export const CHOICE_EVENTS: ReadonlySet<string> = new Set(['gen_ai.choice'])

/** The event of semconv 1.37 and later that carries what would else be attributes of the span. */
export const DETAILS_EVENT = 'gen_ai.client.inference.operation.details'

/** Chat messages of a list in any of the conventions' forms; empty when it is not a list of messages. */
export function genaiMessages(list: JsonValue | undefined): JsonObject[] {
  if (Array.isArray(list) && !list.every(isObject)) return []
  const items = objectsIn(list)
  return items.every((item) => 'role' in item || 'parts' in item || 'content' in item || 'tool_calls' in item)
    ? items.flatMap(genaiMessage)
    : []
}

/** A message with `parts` may hold several tool results, each of which is a message by itself. */
function genaiMessage(message: JsonObject): JsonObject[] {
  const { role, parts, ...others } = message
  if (!Array.isArray(parts)) return [plainMessage(message)]
  const all = objectsIn(parts)
  const answers = all.filter((part) => part.type === 'tool_call_response').map(toolAnswer)
  const said = saidIn(all)
  return said === null && answers.length > 0
    ? answers
    : [{ role: role ?? null, content: null, ...said, ...named(others) }, ...answers]
}

/** Some senders write out that a message has no name. */
function named({ name, ...others }: JsonObject): JsonObject {
  return name === undefined || name === null ? others : { ...others, name }
}

function saidIn(parts: JsonObject[]): JsonObject | null {
  const content: JsonObject[] = []
  const calls: JsonObject[] = []
  const thoughts: string[] = []
  for (const part of parts) {
    if (part.type === 'tool_call') calls.push(callOf(part))
    else if (isThought(part)) thoughts.push(asText(part.content) ?? '')
    else if (part.type !== 'tool_call_response') content.push(textPart(part))
  }
  if (content.length + calls.length + thoughts.length === 0) return null
  return {
    content: contentOf(content),
    ...(thoughts.length > 0 ? { reasoning: thoughts.join('\n') } : {}),
    ...(calls.length > 0 ? { tool_calls: calls } : {}),
  }
}

/** A thought with more to it than text (a signature) stays a part. */
const isThought = (part: JsonObject): boolean =>
  (part.type === 'reasoning' || part.type === 'thinking') &&
  Object.keys(part).every((key) => key === 'type' || key === 'content')

/** The conventions call a part's text `content`. */
function textPart(part: JsonObject): JsonObject {
  const { type, content, ...others } = part
  return type === 'text' && typeof content === 'string' ? { type, text: content, ...others } : part
}

function callOf(part: JsonObject): JsonObject {
  const { type: _, id, name, arguments: args, ...others } = part
  return { ...toolCall(id, name, args), ...others }
}

function toolAnswer(part: JsonObject): JsonObject {
  const { type: _, id, response, result, ...others } = part
  return { role: 'tool', content: asText(response ?? result), tool_call_id: id ?? null, ...others }
}

/** `{role, content, tool_calls}`, whose calls may be flat: `{id, name, arguments}`. */
function plainMessage(message: JsonObject): JsonObject {
  const { role, content, tool_calls, ...others } = message
  const calls = objectsIn(tool_calls).map((call) => ('function' in call ? call : callOf(call)))
  const called = calls.length > 0 ? calls : tool_calls
  return {
    role: role ?? null,
    content: content ?? null,
    ...(called === undefined ? {} : { tool_calls: called }),
    ...others,
  }
}

/** `gen_ai.system_instructions`: a list of parts, of messages, or text. */
export function systemMessage(instructions: JsonValue | undefined): JsonObject | null {
  if (instructions === undefined) return null
  if (!Array.isArray(instructions)) return { role: 'system', content: asText(instructions) }
  const parts = instructions.map((part) => (isObject(part) ? textPart(part) : { type: 'text', text: asText(part) }))
  return parts.length === 0 ? null : { role: 'system', content: contentOf(parts) }
}

/** The message an event stands for. Its role is in the event's name (`gen_ai.user.message`) unless the body says otherwise. */
export function eventMessage(event: SourceEvent): JsonObject {
  const { id, ...body } = bodyOf(event)
  const role = event.name.split('.')[1] ?? null
  return plainMessage({ role, ...body, ...(id === undefined ? {} : { [role === 'tool' ? 'tool_call_id' : 'id']: id }) })
}

/** `gen_ai.choice`: the message is in `message`, or laid out flat. */
export function choiceOf(event: SourceEvent): JsonObject {
  const { message, ...body } = bodyOf(event)
  const inner = typeof message === 'string' ? (parseJson(message) ?? message) : message
  const said = isObject(inner) ? inner : inner === undefined ? {} : { content: inner }
  return plainMessage({ role: 'assistant', ...body, ...said })
}

/** What the event says, from its attributes or from the JSON text in `gen_ai.event.content`, without what the span says too. */
function bodyOf(event: SourceEvent): JsonObject {
  const body: [string, JsonValue][] = []
  for (const [key, value] of event.attributes) {
    const parsed = key === 'gen_ai.event.content' && typeof value === 'string' ? parseJson(value) : undefined
    if (isObject(parsed)) body.push(...Object.entries(parsed))
    else if (key === 'tool_calls' && typeof value === 'string') body.push([key, parseJson(value) ?? value])
    else if (!ON_THE_SPAN.has(key)) body.push([key.replace(/^gen_ai\.event\./, ''), value])
  }
  return Object.fromEntries(body)
}

const ON_THE_SPAN = new Set(['gen_ai.system', 'gen_ai.provider.name', 'event.name'])
