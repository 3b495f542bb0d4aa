import { isObject, type Json, parseJson } from './json.ts'

/**
 * A model's input and output as a conversation. Most formats were brought into one on their way in (`{role, content, tool_calls}`); what
 * came as plain JSON may still be as the provider's SDK has it: OpenAI, Anthropic, Gemini, Vercel, or wrapped in `{messages: …}`.
 */
export interface Message {
  role: string
  name?: string
  parts: Part[]
  reasoning?: string
  calls: ToolCall[]
  /** The call that this message, of a tool, answers. */
  answers?: string
}

export type Part =
  | { kind: 'file'; src: string; media: string; bytes: number }
  | { kind: 'text'; text: string }
  | { kind: 'image'; src: string }
  | { kind: 'json'; value: unknown }

export interface ToolCall {
  id: string | null
  name: string
  /** JSON text, or what was there. */
  args: string
  result?: Part[]
}

/** Null when the text is no conversation. */
export function messagesIn(text: string | null): Message[] | null {
  if (text === null || !/^\s*[[{]/.test(text)) return null
  const list = listOf(parseJson(text))
  if (!list || list.length === 0) return null
  const messages: Message[] = []
  for (const item of list) {
    const message = isObject(item) ? messageOf(item) : null
    if (!message) return null
    messages.push(...message)
  }
  return paired(messages)
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

function listOf(value: unknown): unknown[] | null {
  if (Array.isArray(value)) return value
  if (!isObject(value)) return null
  if (Array.isArray(value.messages)) {
    const system = value.system ?? value.system_prompt
    return system === undefined ? value.messages : [{ role: 'system', content: system }, ...value.messages]
  }
  if (Array.isArray(value.choices))
    return value.choices.map((choice) => (isObject(choice) ? (choice.message ?? choice) : choice))
  return 'role' in value ? [value] : null
}

const ROLES: Record<string, string> = {
  human: 'user',
  ai: 'assistant',
  model: 'assistant',
  function: 'tool',
  developer: 'system',
}

/** A message with tool results inside (Anthropic, Gemini) is several. */
function messageOf(item: Json): Message[] | null {
  const said = textOf(item.role) ?? textOf(item.type)
  if (said === undefined || !('content' in item || 'parts' in item || 'tool_calls' in item || 'function_call' in item))
    return null
  const role = ROLES[said] ?? said
  const content = item.parts ?? item.content
  const blocks = Array.isArray(content)
    ? content
    : content === null || content === undefined || content === ''
      ? []
      : [content]
  const message: Message = { role, parts: [], calls: callsOf(item) }
  const results: Message[] = []
  const name = textOf(item.name)
  if (name) message.name = name
  const thoughts = [textOf(item.reasoning) ?? textOf(item.reasoning_content)]
  for (const block of blocks) {
    const call = isObject(block) ? callIn(block) : null
    const result = isObject(block) ? resultIn(block) : null
    const thought = isObject(block) ? thoughtIn(block) : undefined
    if (call) message.calls.push(call)
    else if (result) results.push(result)
    else if (thought !== undefined) thoughts.push(thought)
    else message.parts.push(partOf(block))
  }
  const reasoning = thoughts.filter(Boolean).join('\n\n')
  if (reasoning) message.reasoning = reasoning
  const answers = textOf(item.tool_call_id) ?? textOf(item.toolCallId)
  if (answers) message.answers = answers
  const empty = message.parts.length + message.calls.length === 0 && !reasoning
  return empty && results.length > 0 ? results : [message, ...results]
}

function callsOf(item: Json): ToolCall[] {
  const listed = Array.isArray(item.tool_calls) ? item.tool_calls : []
  const calls = listed.filter(isObject).map((call) => {
    const inner = isObject(call.function) ? call.function : call
    return {
      id: textOf(call.id) ?? null,
      name: textOf(inner.name) ?? 'tool',
      args: argsText(inner.arguments ?? inner.args ?? inner.input),
    }
  })
  if (!isObject(item.function_call)) return calls
  const { name, arguments: args } = item.function_call
  return [...calls, { id: null, name: textOf(name) ?? 'tool', args: argsText(args) }]
}

function callIn(block: Json): ToolCall | null {
  if (block.type === 'tool_use' || block.type === 'tool-call' || block.type === 'tool_call') {
    const id = textOf(block.id) ?? textOf(block.toolCallId) ?? null
    return {
      id,
      name: textOf(block.name) ?? textOf(block.toolName) ?? 'tool',
      args: argsText(block.input ?? block.args ?? block.arguments),
    }
  }
  const called = block.functionCall ?? block.function_call
  return isObject(called)
    ? { id: textOf(called.id) ?? null, name: textOf(called.name) ?? 'tool', args: argsText(called.args) }
    : null
}

function resultIn(block: Json): Message | null {
  if (block.type === 'tool_result' || block.type === 'tool-result' || block.type === 'tool_call_response') {
    const content = block.content ?? block.result ?? block.output ?? block.response
    const parts = (Array.isArray(content) ? content : [content]).map(partOf)
    const answers = textOf(block.tool_use_id) ?? textOf(block.toolCallId) ?? textOf(block.id)
    return { role: 'tool', parts, calls: [], ...(answers ? { answers } : {}) }
  }
  const answer = block.functionResponse ?? block.function_response
  if (!isObject(answer)) return null
  return { role: 'tool', name: textOf(answer.name) ?? 'tool', parts: [partOf(answer.response)], calls: [] }
}

function thoughtIn(block: Json): string | undefined {
  if (block.type !== 'thinking' && block.type !== 'reasoning') return undefined
  return textOf(block.thinking) ?? textOf(block.text) ?? textOf(block.content) ?? textOf(block.reasoning) ?? ''
}

function partOf(block: unknown): Part {
  if (typeof block === 'string') return { kind: 'text', text: block }
  if (!isObject(block)) return { kind: 'json', value: block }
  if (block.type === 'attachment' && textOf(block.id)) {
    const [src, media] = [`/v1/attachments/${block.id}`, textOf(block.media_type) ?? '']
    return media.startsWith('image/')
      ? { kind: 'image', src }
      : { kind: 'file', src, media, bytes: Number(block.bytes) || 0 }
  }
  const text =
    textOf(block.text) ?? (block.type === 'text' || block.type === 'output_text' ? textOf(block.content) : undefined)
  if (text !== undefined) return { kind: 'text', text }
  const src = imageOf(block)
  return src === null ? { kind: 'json', value: block } : { kind: 'image', src }
}

/** The address of a picture, or the picture itself as a data address. */
function imageOf(block: Json): string | null {
  const held = [block.image_url, block.source, block.inlineData, block.inline_data, block.image].find(isAttachment)
  if (held) return `/v1/attachments/${held.id}`
  const url = isObject(block.image_url)
    ? block.image_url.url
    : (block.image_url ?? (isObject(block.image) ? block.image.url : block.image))
  if (typeof url === 'string') return url
  const source = isObject(block.source)
    ? block.source
    : isObject(block.inlineData)
      ? block.inlineData
      : isObject(block.inline_data)
        ? block.inline_data
        : null
  const data = source && textOf(source.data)
  const type = source && (textOf(source.media_type) ?? textOf(source.mimeType) ?? textOf(source.mime_type))
  return data && type?.startsWith('image/') ? `data:${type};base64,${data}` : null
}

const isAttachment = (value: unknown): value is { id: string } =>
  isObject(value) && value.type === 'attachment' && typeof value.id === 'string'

const argsText = (args: unknown): string =>
  typeof args === 'string' ? args : args === undefined ? '' : JSON.stringify(args, null, 2)

/** A call and its result become one: the result is taken out of the list and put to its call. */
function paired(messages: Message[]): Message[] {
  const calls = new Map<string, ToolCall>()
  const left: Message[] = []
  for (const message of messages) {
    for (const call of message.calls) if (call.id) calls.set(call.id, call)
    const call = message.role === 'tool' && message.answers ? calls.get(message.answers) : undefined
    if (call && !call.result) call.result = message.parts
    else left.push(message)
  }
  return left
}

const MOST_LETTERS = 600

/** What a text comes down to in a few lines: of a conversation what was said or called last, else its beginning. Null when it is empty. */
export function saidLast(text: string | null): string | null {
  const last = messagesIn(text)?.findLast(({ parts, calls }) => parts.length + calls.length > 0)
  if (!last) return text === null || text.trim() === '' ? null : text.trim().slice(0, MOST_LETTERS)
  const said = last.parts.flatMap((part) => (part.kind === 'text' ? [part.text] : []))
  const called = last.calls.map(({ name, args }) => `${name}(${args.replace(/\s+/g, ' ')})`)
  return `${last.role}: ${[...said, ...called].join('\n') || last.parts[0]?.kind || ''}`.slice(0, MOST_LETTERS)
}
