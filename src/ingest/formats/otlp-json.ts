import { AppError } from '../../errors.ts'
import { isObject, type JsonObject, type JsonValue } from '../../storage/telemetry/record.ts'
import { malformed } from './otlp-malformed.ts'
import { rejected } from './otlp-rejected.ts'
import { type Field, LOG_RECORD, MAX_DEPTH, type Message, RESOURCE, SCOPE, type Scalar, SPAN } from './otlp-schema.ts'
import type { OtlpLogsRequest, OtlpRequest, Rejected } from './otlp-types.ts'
import { doubleValue } from './otlp-values.ts'

/**
 * An OTLP/JSON request in normal form (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding). Takes what senders make
 * of the mapping: camelCase or snake_case names, ids in hex or base64, integers as strings or numbers, enums by number or name,
 * null for what is not there. A span of the wrong shape is refused alone; if no span can be kept, throws `invalid_otlp`.
 */
export const readJson = (text: string): OtlpRequest => readTree(parse(text))

/** The same from a tree, whatever it was read from. */
export function readTree(root: JsonValue): OtlpRequest {
  const { groups, refused } = readGroups(root, SPANS)
  return { resourceSpans: groups, refused }
}

/** As `readJson`, of logs. */
export const readLogsJson = (text: string): OtlpLogsRequest => readLogsTree(parse(text))

/** As `readTree`, of logs. */
export function readLogsTree(root: JsonValue): OtlpLogsRequest {
  const { groups, refused } = readGroups(root, LOG_RECORDS)
  return { resourceLogs: groups, refused }
}

/** How a signal names its groups by resource, their groups by scope, and what is in those, each in both spellings. */
interface Signal {
  groups: [camel: string, snake: string]
  scopes: [camel: string, snake: string]
  items: [camel: string, snake: string]
  item: Message
  /** What one of them is called in words. */
  word: string
  refuse(
    fault: Pick<Rejected, 'message' | 'subjectId'>,
    item: JsonValue,
    scope: JsonValue,
    resource: JsonValue,
  ): Rejected
}

const SPANS: Signal = {
  groups: ['resourceSpans', 'resource_spans'],
  scopes: ['scopeSpans', 'scope_spans'],
  items: ['spans', 'spans'],
  item: SPAN,
  word: 'span',
  refuse: (fault, span, scope, resource) => rejected({ code: 'invalid_span', ...fault }, { span }, scope, resource),
}

const LOG_RECORDS: Signal = {
  groups: ['resourceLogs', 'resource_logs'],
  scopes: ['scopeLogs', 'scope_logs'],
  items: ['logRecords', 'log_records'],
  item: LOG_RECORD,
  word: 'log record',
  refuse: (fault, logRecord, scope, resource) =>
    rejected({ code: 'invalid_log_record', ...fault }, { logRecord }, scope, resource),
}

function readGroups(root: JsonValue, signal: Signal): { groups: JsonObject[]; refused: Rejected[] } {
  if (!isObject(root)) throw malformed(`it must be a JSON object with "${signal.groups[0]}"`)
  const strange = ALL_GROUPS.find((name) => name in root && !signal.groups.includes(name))
  if (strange !== undefined && !signal.groups.some((name) => name in root))
    throw malformed(`it has "${strange}" where "${signal.groups[0]}" is expected, so it was sent to the wrong address`)
  const read: Read = { kept: 0, refused: [] }
  const groups = objects(root, ...signal.groups).map((group) => readResource(group, signal, read))
  const [first] = read.refused
  if (first !== undefined && read.kept === 0) throw first.error
  return { groups, refused: read.refused.map((one) => one.rejected) }
}

const ALL_GROUPS = ['resourceSpans', 'resourceLogs', 'resourceMetrics'].flatMap((name) => [
  name,
  name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
])

interface Read {
  kept: number
  refused: { error: AppError; rejected: Rejected }[]
}

function parse(text: string): JsonValue {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw malformed(`it is not JSON (${error instanceof Error ? error.message : 'unreadable'})`)
  }
}

function readResource(group: JsonObject, signal: Signal, read: Read): JsonObject {
  const out = envelope(group, 'resource', RESOURCE)
  const scopes = objects(group, ...signal.scopes)
  if (scopes.length > 0) out[signal.scopes[0]] = scopes.map((scope) => readScope(scope, group, signal, read))
  return out
}

function readScope(group: JsonObject, parent: JsonObject, signal: Signal, read: Read): JsonObject {
  const out = envelope(group, 'scope', SCOPE)
  const items: JsonObject[] = []
  for (const item of list(group, ...signal.items)) {
    try {
      items.push(readMessage(item, signal.item, signal.word, 0))
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      const fault = { message: error.message, subjectId: spanIdOf(item) }
      const refused = signal.refuse(fault, item, group.scope ?? null, parent.resource ?? null)
      read.refused.push({ error, rejected: refused })
    }
  }
  read.kept += items.length
  if (items.length > 0) out[signal.items[0]] = items
  return out
}

function spanIdOf(item: JsonValue): string | null {
  const id = isObject(item) ? (item.spanId ?? item.span_id) : null
  return typeof id === 'string' && id !== '' ? id.toWellFormed() : null
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
    if (field.repeated ? Array.isArray(read) && read.length > 0 : message.oneof || !isDefault(read, field))
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
const isDefault = (value: JsonValue, { kind }: Field): boolean =>
  value === '' || value === 0 || value === false || (value === '0' && (kind === 'int64' || kind === 'fixed64'))

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

/** Decimal as it is written out, and of so few digits that 64 bits hold it: nothing to be read and written again. */
const PLAIN_INTEGER = /^(?:0|[1-8]\d{0,18}|9\d{0,17})$/

function integer(raw: JsonValue, least: bigint, most: bigint): string | undefined {
  if (typeof raw === 'string' && PLAIN_INTEGER.test(raw)) return raw
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
    field.names?.[raw.toUpperCase().replace(/^(?:SPAN_KIND|STATUS_CODE|SEVERITY_NUMBER)_/, '')] ??
    small(raw, -(2 ** 31), 2 ** 31 - 1)
  )
}

function readDouble(raw: JsonValue): JsonValue | undefined {
  if (typeof raw === 'number') return doubleValue(raw)
  if (raw === 'NaN' || raw === 'Infinity' || raw === '-Infinity') return raw
  if (typeof raw !== 'string' || raw.trim() === '') return undefined
  const value = Number(raw)
  return Number.isNaN(value) ? undefined : doubleValue(value)
}
