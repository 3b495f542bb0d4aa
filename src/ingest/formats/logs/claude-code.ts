import { isObject } from '../../../storage/telemetry/record.ts'
import { responseText } from '../families/chat.ts'
import { jsonText, parseJson } from '../otlp-values.ts'
import {
  eventOf,
  hexId,
  type LogEvent,
  type LogReader,
  type Made,
  numberOf,
  type Place,
  spanOf,
  textOf,
} from './reader.ts'

/**
 * Claude Code's events (https://code.claude.com/docs/en/monitoring-usage), which it sends without its traces unless those are asked for. Each request to
 * the model and each tool is a span, and what belongs to one prompt is a trace. Written inside a span, they are events of it: that span
 * says what it used itself. What the model said in the end, which traces leave out, is the output of the prompt.
 */
export const claudeCodeLogs: LogReader = {
  claims: ({ name, scopeName }) => name.startsWith('claude_code.') || scopeName.includes('claude_code'),
  read(event) {
    const name = event.name.replace(/^claude_code\./, '')
    if (event.inside !== null) return [inside(event, event.inside, name)]
    const turn = turnOf(event)
    const made = READ.get(name)?.(event, turn) ?? null
    return made ?? (turn.rootHex === null ? null : [eventOf(event, turn.traceHex, turn.rootHex)])
  },
}

/** What one prompt leads to. Versions that do not number their prompts leave only the session to go by. */
interface Turn {
  traceHex: string
  /** The span of the prompt itself. */
  rootHex: string | null
}

function turnOf(event: LogEvent): Turn {
  const session = textOf(event, 'session.id')
  const prompt = textOf(event, 'prompt.id')
  const names = session === null && prompt === null ? [event.hash] : [session, prompt]
  const traceHex = hexId(16, 'claude-code', ...names)
  return { traceHex, rootHex: prompt === null ? null : hexId(8, traceHex, 'prompt') }
}

/** The span of a request by the id that the provider gave it, which the answer repeats. */
function requestHex(event: LogEvent, { traceHex }: Turn): string | null {
  const id = textOf(event, 'request_id')
  return id === null ? null : hexId(8, traceHex, 'request', id)
}

const ownHex = ({ hash }: LogEvent): string => hash.slice(0, 16)
const type = (name: string) => ({ 'span.type': name })

const READ = new Map<string, (event: LogEvent, turn: Turn) => Made[] | null>([
  [
    'user_prompt',
    (event, { traceHex, rootHex }) => [
      spanOf(event, traceHex, {
        ...{ spanId: rootHex ?? ownHex(event), parentSpanId: null, name: 'claude_code.interaction' },
        attributes: type('interaction'),
      }),
    ],
  ],
  [
    'api_request',
    (event, turn) => [
      spanOf(event, turn.traceHex, {
        ...{ spanId: requestHex(event, turn) ?? ownHex(event), parentSpanId: turn.rootHex },
        ...{ name: 'claude_code.llm_request', durationMs: numberOf(event, 'duration_ms') },
        attributes: type('llm_request'),
      }),
    ],
  ],
  [
    'api_error',
    (event, { traceHex, rootHex }) => [
      spanOf(event, traceHex, {
        ...{ spanId: ownHex(event), parentSpanId: rootHex, name: 'claude_code.llm_request' },
        ...{ durationMs: numberOf(event, 'duration_ms'), error: errorOf(event) },
        attributes: type('llm_request'),
      }),
    ],
  ],
  [
    'tool_result',
    (event, { traceHex, rootHex }) => [
      spanOf(event, traceHex, {
        ...{ spanId: ownHex(event), parentSpanId: rootHex, name: 'claude_code.tool' },
        ...{ durationMs: numberOf(event, 'duration_ms'), error: failed(event) ? errorOf(event) : null },
        attributes: type('tool'),
      }),
    ],
  ],
  ['assistant_response', (event, turn) => answer(event, turn)],
  ['api_response_body', (event, turn) => wholeAnswer(event, turn)],
])

const failed = ({ attributes }: LogEvent): boolean => String(attributes.get('success')) === 'false'

function errorOf(event: LogEvent): string {
  const status = numberOf(event, 'status_code')
  return textOf(event, 'error', 'error_message', 'error_type') ?? (status === null ? 'error' : `HTTP status ${status}`)
}

/** An event that was written inside a span. */
function inside(event: LogEvent, place: Place, name: string): Made {
  const messages = name === 'assistant_response' ? saidIn(event) : null
  if (messages === null) return eventOf(event, place.traceHex, place.spanHex)
  return { kind: 'said', side: 'output', whole: false, messages, ...place }
}

function saidIn(event: LogEvent): string | null {
  const said = textOf(event, 'response')
  return said === null || said === '<REDACTED>' ? null : jsonText([{ role: 'assistant', content: said }])
}

/** What the model said is the output of its request, and a part of the prompt's. */
function answer(event: LogEvent, turn: Turn): Made[] | null {
  const messages = saidIn(event)
  if (messages === null) return null
  const { traceHex, rootHex } = turn
  const spans = [rootHex, requestHex(event, turn)].filter((hex) => hex !== null)
  if (spans.length === 0) return null
  return spans.map((spanHex) => ({ kind: 'said', side: 'output', whole: false, messages, traceHex, spanHex }))
}

/** The provider's answer as it came; one that was cut off is no JSON and stays an event. */
function wholeAnswer(event: LogEvent, turn: Turn): Made[] | null {
  const spanHex = requestHex(event, turn)
  const body = parseJson(textOf(event, 'body') ?? '')
  const messages = isObject(body) ? responseText(body) : null
  if (spanHex === null || messages === null) return null
  return [{ kind: 'said', side: 'output', whole: true, messages, traceHex: turn.traceHex, spanHex }]
}
