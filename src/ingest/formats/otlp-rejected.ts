import { isObject, type JsonObject, type JsonValue } from '../../storage/telemetry/record.ts'
import type { Rejected } from './otlp-types.ts'
import { isLargerThan, jsonText } from './otlp-values.ts'

export type Fault = Pick<Rejected, 'code' | 'message' | 'subjectId'>

/** The span or log record is kept whole; where it came from is kept as long as it is small, since every one of a request may be rejected with it. */
export function rejected(
  fault: Fault,
  item: { span: JsonValue } | { logRecord: JsonValue },
  scope: JsonValue,
  resource: JsonValue,
): Rejected {
  return { ...fault, payload: jsonText({ ...item, scope: origin(scope), resource: origin(resource) }) }
}

const MAX_ORIGIN_BYTES = 16 * 1024
const origins = new WeakMap<JsonObject, JsonObject>()

function origin(described: JsonValue): JsonValue {
  if (!isObject(described)) return null
  const known =
    origins.get(described) ?? (isSmall(described) ? described : { omitted: `larger than ${MAX_ORIGIN_BYTES} bytes` })
  origins.set(described, known)
  return known
}

function isSmall(described: JsonObject): boolean {
  try {
    return !isLargerThan(described, MAX_ORIGIN_BYTES)
  } catch {
    // Nested too deep to be measured.
    return false
  }
}
