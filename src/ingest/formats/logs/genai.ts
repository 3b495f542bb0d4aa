import type { JsonObject } from '../../../storage/telemetry/record.ts'
import { genai } from '../families/genai.ts'
import { CHOICE_EVENTS, choiceOf, DETAILS_EVENT, eventMessage, MESSAGE_EVENTS } from '../families/genai-messages.ts'
import { SpanSource } from '../families/source.ts'
import { isObject, jsonText } from '../otlp-values.ts'
import type { LogEvent, LogReader, Made, Place } from './reader.ts'

/**
 * Events of OpenTelemetry's GenAI conventions (https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-events/): the messages of a model call, one by
 * one until semconv 1.36 and all in one since, apart from the span that they were written in. Without a span they say nothing that could
 * be placed.
 */
export const genaiLogs: LogReader = {
  claims: ({ name }) => name.startsWith('gen_ai.'),
  read(event) {
    const { name, inside } = event
    if (inside === null) return null
    if (MESSAGE_EVENTS.has(name)) return [piece(inside, 'input', eventMessage({ name, attributes: saidIn(event) }))]
    if (CHOICE_EVENTS.has(name)) return [piece(inside, 'output', choiceOf({ name, attributes: saidIn(event) }))]
    return details(event, inside)
  },
}

const piece = (place: Place, side: 'input' | 'output', message: JsonObject): Made => ({
  ...{ kind: 'said', side, whole: false, messages: jsonText([message]) },
  ...place,
})

/** The message is the body, or where that is not structured, the attributes. */
const saidIn = ({ body, attributes }: LogEvent) => (isObject(body) ? new Map(Object.entries(body)) : attributes)

/** What the event carries of the span's input and output is theirs; all else it says is kept as an event. */
function details(event: LogEvent, inside: Place): Made[] {
  const { name, attributes, body, scopeName } = event
  const said = new Map(isObject(body) ? [...attributes, ...Object.entries(body)] : attributes)
  const source = new SpanSource(said, [], scopeName)
  const made: Made[] = []
  for (const side of name === DETAILS_EVENT ? (['input', 'output'] as const) : []) {
    const messages = genai.fields[side]?.(source) ?? null
    if (messages !== null) made.push({ ...{ kind: 'said', side, whole: true, messages }, ...inside })
  }
  const rest = Object.fromEntries(source.rest())
  const metadata = isObject(body) || body === null ? rest : { ...rest, body }
  return [...made, { kind: 'event', ...inside, metadata }]
}
