import type { JsonObject, JsonValue } from '../record.ts'
import { messages } from './messages.ts'

/** What log records have said of a span. */
export interface Logged {
  /** Chat messages, or other text. */
  input: string | null
  output: string | null
  /** Its events, each OTLP/JSON, in the order of their times. */
  events: readonly string[]
}

/**
 * A span with what log records have said of it, which the conventions have a place for in the span too: messages are its attributes
 * (`gen_ai.input.messages`, `gen_ai.output.messages`), all else its events. Fields stand in the order of the protocol's schema, as ingest
 * writes them: sent in again, the span is stored as it was sent out.
 */
export function withLogged(span: string, { input, output, events }: Logged): string {
  const { attributes, events: own, ...rest } = JSON.parse(span) as JsonObject
  const said = [
    attribute('gen_ai.input.messages', input, 'user'),
    attribute('gen_ai.output.messages', output, 'assistant'),
  ]
  const fields: JsonObject = {
    ...rest,
    ...list('attributes', [...listOf(attributes), ...said.filter((one) => one !== null)]),
    ...list('events', [...listOf(own), ...notAmong(listOf(own), events)]),
  }
  return JSON.stringify(Object.fromEntries(FIELDS.flatMap((name) => (name in fields ? [[name, fields[name]]] : []))))
}

/** One that was sent out in its span and in again is the span's own. */
function notAmong(own: JsonValue[], events: readonly string[]): JsonValue[] {
  const known = new Set(own.map((event) => JSON.stringify(event)))
  return events.filter((text) => !known.has(text)).map((text) => JSON.parse(text) as JsonObject)
}

const FIELDS = [
  ...['traceId', 'spanId', 'traceState', 'parentSpanId', 'name', 'kind', 'startTimeUnixNano', 'endTimeUnixNano'],
  ...[
    'attributes',
    'droppedAttributesCount',
    'events',
    'droppedEventsCount',
    'links',
    'droppedLinksCount',
    'status',
    'flags',
  ],
]

const attribute = (key: string, text: string | null, role: 'user' | 'assistant'): JsonObject | null =>
  text === null ? null : { key, value: { stringValue: messages(text, role) } }

const list = (name: string, items: JsonValue[]): JsonObject => (items.length === 0 ? {} : { [name]: items })
const listOf = (value: JsonValue | undefined): JsonValue[] => (Array.isArray(value) ? value : [])
