import { isObject, type JsonObject, type JsonValue } from '../../../storage/telemetry/record.ts'
import { reconcile } from '../../usage.ts'
import { parseJson } from '../otlp-values.ts'
import { requestMessages, responseMessages, responseText } from './chat.ts'
import type { Family, SpanType } from './family.ts'
import { systemMessage } from './genai-messages.ts'
import { asText, messagesText, objectsIn } from './messages.ts'
import type { SpanSource } from './source.ts'

/**
 * Gemini CLI's traces, and its events as spans (`logs/gemini-cli.ts`;
 * https://geminicli.com/docs/cli/telemetry/): OpenTelemetry's names, operations of its own, and in the attributes for
 * messages what Gemini's API sends and gets, or the calls of tools.
 */
export const geminiCli: Family = {
  name: 'gemini-cli',
  claims: (source) => source.scopeName === 'gemini-cli' || source.hasPrefix('gemini_cli.'),
  fields: {
    name: (source) => source.takeText('function_name') ?? tool(source),
    type: (source) => TYPES.get(source.takeText('gen_ai.operation.name') ?? '') ?? null,
    model: (source) => source.takeText('gen_ai.response.model', 'model'),
    requested_model: (source) => source.takeText('gen_ai.request.model', 'model'),
    provider: () => 'google',
    input: (source) => input(source),
    output: (source) => output(source),
    usage: (source) =>
      reconcile({
        input: source.takeCount('gen_ai.usage.input_tokens') ?? asked(source),
        output: source.takeCount('gen_ai.usage.output_tokens', 'output_token_count'),
        total: source.takeCount('total_token_count'),
        cacheRead: source.takeCount('cached_content_token_count'),
        reasoning: source.takeCount('thoughts_token_count'),
      }),
    finish_reasons: (source) => source.takeJson('finish_reasons') ?? null,
    // Its prompts have no names: it is the id of what somebody asked.
    prompt: (source) => source.takeAll({ 'gen_ai.prompt.name': 'id', prompt_id: 'id' }),
    tool: (source) =>
      source.takeAll({
        'gen_ai.tool.call_id': 'call_id',
        'gen_ai.tool.name': 'name',
        'gen_ai.tool.description': 'description',
      }),
    sessionId: (source) => source.takeText('gen_ai.conversation.id', 'session.id'),
  },
}

const TYPES = new Map<string, SpanType>([
  ['llm_call', { type: 'llm', kind: null }],
  ['user_prompt', { type: 'other', kind: 'agent' }],
  ['agent_call', { type: 'other', kind: 'agent' }],
  ['tool_call', { type: 'tool', kind: null }],
  ['schedule_tool_calls', { type: 'tool', kind: null }],
  ['system_prompt', { type: 'other', kind: 'prompt' }],
])

/** Gemini counts what tools put into the prompt beside the prompt. */
function asked(source: SpanSource): number | null {
  const prompt = source.takeCount('input_token_count')
  return prompt === null ? null : prompt + (source.takeCount('tool_token_count') ?? 0)
}

const isCall = (source: SpanSource): boolean => /tool_call/.test(String(source.peek('gen_ai.operation.name') ?? ''))

/** A span that runs one tool is named by it. */
function tool(source: SpanSource): string | null {
  if (!isCall(source)) return null
  const calls = objectsIn(source.takeJson('gen_ai.input.messages'))
  const names = new Set(calls.map(({ name }) => name))
  const [name] = names
  return names.size === 1 && typeof name === 'string' ? name : null
}

function input(source: SpanSource): string | null {
  const given = asText(source.take('function_args') ?? source.take('prompt'))
  if (given !== null) return given
  const value = source.takeJson('request_text', 'gen_ai.input.messages')
  if (isCall(source)) {
    const calls = objectsIn(value)
    return asText(calls.length === 1 ? (calls[0]?.args ?? value) : value)
  }
  const messages = requestMessages(value)
  const system = source.takeJson('gen_ai.system_instructions')
  if (messages === null) return asText(value)
  const told = systemMessage(system)
  return messagesText([...(told === null ? [] : [told]), ...messages])
}

/** The messages of Gemini's answers as they were streamed, pieces of one message together. */
export function answersIn(value: JsonValue | undefined): JsonObject[] {
  const answers = typeof value === 'string' ? parseJson(value) : value
  const messages: JsonObject[] = []
  for (const answer of objectsIn(answers)) {
    for (const message of responseMessages(answer) ?? []) {
      const last = messages.at(-1)
      const goesOn = typeof message.content === 'string' && typeof last?.content === 'string' && !('tool_calls' in last)
      if (goesOn && !('tool_calls' in message)) last.content = `${last.content}${message.content}`
      else messages.push(message)
    }
  }
  return messages
}

function output(source: SpanSource): string | null {
  const said = messagesText(answersIn(source.take('response_text')))
  if (said !== null) return said
  const value = source.takeJson('gen_ai.output.messages')
  if (!isCall(source)) return responseText(value)
  const answers = objectsIn(value).map(({ response }) =>
    isObject(response ?? null) ? (response as { resultDisplay?: string }).resultDisplay : null,
  )
  const [only] = answers
  return answers.length === 1 && typeof only === 'string' ? only : asText(value)
}
