import generated from '@opentelemetry/otlp-transformer/build/src/generated/root.js'
import type { JsonObject, JsonValue } from '../../storage/telemetry/record.ts'
import { malformed } from './otlp-malformed.ts'
import { isObject } from './otlp-values.ts'

/** What OpenTelemetry's own generated protobufjs code offers for a message. */
interface Codec {
  decode(bytes: Uint8Array): object
  toObject(message: object, options: object): JsonObject
  encode(message: object): { finish(): Uint8Array }
}

interface TraceService {
  ExportTraceServiceRequest: Codec
  ExportTraceServiceResponse: Codec
}

const root = generated as unknown as { opentelemetry: { proto: { collector: { trace: { v1: TraceService } } } } }
const service = root.opentelemetry.proto.collector.trace.v1

/** The JSON mapping, but for ids: the general mapping of protobuf writes them in base64. */
export const AS_JSON = { longs: String, bytes: String, json: true }

/** An `ExportTraceServiceRequest` as the tree that OTLP/JSON would have been. Throws `invalid_otlp` for bytes that are none. */
export function readProtobuf(bytes: Uint8Array): JsonObject {
  let tree: JsonObject
  try {
    const codec = service.ExportTraceServiceRequest
    tree = codec.toObject(codec.decode(bytes), AS_JSON)
  } catch (error) {
    // Nesting that no stack holds shows as a RangeError too, as does reading past the end.
    throw malformed(`it is not protobuf of that schema (${error instanceof Error ? error.message : 'unreadable'})`)
  }
  for (const resource of children(tree, 'resourceSpans')) {
    for (const scope of children(resource, 'scopeSpans')) {
      for (const span of children(scope, 'spans')) {
        toHex(span)
        for (const link of children(span, 'links')) toHex(link)
      }
    }
  }
  return tree
}

/** An `ExportTraceServiceResponse`. */
export const writeResponse = (partialSuccess: { rejectedSpans: number; errorMessage: string }): Uint8Array =>
  service.ExportTraceServiceResponse.encode({ partialSuccess }).finish()

const ID_FIELDS = ['traceId', 'spanId', 'parentSpanId']

function toHex(holder: JsonObject): void {
  for (const name of ID_FIELDS) {
    const id = holder[name]
    if (typeof id === 'string') holder[name] = Buffer.from(id, 'base64').toString('hex')
  }
}

function children(holder: JsonObject, name: string): JsonObject[] {
  const list: JsonValue | undefined = holder[name]
  return Array.isArray(list) ? list.filter(isObject) : []
}
