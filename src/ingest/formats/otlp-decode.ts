import { readJson, readTree } from './otlp-json.ts'
import { readProtobuf, writeResponse } from './otlp-protobuf.ts'
import type { OtlpRequest } from './otlp-types.ts'

export type OtlpContentType = 'application/x-protobuf' | 'application/json'

/**
 * The body of an OTLP trace export request in normal form, the same for both encodings. No spans is fine, and so are no bytes at
 * all in protobuf. Throws `AppError('invalid_otlp')` for anything that is not such a request.
 */
export function decodeOtlp(bytes: Uint8Array, contentType: OtlpContentType): OtlpRequest {
  return contentType === 'application/json' ? readJson(utf8(bytes)) : readTree(readProtobuf(bytes))
}

const BYTE_ORDER_MARK = '\ufeff'

function utf8(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
  return text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text
}

export interface OtlpOutcome {
  rejectedSpans: number
  errorMessage: string
}

/** The body of an `ExportTraceServiceResponse`: empty when all was taken, with `partialSuccess` when spans were rejected. */
export function encodeOtlpResponse(contentType: OtlpContentType, outcome: OtlpOutcome): Uint8Array {
  const partial = outcome.rejectedSpans > 0
  if (contentType === 'application/json') {
    return Buffer.from(JSON.stringify(partial ? { partialSuccess: outcome } : {}))
  }
  return partial ? writeResponse(outcome) : new Uint8Array()
}
