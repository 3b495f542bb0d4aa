import { readJson, readLogsJson, readLogsTree } from './otlp-json.ts'
import { readProtobuf, writeResponse } from './otlp-protobuf.ts'
import { readLogsProtobuf } from './otlp-protobuf-logs.ts'
import type { OtlpLogsRequest, OtlpRequest } from './otlp-types.ts'

export type OtlpContentType = 'application/x-protobuf' | 'application/json'

/**
 * The body of an OTLP trace export request in normal form, the same for both encodings. No spans is fine, and so are no bytes at
 * all in protobuf. Throws `AppError('invalid_otlp')` for anything that is not such a request.
 */
export function decodeOtlp(bytes: Uint8Array, contentType: OtlpContentType): OtlpRequest {
  return contentType === 'application/json' ? readJson(utf8(bytes)) : readProtobuf(bytes)
}

/** The same of an OTLP logs export request. */
export function decodeOtlpLogs(bytes: Uint8Array, contentType: OtlpContentType): OtlpLogsRequest {
  return contentType === 'application/json' ? readLogsJson(utf8(bytes)) : readLogsTree(readLogsProtobuf(bytes))
}

const BYTE_ORDER_MARK = '\ufeff'

function utf8(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
  return text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text
}

export interface OtlpOutcome {
  rejected: number
  /** Also without anything rejected, which is how the protocol says a warning. */
  errorMessage: string
}

/**
 * The body of an `ExportTraceServiceResponse` or `ExportLogsServiceResponse`: empty when there is nothing to say, else with
 * `partialSuccess`. In protobuf both are the same bytes.
 */
export function encodeOtlpResponse(
  contentType: OtlpContentType,
  signal: 'spans' | 'logs',
  { rejected, errorMessage }: OtlpOutcome,
): Uint8Array {
  const partial = rejected > 0 || errorMessage !== ''
  if (contentType === 'application/json') {
    const counted = signal === 'spans' ? { rejectedSpans: rejected } : { rejectedLogRecords: rejected }
    return Buffer.from(JSON.stringify(partial ? { partialSuccess: { ...counted, errorMessage } } : {}))
  }
  return partial ? writeResponse({ rejectedSpans: rejected, errorMessage }) : new Uint8Array()
}
