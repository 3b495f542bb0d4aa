import { isObject, type JsonObject } from '../../../storage/telemetry/record.ts'
import { usageFromProvider } from '../../usage.ts'
import { requestText, responseText } from './chat.ts'
import type { Family, SpanType } from './family.ts'
import { asText, compact } from './messages.ts'
import { fromJson, type SpanSource } from './source.ts'

/**
 * Google's Agent Development Kit (https://google.github.io/adk-docs/observability/): OpenTelemetry's conventions, and the requests and answers
 * of Gemini in `gcp.vertex.agent.*`. A model call is two spans, `call_llm` around `generate_content`.
 */
export const adk: Family = {
  name: 'adk',
  claims: (source) => source.scopeName.startsWith('gcp.vertex') || source.hasPrefix('gcp.vertex.'),
  fields: {
    type: (source) => TYPES.get(source.spanName.split(' ')[0] ?? '') ?? null,
    model: (source) => asText(answer(source).model_version),
    // The kit itself is no provider; its model calls are Gemini's unless it says otherwise.
    provider: (source) =>
      source.peek('gen_ai.system') === 'gcp.vertex.agent' && source.has(`${OWN}.llm_request`) ? 'google' : null,
    input: (source) => {
      const request = source.takeObject(`${OWN}.llm_request`)
      if (request !== null && Object.keys(request).length > 0) return requestText(request)
      return asText(source.take(`${OWN}.tool_call_args`) ?? source.take(`${OWN}.data`))
    },
    output: (source) => {
      const given = source.takeObject(`${OWN}.llm_response`)
      if (given !== null && Object.keys(given).length > 0) return responseText(given)
      return asText(source.take(`${OWN}.tool_response`))
    },
    usage: (source) => {
      const usage = answer(source).usage_metadata
      return isObject(usage) ? usageFromProvider(usage) : null
    },
    sessionId: (source) => source.takeText(`${OWN}.session_id`, 'gen_ai.conversation.id'),
    userId: (source) => source.takeText('user.id', `${OWN}.user_id`),
    parameters: (source) => {
      const { tools: _, system_instruction: __, http_options: ___, ...config } = configOf(source)
      return compact(config)
    },
    tools: (source) => configOf(source).tools ?? null,
  },
}

const OWN = 'gcp.vertex.agent'

const TYPES = new Map<string, SpanType>([
  ['call_llm', { type: 'llm', kind: null }],
  ['execute_tool', { type: 'tool', kind: null }],
  ['invocation', { type: 'other', kind: 'workflow' }],
  ['agent_run', { type: 'other', kind: 'agent' }],
  ['invoke_agent', { type: 'other', kind: 'agent' }],
])

function peeked(source: SpanSource, name: string): JsonObject {
  const value = fromJson(source.peek(`${OWN}.${name}`) ?? null)
  return isObject(value) ? value : {}
}
const answer = (source: SpanSource): JsonObject => peeked(source, 'llm_response')

function configOf(source: SpanSource): JsonObject {
  const { config } = peeked(source, 'llm_request')
  return isObject(config) ? config : {}
}
