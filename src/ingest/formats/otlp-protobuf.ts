import generated from '@opentelemetry/otlp-transformer/build/src/generated/root.js'
import { AppError } from '../../errors.ts'
import { isObject, type JsonObject, type JsonValue } from '../../storage/telemetry/record.ts'
import { readTree } from './otlp-json.ts'
import { malformed } from './otlp-malformed.ts'
import { type RequestMessage, readMessages } from './otlp-messages.ts'
import type { OtlpRequest } from './otlp-types.ts'

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

/** An `ExportTraceServiceRequest` in normal form. Throws `invalid_otlp` for bytes that are none. */
export function readProtobuf(bytes: Uint8Array): OtlpRequest {
  const message = decode(bytes)
  try {
    return readMessages(message)
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return readTree(treeOf(message))
  }
}

const decode = (bytes: Uint8Array): RequestMessage =>
  orMalformed(() => service.ExportTraceServiceRequest.decode(bytes) as RequestMessage)

function orMalformed<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    // Nesting that no stack holds shows as a RangeError too, as does reading past the end.
    throw malformed(`it is not protobuf of that schema (${error instanceof Error ? error.message : 'unreadable'})`)
  }
}

/** The request as the tree that OTLP/JSON would have been, of which each span can be judged alone. */
function treeOf(message: RequestMessage): JsonObject {
  const tree = orMalformed(() => service.ExportTraceServiceRequest.toObject(message, AS_JSON))
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
