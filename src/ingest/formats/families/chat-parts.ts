import { isObject, type JsonObject, type JsonValue } from '../../../storage/telemetry/record.ts'
import { asText, toolCall } from './messages.ts'

/** What stands in a message besides plain text: calls of tools, their answers, thoughts, and content of all kinds. */
interface Said {
  content: JsonObject[]
  calls: JsonObject[]
  thoughts: string[]
  answers: JsonObject[]
}

/** The parts of a message, by what they are. */
export function readParts(parts: JsonValue | undefined): Said {
  const said: Said = { content: [], calls: [], thoughts: [], answers: [] }
  const list = Array.isArray(parts) ? parts : isObject(parts) ? [parts] : []
  for (const part of list) {
    if (!isObject(part)) said.content.push({ type: 'text', text: asText(part) })
    else readerOf(part)(part, said)
  }
  return said
}

type PartReader = (part: JsonObject, said: Said) => void

const text: PartReader = (part, said) => {
  const { type: _, text, content, ...others } = part
  said.content.push({ type: 'text', text: text ?? content ?? null, ...others })
}
const call: PartReader = (part, said) => said.calls.push(callOf(part))
const answer: PartReader = (part, said) => said.answers.push(answerOf(part))
const thought: PartReader = (part, said) =>
  said.thoughts.push(asText(part.text ?? part.thinking ?? part.content ?? part.reasoning) ?? '')
const inside =
  (name: string, reader: PartReader): PartReader =>
  (part, said) =>
    reader(isObject(part[name]) ? part[name] : {}, said)

/** Parts by their `type`. */
const BY_TYPE = new Map<JsonValue | undefined, PartReader>([
  ...['text', 'input_text', 'output_text'].map((type) => [type, text] as const),
  ...['tool_use', 'tool-call', 'tool_call', 'function_call'].map((type) => [type, call] as const),
  ...['tool_result', 'tool-result', 'tool_call_response', 'function_call_output'].map(
    (type) => [type, answer] as const,
  ),
  ...['thinking', 'reasoning'].map((type) => [type, thought] as const),
])

/** Parts without a type by the one name that tells what they are. */
const BY_NAME: [string, PartReader][] = [
  ['text', text],
  ...['functionCall', 'function_call', 'toolRequest', 'tool_call'].map((name): [string, PartReader] => [
    name,
    inside(name, call),
  ]),
  ...['functionResponse', 'function_response', 'toolResponse', 'tool_call_result'].map((name): [string, PartReader] => [
    name,
    inside(name, answer),
  ]),
  ['reasoning', thought],
]

const other: PartReader = (part, said) => said.content.push(part)

const readerOf = (part: JsonObject): PartReader =>
  typeof part.type === 'string'
    ? (BY_TYPE.get(part.type) ?? other)
    : (BY_NAME.find(([name]) => name in part)?.[1] ?? other)

/** A call of a tool, whoever's form it has. */
export function callOf(part: JsonObject): JsonObject {
  const {
    type: _,
    id,
    toolCallId,
    call_id,
    ref,
    name,
    toolName,
    tool_name,
    input,
    args,
    arguments: given,
    ...others
  } = part
  return {
    ...toolCall(toolCallId ?? call_id ?? id ?? ref, name ?? toolName ?? tool_name, given ?? input ?? args),
    ...others,
  }
}

/** What a tool answered, as a message of its own. */
export function answerOf(part: JsonObject): JsonObject {
  const {
    type: _,
    toolCallId,
    tool_use_id,
    call_id,
    id,
    ref,
    origin,
    content,
    output,
    result,
    response,
    ...others
  } = part
  const asked = isObject(origin) ? origin.id : undefined
  const said = content ?? output ?? result ?? response
  return {
    role: 'tool',
    content: asText(isObject(said) && 'value' in said && 'type' in said ? said.value : said),
    tool_call_id: toolCallId ?? tool_use_id ?? call_id ?? id ?? ref ?? asked ?? null,
    ...others,
  }
}
