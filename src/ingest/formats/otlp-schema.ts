/**
 * The messages of OTLP traces and logs, as tables: `opentelemetry/proto/{trace,logs,resource,common}/v1/*.proto`, release 1.7.
 * The tree of either encoding is read by these tables; what is not listed is ignored.
 */
export type Scalar = 'string' | 'id' | 'bytes' | 'bool' | 'double' | 'int64' | 'fixed64' | 'uint32' | 'fixed32' | 'enum'

export interface Field {
  /** lowerCamelCase, as the normal form spells it. */
  name: string
  snakeName: string
  kind: Scalar | 'message'
  repeated: boolean
  message: Message | null
  /** The values of an enum by name; the prefixes `SPAN_KIND_`, `STATUS_CODE_` and `SEVERITY_NUMBER_` may be left out by senders. */
  names: Record<string, number> | null
}

export interface Message {
  name: string
  fields: Field[]
  /** Exactly one field is set, and its presence says something even at the default value (`AnyValue`). */
  oneof: boolean
}

type Spec = readonly [name: string, kind: Scalar | Message, repeated?: 'repeated']

function message(name: string, specs: readonly Spec[], oneof = false): Message {
  const made: Message = { name, fields: [], oneof }
  extend(made, specs)
  return made
}

function extend(target: Message, specs: readonly Spec[]): void {
  for (const [name, kind, repeated] of specs) {
    const field: Field = {
      name,
      snakeName: name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      kind: typeof kind === 'string' ? kind : 'message',
      repeated: repeated === 'repeated',
      message: typeof kind === 'string' ? null : kind,
      names: ENUMS[name] ?? null,
    }
    target.fields.push(field)
  }
}

const SPAN_KINDS = { UNSPECIFIED: 0, INTERNAL: 1, SERVER: 2, CLIENT: 3, PRODUCER: 4, CONSUMER: 5 }
const STATUS_CODES = { UNSET: 0, OK: 1, ERROR: 2 }
const SEVERITIES = Object.fromEntries(
  ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'].flatMap((name, tens) =>
    ['', '2', '3', '4'].map((suffix, step) => [`${name}${suffix}`, tens * 4 + step + 1]),
  ),
)
const ENUMS: Record<string, Record<string, number>> = {
  kind: SPAN_KINDS,
  code: STATUS_CODES,
  severityNumber: { UNSPECIFIED: 0, ...SEVERITIES },
}

const anyValue = message('AnyValue', [], true)
const keyValue = message('KeyValue', [
  ['key', 'string'],
  ['value', anyValue],
])
extend(anyValue, [
  ['stringValue', 'string'],
  ['boolValue', 'bool'],
  ['intValue', 'int64'],
  ['doubleValue', 'double'],
  ['arrayValue', message('ArrayValue', [['values', anyValue, 'repeated']])],
  ['kvlistValue', message('KeyValueList', [['values', keyValue, 'repeated']])],
  ['bytesValue', 'bytes'],
])

const entityRef = message('EntityRef', [
  ['schemaUrl', 'string'],
  ['type', 'string'],
  ['idKeys', 'string', 'repeated'],
  ['descriptionKeys', 'string', 'repeated'],
])

export const RESOURCE = message('Resource', [
  ['attributes', keyValue, 'repeated'],
  ['droppedAttributesCount', 'uint32'],
  ['entityRefs', entityRef, 'repeated'],
])

export const SCOPE = message('InstrumentationScope', [
  ['name', 'string'],
  ['version', 'string'],
  ['attributes', keyValue, 'repeated'],
  ['droppedAttributesCount', 'uint32'],
])

const event = message('Event', [
  ['timeUnixNano', 'fixed64'],
  ['name', 'string'],
  ['attributes', keyValue, 'repeated'],
  ['droppedAttributesCount', 'uint32'],
])

const link = message('Link', [
  ['traceId', 'id'],
  ['spanId', 'id'],
  ['traceState', 'string'],
  ['attributes', keyValue, 'repeated'],
  ['droppedAttributesCount', 'uint32'],
  ['flags', 'fixed32'],
])

const status = message('Status', [
  ['message', 'string'],
  ['code', 'enum'],
])

export const SPAN = message('Span', [
  ['traceId', 'id'],
  ['spanId', 'id'],
  ['traceState', 'string'],
  ['parentSpanId', 'id'],
  ['name', 'string'],
  ['kind', 'enum'],
  ['startTimeUnixNano', 'fixed64'],
  ['endTimeUnixNano', 'fixed64'],
  ['attributes', keyValue, 'repeated'],
  ['droppedAttributesCount', 'uint32'],
  ['events', event, 'repeated'],
  ['droppedEventsCount', 'uint32'],
  ['links', link, 'repeated'],
  ['droppedLinksCount', 'uint32'],
  ['status', status],
  ['flags', 'fixed32'],
])

export const LOG_RECORD = message('LogRecord', [
  ['timeUnixNano', 'fixed64'],
  ['observedTimeUnixNano', 'fixed64'],
  ['severityNumber', 'enum'],
  ['severityText', 'string'],
  ['body', anyValue],
  ['attributes', keyValue, 'repeated'],
  ['droppedAttributesCount', 'uint32'],
  ['flags', 'fixed32'],
  ['traceId', 'id'],
  ['spanId', 'id'],
  ['eventName', 'string'],
])

/** Messages within messages that a decoder follows before it gives up; an array in an array costs two. */
export const MAX_DEPTH = 200
