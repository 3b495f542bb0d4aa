import { isObject, type JsonObject, type JsonValue } from '../../../storage/telemetry/record.ts'
import { parseJson } from '../otlp-values.ts'
import { answerOf, callOf, readParts } from './chat-parts.ts'
import { asText, compact, contentOf, messagesText, objectsIn } from './messages.ts'

/**
 * Chat messages out of what SDKs send to and get from models, whoever's form it has: OpenAI (chat, responses), Anthropic, Gemini,
 * LangChain, Vercel, Genkit, Haystack, LiveKit. What a message or a part says beyond what is known here stays in it.
 */

/** A request as JSON text of its messages; anything else as text. */
export const requestText = (value: JsonValue | undefined): string | null =>
  messagesText(requestMessages(value) ?? []) ?? asText(value)

/** An answer as JSON text of its messages; anything else as text. */
export const responseText = (value: JsonValue | undefined): string | null =>
  messagesText(responseMessages(value) ?? []) ?? asText(value)

/** The messages of a request: a list of them, or an object that holds them under one of these names; system instructions go first. */
export function requestMessages(value: JsonValue | undefined): JsonObject[] | null {
  if (typeof value === 'string' || value === undefined || value === null) return null
  if (Array.isArray(value)) return listOf(value)
  if (!isObject(value)) return null
  const system = systemOf(value)
  for (const name of ['messages', 'contents', 'input', 'items', 'prompt']) {
    const held = value[name]
    const messages = Array.isArray(held)
      ? listOf(held)
      : typeof held === 'string' && SIGNS.some((sign) => sign in value)
        ? [{ role: 'user', content: held }]
        : null
    if (messages !== null) return [...system, ...messages]
  }
  return isMessage(value) ? chatMessages(value) : null
}

/** What besides a prompt in an object shows that the object is a model's request. */
const SIGNS = ['model', 'system', 'instructions', 'max_tokens', 'temperature', 'tools']

