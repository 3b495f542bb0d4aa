import { isObject, type JsonObject } from '../../../storage/telemetry/record.ts'
import { genai } from '../families/genai.ts'
import { CHOICE_EVENTS, choiceOf, DETAILS_EVENT, eventMessage, MESSAGE_EVENTS } from '../families/genai-messages.ts'
import { SpanSource } from '../families/source.ts'
import { jsonText } from '../otlp-values.ts'
import { allAttributes, hexId, type LogEvent, type LogReader, type Made, type Place, spanEvent } from './reader.ts'
import { StandIn } from './stand-in.ts'

/**
 * Events of OpenTelemetry's GenAI conventions (https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-events/): the messages of a model call, one by
 * one until semconv 1.36 and all in one since, apart from the span that they were written in. While that is missing it is known from them.
 * Written in none, an event that has all of a call is a trace by itself, and single messages say nothing that could be placed.
 */
export const genaiLogs: LogReader = {
  claims: ({ name }) => name.startsWith('gen_ai.'),
  read(event) {
    const { name, inside } = event
    if (inside === null) return name === DETAILS_EVENT ? [callOf(event)] : null
    const isMessage = MESSAGE_EVENTS.has(name)
    const made = isMessage
      ? [piece(inside, 'input', eventMessage({ name, attributes: saidIn(event) }))]
      : CHOICE_EVENTS.has(name)
        ? [piece(inside, 'output', choiceOf({ name, attributes: saidIn(event) }))]
        : details(event, inside)
    return [...made, { kind: 'stand-in', isMessage: isMessage || CHOICE_EVENTS.has(name), ...inside }]
  },
}

/** A call that was made in no span. */
function callOf(event: LogEvent): Made {
  const place = { traceHex: hexId(16, 'gen-ai', event.hash), spanHex: event.hash.slice(0, 16) }
  const call = new StandIn(place)
  call.hear(event, false)
  return { kind: 'span', traceHex: place.traceHex, span: call.span() }
}

const piece = (place: Place, side: 'input' | 'output', message: JsonObject): Made => ({
  ...{ kind: 'said', side, whole: false, messages: jsonText([message]) },
  ...place,
})

/** The message is the body, or where that is not structured, the attributes. */
const saidIn = ({ body, attributes }: LogEvent) => (isObject(body) ? new Map(Object.entries(body)) : attributes)

/** What the event carries of the span's input, output and tools is theirs; all but messages is kept as an event, too. */
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
  // They stay in the event too, in which they go out again.
  const tools = name === DETAILS_EVENT ? (genai.fields.tools?.(source) ?? null) : null
  if (Array.isArray(tools))
    made.push({ ...{ kind: 'said', side: 'tools', whole: true, messages: jsonText(tools) }, ...inside })
  const isPlain = !isObject(body) && body !== null && body !== '' && body !== name
  const otlp = spanEvent(
    event,
    allAttributes(event).filter(({ key = '' }) => key in rest || (isPlain && key === 'body')),
  )
  return [...made, { kind: 'event', ...inside, metadata: isPlain ? { ...rest, body } : rest, otlp }]
}
