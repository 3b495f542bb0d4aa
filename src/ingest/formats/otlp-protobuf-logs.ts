import generated from '@opentelemetry/otlp-transformer/build/src/generated/root.js'
import protobuf from 'protobufjs/minimal.js'
import type { JsonObject, JsonValue } from '../../storage/telemetry/record.ts'
import { malformed } from './otlp-malformed.ts'
import { AS_JSON } from './otlp-protobuf.ts'

/** A message that OpenTelemetry's generated code knows; that of logs is not in it, so their frame is read here. */
interface Codec {
  decode(bytes: Uint8Array): object
  toObject(message: object, options: object): JsonObject
}

const { common, resource } = (
  generated as unknown as {
    opentelemetry: {
      proto: {
        common: { v1: Record<'AnyValue' | 'KeyValue' | 'InstrumentationScope', Codec> }
        resource: { v1: { Resource: Codec } }
      }
    }
  }
).opentelemetry.proto

type FieldReader = (reader: protobuf.Reader) => JsonValue

const nested =
  (codec: Codec): FieldReader =>
  (reader) =>
    codec.toObject(codec.decode(reader.bytes()), AS_JSON)
const text: FieldReader = (reader) => reader.string()
const uint32: FieldReader = (reader) => reader.uint32()
const int32: FieldReader = (reader) => reader.int32()
const fixed32: FieldReader = (reader) => reader.fixed32()
const hex: FieldReader = (reader) => Buffer.from(reader.bytes()).toString('hex')
const fixed64: FieldReader = (reader) => {
  const low = reader.fixed32()
  return ((BigInt(reader.fixed32()) << 32n) | BigInt(low)).toString()
}

/** A field by its number (`opentelemetry/proto/logs/v1/logs.proto`, release 1.7): its name, the wire type it must have, and how it is read. */
type Fields = Map<number, { name: string; wire: 0 | 1 | 2 | 5; read: FieldReader; repeated?: true }>

const message =
  (fields: Fields): FieldReader =>
  (reader) =>
    fieldsOf(protobuf.Reader.create(reader.bytes()), fields)

const LOG_RECORD: Fields = new Map([
  [1, { name: 'timeUnixNano', wire: 1, read: fixed64 }],
  [11, { name: 'observedTimeUnixNano', wire: 1, read: fixed64 }],
  [2, { name: 'severityNumber', wire: 0, read: int32 }],
  [3, { name: 'severityText', wire: 2, read: text }],
  [5, { name: 'body', wire: 2, read: nested(common.v1.AnyValue) }],
  [6, { name: 'attributes', wire: 2, read: nested(common.v1.KeyValue), repeated: true }],
  [7, { name: 'droppedAttributesCount', wire: 0, read: uint32 }],
  [8, { name: 'flags', wire: 5, read: fixed32 }],
  [9, { name: 'traceId', wire: 2, read: hex }],
  [10, { name: 'spanId', wire: 2, read: hex }],
  [12, { name: 'eventName', wire: 2, read: text }],
])

const SCOPE_LOGS: Fields = new Map([
  [1, { name: 'scope', wire: 2, read: nested(common.v1.InstrumentationScope) }],
  [2, { name: 'logRecords', wire: 2, read: message(LOG_RECORD), repeated: true }],
  [3, { name: 'schemaUrl', wire: 2, read: text }],
])

const RESOURCE_LOGS: Fields = new Map([
  [1, { name: 'resource', wire: 2, read: nested(resource.v1.Resource) }],
  [2, { name: 'scopeLogs', wire: 2, read: message(SCOPE_LOGS), repeated: true }],
  [3, { name: 'schemaUrl', wire: 2, read: text }],
])

const REQUEST: Fields = new Map([[1, { name: 'resourceLogs', wire: 2, read: message(RESOURCE_LOGS), repeated: true }]])

/** An `ExportLogsServiceRequest` as the tree that OTLP/JSON would have been. Throws `invalid_otlp` for bytes that are none. */
export function readLogsProtobuf(bytes: Uint8Array): JsonObject {
  try {
    return fieldsOf(protobuf.Reader.create(bytes), REQUEST)
  } catch (error) {
    throw malformed(`it is not protobuf of that schema (${error instanceof Error ? error.message : 'unreadable'})`)
  }
}

function fieldsOf(reader: protobuf.Reader, fields: Fields): JsonObject {
  const out: JsonObject = {}
  while (reader.pos < reader.len) {
    const tag = reader.uint32()
    const field = fields.get(tag >>> 3)
    if (field === undefined || field.wire !== (tag & 7)) {
      reader.skipType(tag & 7)
      continue
    }
    const value = field.read(reader)
    const before = out[field.name]
    if (!field.repeated) out[field.name] = value
    else if (Array.isArray(before)) before.push(value)
    else out[field.name] = [value]
  }
  return out
}
