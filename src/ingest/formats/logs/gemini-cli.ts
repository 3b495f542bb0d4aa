import { requestMessages } from '../families/chat.ts'
import { answersIn } from '../families/gemini-cli.ts'
import { DETAILS_EVENT } from '../families/genai-messages.ts'
import { messagesText } from '../families/messages.ts'
import type { KeyValue } from '../otlp-types.ts'
import { parseJson } from '../otlp-values.ts'
import { eventOf, hexId, type LogEvent, type LogReader, type Made, numberOf, spanOf, textOf } from './reader.ts'

/**
 * Gemini CLI's events (https://geminicli.com/docs/cli/telemetry/): what belongs to one prompt is a trace, each answer of the model and each tool a span
 * of it. Requests are written inside spans of its traces, which tell less (a trace for each call, and no cached tokens): where both are sent,
 * the call counts in the trace of its prompt.
 */
export const geminiCliLogs: LogReader = {
  claims: ({ name, scopeName }) =>
    name.startsWith('gemini_cli.') || (name === DETAILS_EVENT && scopeName === 'gemini-cli'),
  read(event, events, index) {
    if (event.name === DETAILS_EVENT) return isRepeated(event, around(events, index, event)) ? [] : null
    return READ.get(event.name)?.(event, events, index) ?? null
  },
}

/** Each request and each answer is told twice, the second time by OpenTelemetry's conventions. */
const isRepeated = (details: LogEvent, near: readonly LogEvent[]): boolean =>
  details.attributes.has('gen_ai.response.id')
    ? near.some(isAnswerOf(details))
    : near.some(({ name }) => name === 'gemini_cli.api_request')

const READ = new Map<string, (event: LogEvent, events: readonly LogEvent[], index: number) => Made[]>([
  [
    'gemini_cli.user_prompt',
    (event) => [
      spanOf(event, traceOf(event), {
        ...{ spanId: rootOf(event), parentSpanId: null, name: 'user_prompt' },
        attributes: operation('user_prompt'),
      }),
    ],
  ],
  [
    'gemini_cli.api_request',
    (event, events, index) => {
      const answered = events.findIndex((one, at) => at > index && isAnswer(one) && isSameTurn(one, event))
      const traceHex = traceOf(event)
      const told: Made[] = event.inside === null ? [] : [{ kind: 'repeat', traceHex, of: event.inside }]
      return answered >= 0 && requestOf(events, answered) === event
        ? told
        : [...told, eventOf(event, traceHex, rootOf(event)), ...asked(event, traceHex)]
    },
  ],
  ['gemini_cli.api_response', answer],
  [
    'gemini_cli.api_error',
    (event) => [
      spanOf(event, traceOf(event), {
        ...{ spanId: ownHex(event), parentSpanId: rootOf(event), name: 'llm_call' },
        ...{ durationMs: numberOf(event, 'duration_ms'), error: errorOf(event) },
        attributes: operation('llm_call'),
      }),
    ],
  ],
  [
    'gemini_cli.tool_call',
    (event) => [
      spanOf(event, traceOf(event), {
        ...{ spanId: ownHex(event), parentSpanId: rootOf(event), name: 'tool_call' },
        ...{ durationMs: numberOf(event, 'duration_ms') },
        error: String(event.attributes.get('success')) === 'false' ? errorOf(event) : null,
        attributes: operation('tool_call'),
      }),
    ],
  ],
])

const operation = (name: string) => ({ 'gen_ai.operation.name': name })
const ownHex = ({ hash }: LogEvent): string => hash.slice(0, 16)
const rootOf = (event: LogEvent): string => hexId(8, traceOf(event), 'prompt')

function traceOf(event: LogEvent): string {
  const session = textOf(event, 'session.id')
  const prompt = textOf(event, 'prompt_id')
  return hexId(16, 'gemini-cli', ...(session === null && prompt === null ? [event.hash] : [session, prompt]))
}

const errorOf = (event: LogEvent): string =>
  textOf(event, 'error', 'error.message', 'error_type', 'error.type') ?? 'error'

/** What a request asked whose answer is told elsewhere. That tells how long it took: the request is the one that was sent then. */
function asked(event: LogEvent, traceHex: string): Made[] {
  const messages = messagesText(requestMessages(parseJson(textOf(event, 'request_text') ?? '')) ?? [])
  return messages === null ? [] : [{ kind: 'said-then', side: 'input', whole: true, messages, traceHex }]
}

/** What was asked, and how, is in events before and after the answer. */
function answer(event: LogEvent, events: readonly LogEvent[], index: number): Made[] {
  const traceHex = traceOf(event)
  const details = around(events, index, event).find((one) => one.name === DETAILS_EVENT && isAnswerOf(one)(event))
  const told = [details, requestOf(events, index)].flatMap((one) =>
    (one?.record.attributes ?? []).filter(({ key = '' }: KeyValue) => TOLD_ELSEWHERE.has(key)),
  )
  // The same messages in two forms.
  const isWhole = told.some(({ key }) => key === 'request_text')
  const more = told.filter(({ key }) => !isWhole || key !== 'gen_ai.input.messages')
  const span = spanOf(event, traceHex, {
    ...{ spanId: ownHex(event), parentSpanId: rootOf(event), name: 'llm_call' },
    ...{ durationMs: numberOf(event, 'duration_ms'), attributes: operation('llm_call'), more },
  })
  const messages = messagesText(answersIn(event.attributes.get('response_text')))
  if (messages === null) return [span]
  return [span, { kind: 'said', side: 'output', whole: false, messages, traceHex, spanHex: rootOf(event) }]
}

const isAnswer = ({ name }: LogEvent): boolean => name === 'gemini_cli.api_response' || name === 'gemini_cli.api_error'

const isSameTurn = (one: LogEvent, other: LogEvent): boolean =>
  textOf(one, 'session.id') === textOf(other, 'session.id') && textOf(one, 'prompt_id') === textOf(other, 'prompt_id')

/** The request that the answer at `index` answers: the only one of its prompt since the answer before. */
function requestOf(events: readonly LogEvent[], index: number): LogEvent | null {
  const answer = events[index]
  const asked: LogEvent[] = []
  for (let at = index - 1; at >= 0 && answer !== undefined; at--) {
    const one = events[at]
    if (one === undefined || !isSameTurn(one, answer)) continue
    if (isAnswer(one)) break
    if (one.name === 'gemini_cli.api_request') asked.push(one)
  }
  return asked.length === 1 ? (asked[0] ?? null) : null
}

const TOLD_ELSEWHERE = new Set([
  'request_text',
  ...['gen_ai.system_instructions', 'gen_ai.input.messages', 'gen_ai.response.model'],
  ...['gen_ai.request.temperature', 'gen_ai.request.top_p', 'gen_ai.request.top_k', 'gen_ai.request.max_tokens'],
])

const NEAR = 3
const around = (events: readonly LogEvent[], index: number, event: LogEvent): LogEvent[] =>
  events.slice(Math.max(0, index - NEAR), index + NEAR + 1).filter((one) => one !== event)

const isAnswerOf =
  (details: LogEvent) =>
  (event: LogEvent): boolean => {
    const id = textOf(details, 'gen_ai.response.id')
    if (id === null || event.name !== 'gemini_cli.api_response') return false
    if (textOf(event, 'session.id') !== textOf(details, 'session.id')) return false
    const answers = parseJson(textOf(event, 'response_text') ?? '')
    return Array.isArray(answers) && JSON.stringify(answers.at(-1)).includes(JSON.stringify(id))
  }
