import type { JsonObject } from '../../../storage/telemetry/record.ts'
import { reconcile } from '../../usage.ts'
import { requestText } from './chat.ts'
import type { Family, SpanType } from './family.ts'
import { asText, messagesText, objectsIn, toolCall } from './messages.ts'
import type { SpanSource } from './source.ts'

/** LiveKit Agents (https://docs.livekit.io/agents/build/metrics/): `lk.*`, what people said in `lk.pii.*` since version 1.4. */
export const liveKit: Family = {
  name: 'livekit',
  claims: (source) => source.scopeName === 'livekit-agents' || source.hasPrefix('lk.'),
  fields: {
    name: (source) => (source.spanName === 'function_tool' ? source.takeText('lk.function_tool.name') : null),
    type: (source) => TYPES.get(source.spanName) ?? null,
    input: (source) => input(source),
    output: (source) => output(source),
    usage: (source) => usage(source.takeObject('lk.llm_metrics')),
    sessionId: (source) => source.takeText('lk.room_id', 'lk.room_name', 'room_id', 'lk.job_id'),
    userId: (source) => source.takeText('lk.participant_identity', 'lk.participant_id'),
    tools: (source) => (source.has('gen_ai.tool.definitions') ? null : nonEmpty(source.takeJson('lk.function_tools'))),
    tool: (source) =>
      source.takeAll({
        'gen_ai.tool.name': 'name',
        'gen_ai.tool.description': 'description',
        'lk.function_tool.id': 'call_id',
        'lk.function_tool.is_error': 'is_error',
      }),
    agent: (source) =>
      source.takeAll({ 'gen_ai.agent.name': 'name', 'lk.agent_label': 'name', 'lk.agent_name': 'name' }),
  },
}

const other = (kind: string): SpanType => ({ type: 'other', kind })
/** Spans are told apart by their names; what makes no model call itself must not pass for one. */
const TYPES = new Map<string, SpanType>([
  ['agent_session', other('workflow')],
  ['agent_turn', other('agent')],
  ['user_turn', other('user_turn')],
  ['llm_node', other('chain')],
  ['llm_request_run', other('attempt')],
  ['tts_node', other('speech')],
  ['tts_request', other('speech')],
  ['stt_node', other('transcription')],
  ['stt_request', other('transcription')],
  ['eou_detection', other('turn_detection')],
  ['function_tool', { type: 'tool', kind: null }],
])

const either = (source: SpanSource, name: string) => source.take(`lk.pii.${name}`) ?? source.take(`lk.${name}`)

function input(source: SpanSource): string | null {
  if (source.has('gen_ai.input.messages')) return null
  const chat = source.takeJson('lk.pii.chat_ctx', 'lk.chat_ctx')
  return (
    requestText(chat) ??
    asText(either(source, 'user_input') ?? either(source, 'function_tool.arguments') ?? either(source, 'input_text'))
  )
}

function output(source: SpanSource): string | null {
  if (source.has('gen_ai.output.messages')) return null
  const calls = objectsIn(source.takeJson('lk.pii.response.function_calls', 'lk.response.function_calls')).map(
    ({ call_id, name, arguments: args, id: _, ...others }) => ({ ...toolCall(call_id, name, args), ...others }),
  )
  const text = either(source, 'response.text')
  if (calls.length > 0) return messagesText([{ role: 'assistant', content: text || null, tool_calls: calls }])
  return asText(text) ?? asText(either(source, 'function_tool.output') ?? either(source, 'user_transcript'))
}

/** What LiveKit measured of the call; the same counts may stand beside it by OpenTelemetry's names. */
function usage(metrics: JsonObject | null) {
  const count = (name: string) => {
    const value = metrics?.[name]
    return typeof value === 'number' ? value : null
  }
  return reconcile({
    input: count('prompt_tokens'),
    output: count('completion_tokens'),
    total: count('total_tokens'),
    cacheRead: count('prompt_cached_tokens'),
    cacheWrite: count('cache_creation_tokens'),
    reasoning: count('reasoning_tokens'),
  })
}

const nonEmpty = (value: ReturnType<SpanSource['takeJson']>) =>
  Array.isArray(value) && value.length > 0 ? value : null