/** The definitions of tools in a request that is an object, or the JSON text of one; those of which only the messages are shown otherwise. */
export const requestTools = (value: JsonValue | undefined): JsonValue[] | null => {
  const tools = requestObject(value, TOOLS)?.tools
  return Array.isArray(tools) && tools.length > 0 ? tools : null
}
const TOOLS = /"tools"\s*:\s*\[/

/** The parameters in a request that is an object, or the JSON text of one. */
export const requestParameters = (value: JsonValue | undefined): JsonObject | null => {
  const request = requestObject(value, PARAMETERS)
  return request && compact(Object.fromEntries(PARAMETER_NAMES.map((name) => [name, request[name] ?? undefined])))
}
const PARAMETER_NAMES = [
  ...['temperature', 'top_p', 'top_k', 'max_tokens', 'max_completion_tokens', 'max_output_tokens', 'stop', 'seed', 'n'],
  ...[
    'frequency_penalty',
    'presence_penalty',
    'response_format',
    'tool_choice',
    'reasoning',
    'reasoning_effort',
    'service_tier',
  ],
]
const PARAMETERS = new RegExp(`"(?:${PARAMETER_NAMES.join('|')})"\\s*:`)

/** To read a long text again is worth it only where it seems to have what is looked for. */
function requestObject(value: JsonValue | undefined, sign: RegExp): JsonObject | null {
  if (typeof value === 'string' && !sign.test(value)) return null
  const request = typeof value === 'string' ? parseJson(value) : value
  return isObject(request) && requestMessages(request) !== null ? request : null
}

function systemOf(request: JsonObject): JsonObject[] {
  const config = isObject(request.config) ? request.config : {}
  const said = request.system ?? request.instructions ?? request.systemInstruction ?? config.system_instruction
  if (said === undefined || said === null || said === '') return []
  if (isObject(said) && Array.isArray(said.parts)) return chatMessages({ ...said, role: 'system' })
  return chatMessages({ role: 'system', content: said })
}

/** The messages of an answer, however it is wrapped. */
export function responseMessages(value: JsonValue | undefined): JsonObject[] | null {
  if (Array.isArray(value)) return listOf(value)
  if (!isObject(value)) return null
  if (typeof value.role === 'string') return isMessage(value) ? chatMessages(value) : null
  for (const [name, unwrap] of ANSWERS) {
    const found = unwrap(value[name])
    if (found !== null && found.length > 0) return found
  }
  return null
}

const answered = (held: JsonValue | undefined): JsonObject[] | null =>
  isObject(held) ? chatMessages({ role: 'assistant', ...held }) : null

/** A list whose elements hold their message under that name, or are it. */
const each =
  (name: string) =>
  (held: JsonValue | undefined): JsonObject[] | null =>
    Array.isArray(held)
      ? listOf(
          held.flat().map((one) => (isObject(one) && isObject(one[name]) ? { role: 'assistant', ...one[name] } : one)),
        )
      : null

const ANSWERS: [string, (held: JsonValue | undefined) => JsonObject[] | null][] = [
  ['choices', each('message')],
  ['candidates', each('content')],
  ['generations', each('message')],
  ['replies', each('message')],
  ['messages', each('message')],
  ['message', answered],
  ['content', (held) => (Array.isArray(held) ? answered({ content: held }) : answered(held))],
  ['output', (held) => responseMessages(held)],
]

function listOf(list: JsonValue[]): JsonObject[] | null {
  const items = list.length === 1 && Array.isArray(list[0]) ? list[0] : list
  const objects = items.filter(isObject)
  if (objects.length < items.length || !objects.some(isMessage)) return null
  // Between messages a conversation may hold other things, which say of what type they are.
  if (!objects.every((item) => isMessage(item) || typeof item.type === 'string')) return null
  return objects.flatMap((item) =>
    isMessage(item) ? chatMessages(item) : [{ role: item.type ?? null, content: null, ...item }],
  )
}

const isMessage = (item: JsonObject): boolean =>
  (typeof item.role === 'string' && ('content' in item || 'parts' in item || 'tool_calls' in item)) ||
  (typeof item.type === 'string' &&
    (ITEMS.has(item.type) || 'data' in item || 'kwargs' in item) &&
    !('mime_type' in item)) ||
  (item.lc !== undefined && isObject(item.kwargs))

/** Items of a conversation that are no messages by themselves: calls and their results. */
const ITEMS = new Set(['function_call', 'function_call_output', 'message', 'reasoning'])

const ROLES = new Map([
  ['model', 'assistant'],
  ['ai', 'assistant'],
  ['human', 'user'],
  ['developer', 'system'],
])

/** One message in the appliance's form; the results of several tools in one message become a message each. */
function chatMessages(item: JsonObject): JsonObject[] {
  const message = unwrapLangChain(item)
  if (message.type === 'function_call') return [{ role: 'assistant', content: null, tool_calls: [callOf(message)] }]
  if (message.type === 'function_call_output') return [answerOf(message)]
  const { role, content, parts, tool_calls, type: _, ...others } = message
  const said = readParts(parts ?? content)
  const asked = objectsIn(tool_calls).map((call) => ('function' in call ? call : callOf(call)))
  const calls = [...said.calls, ...asked]
  const name = typeof role === 'string' ? (ROLES.get(role) ?? role) : null
  const whole: JsonObject = {
    role: name,
    content: typeof content === 'string' && parts === undefined ? content : contentOf(said.content),
    ...(said.thoughts.length > 0 ? { reasoning: said.thoughts.join('\n') } : {}),
    ...(calls.length > 0 ? { tool_calls: calls } : {}),
    ...others,
  }
  const empty = said.content.length === 0 && typeof content !== 'string' && calls.length === 0
  return said.answers.length > 0 && empty && said.thoughts.length === 0 ? said.answers : [whole, ...said.answers]
}

/** `{type: 'human', data: {…}}`, `{lc, kwargs: {…}}` and LangChain's plain form, `{type: 'human', content}`. */
function unwrapLangChain(item: JsonObject): JsonObject {
  const inner = isObject(item.data) ? item.data : isObject(item.kwargs) ? item.kwargs : null
  const type = inner?.type ?? item.type
  if (inner === null && (typeof type !== 'string' || 'role' in item || ITEMS.has(type))) return item
  const { type: _, additional_kwargs: __, ...fields } = inner ?? item
  return { role: type ?? null, ...fields }
}

/** `{page_content | content | text, metadata | meta, id, score}` and their like as the appliance's documents. */
export function documentsOf(value: JsonValue | undefined): JsonObject[] | null {
  const list = Array.isArray(value) ? value : isObject(value) && Array.isArray(value.documents) ? value.documents : []
  if (list.length === 0 || !list.every((one) => isObject(one) && DOCUMENT.some((name) => name in one))) return null
  return list.filter(isObject).map((one) => {
    const { page_content, content, text, type: _, ...others } = one
    return { ...others, content: page_content ?? content ?? text ?? null }
  })
}
const DOCUMENT = ['page_content', 'content', 'text']
