/// <reference lib="es2024.string" />
import type { JsonObject, JsonValue } from '../../storage/telemetry/record.ts'
import type { AnyValue, KeyValue } from './otlp-types.ts'

/** A double in normal form: JSON has no NaN and no infinities, and would lose the sign of -0. */
export function doubleValue(value: number): JsonValue {
  return Number.isFinite(value) ? value + 0 : String(value)
}

/** Attribute key → plain JSON value, in the order they came; of a key that is there twice the last counts. */
export type Attributes = Map<string, JsonValue>

export function attributesOf(list: readonly KeyValue[] | undefined): Attributes {
  const attributes: Attributes = new Map()
  for (const { key, value } of list ?? []) attributes.set(key ?? '', plainValue(value))
  return attributes
}

/** What an attribute holds. Integers past 2^53 are decimal strings, bytes base64, no value at all is null. */
export function plainValue(value: AnyValue | undefined): JsonValue {
  if (value === undefined) return null
  if (value.stringValue !== undefined) return value.stringValue
  if (value.intValue !== undefined) return plainInteger(value.intValue)
  if (value.doubleValue !== undefined) return value.doubleValue
  if (value.boolValue !== undefined) return value.boolValue
  if (value.arrayValue !== undefined) return value.arrayValue.values.map(plainValue)
  if (value.kvlistValue !== undefined) return Object.fromEntries(attributesOf(value.kvlistValue.values))
  return value.bytesValue ?? null
}

function plainInteger(text: string): number | string {
  const value = Number(text)
  return Number.isSafeInteger(value) ? value : text
}

const MAX_JSON_DEPTH = 100

/**
 * JSON carried as text in an attribute. Undefined when it is not JSON, or nested so deep that writing it out again could fail;
 * escapes may hide lone surrogates, so the text in it is made well formed.
 */
export function parseJson(text: string): JsonValue | undefined {
  try {
    return wellFormed(JSON.parse(text), 0)
  } catch {
    return undefined
  }
}

function wellFormed(value: JsonValue, depth: number): JsonValue {
  if (typeof value === 'string') return value.toWellFormed()
  if (typeof value !== 'object' || value === null) return value
  if (depth > MAX_JSON_DEPTH) throw new RangeError('nested too deep')
  if (Array.isArray(value)) return value.map((item) => wellFormed(item, depth + 1))
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key.toWellFormed(), wellFormed(item, depth + 1)] as const),
  )
}

/** JSON text of anything that JSON.parse gave; nesting that cannot be written out again leaves a note instead. */
export function jsonText(value: JsonValue): string {
  try {
    return JSON.stringify(value).toWellFormed()
  } catch {
    return '{"unreadable":"nested too deep to be written out again"}'
  }
}

/** Does the JSON text of the value take more than `max` bytes of UTF-8? Cheap for all that are far below. */
export function isLargerThan(value: JsonObject, max: number): boolean {
  return roomFor(value) * 6 > max && Buffer.byteLength(JSON.stringify(value)) > max
}

/** An upper bound of the JSON text in units of six bytes: `\u0000` is the longest that one UTF-16 unit can become. */
function roomFor(value: JsonValue): number {
  if (typeof value === 'string') return value.length + 1
  if (typeof value !== 'object' || value === null) return 5
  let room = 1
  if (Array.isArray(value)) for (const item of value) room += roomFor(item) + 1
  else for (const key in value) room += key.length + 2 + roomFor(value[key] ?? null)
  return room
}
