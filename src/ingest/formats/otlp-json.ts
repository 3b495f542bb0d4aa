import { AppError } from '../../errors.ts'
import type { JsonObject, JsonValue } from '../../storage/telemetry/record.ts'
import { malformed } from './otlp-malformed.ts'
import { rejectedSpan } from './otlp-rejected.ts'
import { type Field, MAX_DEPTH, type Message, RESOURCE, SCOPE, type Scalar, SPAN } from './otlp-schema.ts'
import type { OtlpRequest, OtlpResourceSpans, OtlpScopeSpans, OtlpSpan, RejectedSpan } from './otlp-types.ts'
import { doubleValue, isObject } from './otlp-values.ts'

/**
 * An OTLP/JSON request in normal form (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding). Takes what senders make
 * of the mapping: camelCase or snake_case names, ids in hex or base64, integers as strings or numbers, enums by number or name,
 * null for what is not there. A span of the wrong shape is refused alone; if no span can be kept, throws `invalid_otlp`.
 */
export const readJson = (text: string): OtlpRequest => readTree(parse(text))

/** The same from a tree, whatever it was read from. */
export function readTree(root: JsonValue): OtlpRequest {
  if (!isObject(root)) throw malformed('it must be a JSON object with "resourceSpans"')
  const refused: Refused[] = []
  const resourceSpans = objects(root, 'resourceSpans', 'resource_spans').map((group) => readResource(group, refused))
  const [first] = refused
  const kept = resourceSpans.some((resource) => resource.scopeSpans?.some((scope) => (scope.spans?.length ?? 0) > 0))
  if (first !== undefined && !kept) throw first.error
  return { resourceSpans, refused: refused.map((one) => one.rejected) }
}

interface Refused {
  error: AppError
  rejected: RejectedSpan
}

function parse(text: string): JsonValue {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw malformed(`it is not JSON (${error instanceof Error ? error.message : 'unreadable'})`)
  }
}

function readResource(group: JsonObject, refused: Refused[]): OtlpResourceSpans {
  const out: OtlpResourceSpans = envelope(group, 'resource', RESOURCE)
  const scopes = objects(group, 'scopeSpans', 'scope_spans')
  if (scopes.length > 0) out.scopeSpans = scopes.map((scope) => readScope(scope, group, refused))
  return out
}

function readScope(group: JsonObject, parent: JsonObject, refused: Refused[]): OtlpScopeSpans {
  const out: OtlpScopeSpans = envelope(group, 'scope', SCOPE)
  const spans: OtlpSpan[] = []
  for (const span of list(group, 'spans', 'spans')) {
    try {
      spans.push(readMessage(span, SPAN, 'span', 0))
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      refused.push({ error, rejected: refuse(error, span, group.scope ?? null, parent.resource ?? null) })
    }
  }
  if (spans.length > 0) out.spans = spans
  return out
}

function refuse(error: AppError, span: JsonValue, scope: JsonValue, resource: JsonValue): RejectedSpan {
  const id = isObject(span) ? (span.spanId ?? span.span_id) : null
  const subjectId = typeof id === 'string' && id !== '' ? id.toWellFormed() : null
  return rejectedSpan({ code: 'invalid_span', message: error.message, subjectId }, span, scope, resource)
}

/** The resource or scope of a group, and its schema URL. */
function envelope(group: JsonObject, name: string, message: Message): JsonObject {
  const out: JsonObject = {}
  const described = group[name]
  if (described !== undefined && described !== null) out[name] = readMessage(described, message, name, 0)
  const schemaUrl = group.schemaUrl ?? group.schema_url ?? ''
  if (typeof schemaUrl !== 'string') throw malformed('schemaUrl must be a string')
  if (schemaUrl !== '') out.schemaUrl = schemaUrl.toWellFormed()
  return out
}

function list(from: JsonObject, name: string, snakeName: string): JsonValue[] {
  const value = from[name] ?? from[snakeName] ?? []
  if (!Array.isArray(value)) throw malformed(`${name} must be a list`)
  return value
}

function objects(from: JsonObject, name: string, snakeName: string): JsonObject[] {
  return list(from, name, snakeName).map((value) => {
    if (!isObject(value)) throw malformed(`${name} must be a list of objects`)
    return value
  })
}

function readMessage(value: JsonValue, message: Message, at: string, depth: number): JsonObject {
  if (depth > MAX_DEPTH) throw malformed(`its values are nested more than ${MAX_DEPTH} deep`)
  if (!isObject(value)) throw malformed(`${at} must be an object`)
  let out: JsonObject = {}
  for (const field of message.fields) {
    const raw = value[field.name] ?? value[field.snakeName]
    if (raw === undefined || raw === null) continue
    if (message.oneof) out = {}
    const read = readField(raw, field, depth)
    if (field.repeated ? Array.isArray(read) && read.length > 0 : message.oneof || !isDefault(read))
      out[field.name] = read
  }
  return message.oneof ? withLists(out) : out
}

