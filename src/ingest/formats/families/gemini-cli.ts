import { reconcile } from '../../usage.ts'
import { isObject } from '../otlp-values.ts'
import { requestMessages, responseText } from './chat.ts'
import type { Family, SpanType } from './family.ts'
import { asText, messagesText, objectsIn } from './messages.ts'
import type { SpanSource } from './source.ts'

/**
 * Gemini CLI's traces (https://geminicli.com/docs/cli/telemetry/): OpenTelemetry's names, operations of its own, and in the attributes for
 * messages what Gemini's API sends and gets, or the calls of tools.
 */
export const geminiCli: Family = {
  name: 'gemini-cli',
  claims: (source) => source.scopeName === 'gemini-cli' || source.hasPrefix('gemini_cli.'),
  fields: {
    name: (source) => tool(source),
    type: (source) => TYPES.get(source.takeText('gen_ai.operation.name') ?? '') ?? null,
    provider: () => 'google',
    input: (source) => input(source),
    output: (source) => output(source),
    usage: (source) =>
      reconcile({
        input: source.takeCount('gen_ai.usage.input_tokens', 'input_token_count'),
        output: source.takeCount('gen_ai.usage.output_tokens', 'output_token_count'),
        cacheRead: source.takeCount('cached_content_token_count'),
        reasoning: source.takeCount('thoughts_token_count'),
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
  const value = source.takeJson('gen_ai.input.messages')
  if (isCall(source)) {
    const calls = objectsIn(value)
    return asText(calls.length === 1 ? (calls[0]?.args ?? value) : value)
  }
  const messages = requestMessages(value)
  const system = source.takeJson('gen_ai.system_instructions')
  if (messages === null) return asText(value)
  return messagesText([...(system === undefined ? [] : [{ role: 'system', content: asText(system) }]), ...messages])
}

function output(source: SpanSource): string | null {
  const value = source.takeJson('gen_ai.output.messages')
  if (!isCall(source)) return responseText(value)
  const answers = objectsIn(value).map(({ response }) =>
    isObject(response ?? null) ? (response as { resultDisplay?: string }).resultDisplay : null,
  )
  const [only] = answers
  return answers.length === 1 && typeof only === 'string' ? only : asText(value)
}
