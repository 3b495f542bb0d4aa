import { isObject, type JsonValue } from '../../../storage/telemetry/record.ts'
import { usageFromProvider } from '../../usage.ts'
import { requestMessages, responseMessages } from './chat.ts'
import type { Family, SpanType } from './family.ts'
import { choiceOf, eventMessage, systemMessage } from './genai-messages.ts'
import { asText, messagesText, objectsIn, stringsIn } from './messages.ts'
import { fromJson, type SpanSource } from './source.ts'

/**
 * Pydantic Logfire and Pydantic AI (https://logfire.pydantic.dev/docs/, https://ai.pydantic.dev/logfire/): what a span is called is in
 * `logfire.msg`; model calls speak OpenTelemetry's conventions, in earlier versions with the messages in `events`, `all_messages_events`
 * or `request_data`.
 */
export const logfire: Family = {
  name: 'logfire',
  claims: (source) =>
    source.hasPrefix('logfire.') || source.hasPrefix('pydantic_ai.') || source.scopeName === 'pydantic-ai',
  fields: {
    name: (source) => source.takeText('logfire.msg'),
    type: (source) => spanType(source),
    requested_model: (source) => source.takeText('model_name'),
    input: (source) => input(source),
    output: (source) => output(source),
    // The provider's own object: more is in it than in the counts beside it.
    usage: (source) => {
      const raw = source.takeObject('gen_ai.usage.raw')
      return raw === null ? null : usageFromProvider(raw)
    },
    tier: (source) => {
      const asked = source.peek('request_data')
      const request = typeof asked === 'string' && asked.includes('"service_tier"') ? fromJson(asked) : asked
      return isObject(request) && typeof request.service_tier === 'string' ? request.service_tier : null
    },
    cost: (source) => source.takeAmount('operation.cost'),
    tags: (source) => {
      const tags = stringsIn(source.take('logfire.tags'))
      return tags.length === 0 ? null : tags
    },
    tools: (source) => tools(source),
    agent: (source) =>
      source.takeAll({ agent_name: 'name', 'gen_ai.agent.name': 'name', 'gen_ai.agent.call.id': 'call_id' }),
  },
}

/** Pydantic AI's runs before they named their operation. */
function spanType(source: SpanSource): SpanType | null {
  if (source.has('gen_ai.operation.name')) return null
  if (source.has('agent_name')) return { type: 'other', kind: 'agent' }
  if (source.has('tool_arguments')) return { type: 'tool', kind: null }
  if (source.peek('logfire.span_type') === 'log') return { type: 'other', kind: 'log' }
  return null
}

/** Messages before, and with, the answer: Pydantic AI keeps both in one list. */
const events = (source: SpanSource) =>
  objectsIn(fromJson(source.peek('events') ?? source.peek('all_messages_events') ?? null)).filter(
    (one) => typeof one['event.name'] === 'string' && one['event.name'].startsWith('gen_ai.'),
  )
const ofEvent = (one: { [key: string]: JsonValue }) => ({
  name: String(one['event.name']),
  attributes: new Map(Object.entries(one)),
})

function input(source: SpanSource): string | null {
  const asked = events(source).filter((one) => one['event.name'] !== 'gen_ai.choice')
  if (asked.length > 0) {
    source.take('events')
    source.take('all_messages_events')
    return messagesText(asked.map((one) => eventMessage(ofEvent(one))))
  }
  // The run's own messages end with its answer.
  const all = requestMessages(source.takeJson('pydantic_ai.all_messages'))
  const upTo = all === null ? -1 : all.findIndex(({ role }) => role === 'assistant')
  if (all !== null) {
    const asked = upTo < 0 ? all : all.slice(0, upTo)
    const system = asked.some(({ role }) => role === 'system')
      ? null
      : systemMessage(source.takeJson('gen_ai.system_instructions'))
    return messagesText([...(system === null ? [] : [system]), ...asked])
  }
  return (
    messagesText(requestMessages(fromJson(source.peek('request_data') ?? null)) ?? []) ??
    asText(source.take('tool_arguments'))
  )
}

function output(source: SpanSource): string | null {
  const result = asText(source.take('final_result') ?? source.take('tool_response'))
  if (result !== null) return result
  const choices = events(source).filter((one) => one['event.name'] === 'gen_ai.choice')
  if (choices.length > 0) return messagesText(choices.map((one) => choiceOf(ofEvent(one))))
  return messagesText(responseMessages(source.takeJson('response_data')) ?? [])
}

function tools(source: SpanSource): JsonValue {
  if (source.has('gen_ai.tool.definitions')) return null
  const parameters = source.takeObject('model_request_parameters')
  const given = parameters?.function_tools
  return isObject(given) || (Array.isArray(given) && given.length > 0) ? given : null
}