function readField(raw: JsonValue, field: Field, depth: number): JsonValue {
  if (!field.repeated) return readOne(raw, field, depth)
  if (!Array.isArray(raw)) throw malformed(`${field.name} must be a list`)
  return raw.map((item) => readOne(item, field, depth))
}

function readOne(raw: JsonValue, field: Field, depth: number): JsonValue {
  if (field.message !== null) return readMessage(raw, field.message, field.name, depth + 1)
  if (field.kind === 'message') throw malformed(`${field.name} has no type`)
  const read = READ[field.kind](raw, field)
  if (read === undefined) throw malformed(`${field.name} must be ${EXPECTED[field.kind]}`)
  return read
}

/** Is it what proto3 takes a field for that is not there? */
const isDefault = (value: JsonValue): boolean => value === '' || value === 0 || value === '0' || value === false

/** An empty list as the value of an attribute is spelled with its `values`, as most senders of JSON do. */
function withLists(anyValue: JsonObject): JsonObject {
  for (const name of ['arrayValue', 'kvlistValue']) {
    const list = anyValue[name]
    if (isObject(list)) list.values ??= []
  }
  return anyValue
}

const EXPECTED: Record<Scalar, string> = {
  string: 'a string',
  id: 'a hexadecimal string',
  bytes: 'base64 text',
  bool: 'true or false',
  double: 'a number',
  int64: 'a 64-bit integer',
  fixed64: 'a 64-bit unsigned integer',
  uint32: 'a 32-bit unsigned integer',
  fixed32: 'a 32-bit unsigned integer',
  enum: 'a number or the name of a value',
}

/** Each gives undefined for what cannot be read. */
const READ: Record<Scalar, (raw: JsonValue, field: Field) => JsonValue | undefined> = {
  string: (raw) => (typeof raw === 'string' ? raw.toWellFormed() : undefined),
  id: (raw) => (typeof raw === 'string' ? hexId(raw) : undefined),
  bytes: (raw) =>
    typeof raw === 'string' && BASE64.test(raw) ? Buffer.from(raw, 'base64').toString('base64') : undefined,
  bool: (raw) => (typeof raw === 'boolean' ? raw : undefined),
  double: (raw) => readDouble(raw),
  int64: (raw) => integer(raw, -(2n ** 63n), 2n ** 63n - 1n),
  fixed64: (raw) => integer(raw, 0n, 2n ** 64n - 1n),
  uint32: (raw) => small(raw, 0, 2 ** 32 - 1),
  fixed32: (raw) => small(raw, 0, 2 ** 32 - 1),
  enum: (raw, field) => (typeof raw === 'string' ? enumNumber(raw, field) : small(raw, -(2 ** 31), 2 ** 31 - 1)),
}

const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/
const HEX = /^[0-9a-fA-F]*$/
/** 16 or 8 bytes in base64, padded or not: what a sender writes that knows only the general protobuf mapping. */
const BASE64_ID = /^(?:[A-Za-z0-9+/_-]{22}(?:==)?|[A-Za-z0-9+/_-]{11}=?)$/

function hexId(text: string): string {
  if (HEX.test(text)) return text.toLowerCase()
  return BASE64_ID.test(text) ? Buffer.from(text, 'base64').toString('hex') : text.toWellFormed()
}

function integer(raw: JsonValue, least: bigint, most: bigint): string | undefined {
  let value: bigint
  if (typeof raw === 'number' && Number.isInteger(raw)) value = BigInt(raw)
  else if (typeof raw === 'string' && /^-?\d{1,40}$/.test(raw)) value = BigInt(raw)
  else return undefined
  return value >= least && value <= most ? value.toString() : undefined
}

function small(raw: JsonValue, least: number, most: number): number | undefined {
  const value = typeof raw === 'string' && /^-?\d{1,10}$/.test(raw) ? Number(raw) : raw
  return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most ? value + 0 : undefined
}

function enumNumber(raw: string, field: Field): number | undefined {
  return (
    field.names?.[raw.toUpperCase().replace(/^(?:SPAN_KIND|STATUS_CODE)_/, '')] ?? small(raw, -(2 ** 31), 2 ** 31 - 1)
  )
}

function readDouble(raw: JsonValue): JsonValue | undefined {
  if (typeof raw === 'number') return doubleValue(raw)
  if (raw === 'NaN' || raw === 'Infinity' || raw === '-Infinity') return raw
  if (typeof raw !== 'string' || raw.trim() === '') return undefined
  const value = Number(raw)
  return Number.isNaN(value) ? undefined : doubleValue(value)
}
