import { z } from 'zod'
import type { JsonObject } from '../../storage/telemetry/record.ts'

/**
 * The JSON that the SDKs send. Lenient where that loses nothing (an object where text is meant becomes its JSON text), strict where
 * a wrong value would be a wrong fact; each refusal names the field.
 */
const MOST_LEVELS = 200
const TOO_DEEP = `is nested more than ${MOST_LEVELS} deep`

type Fail = (message: string) => null

/**
 * One optional value, read in one step: this runs for every field of every span, and a chain of zod's own checks takes three times as
 * long. What is not there is null. `doc` is what the API document says of it.
 */
function leaf<T>(read: (value: NonNullable<unknown>, fail: Fail) => T | null, doc: Record<string, unknown>) {
  return z
    .transform((value: unknown, context): T | null => {
      if (value === undefined || value === null) return null
      return read(value, (message) => {
        context.issues.push({ code: 'custom', message, input: value })
        return null
      })
    })
    .meta({ override: doc })
    .optional()
}

const received = (value: unknown): string => (Array.isArray(value) ? 'array' : typeof value)

const string = (longest = Number.POSITIVE_INFINITY, doc: Record<string, unknown> = {}) =>
  leaf(
    (value, fail) => {
      if (typeof value !== 'string') return fail(`expected string, received ${received(value)}`)
      return value.length > longest ? fail(`may have at most ${longest} characters`) : value.toWellFormed()
    },
    { type: ['string', 'null'], ...doc },
  )

const number = (least: number, most: number, whole: boolean, doc: Record<string, unknown>) =>
  leaf((value, fail) => {
    if (typeof value !== 'number') return fail(`expected number, received ${received(value)}`)
    if (!(value >= least && value <= most)) return fail(`must be between ${least} and ${most}`)
    return whole && !Number.isInteger(value) ? fail('must be a whole number') : value
  }, doc)

const text = leaf(
  (value, fail) => {
    if (typeof value === 'string') return value.toWellFormed()
    return isShallow(value) ? JSON.stringify(value).toWellFormed() : fail(TOO_DEEP)
  },
  {
    type: ['string', 'object', 'array', 'number', 'boolean', 'null'],
    description: 'Text; anything else is kept as its JSON text.',
  },
)

/** `true` is an error without words; an empty text is none. */
const error = leaf(
  (value, fail) => {
    if (typeof value === 'string') return value.toWellFormed() || null
    if (typeof value === 'boolean') return value ? 'error' : null
    return isShallow(value) ? JSON.stringify(value).toWellFormed() : fail(TOO_DEEP)
  },
  { type: ['string', 'boolean', 'object', 'null'] },
)

const count = number(0, Number.MAX_SAFE_INTEGER, true, { type: ['integer', 'null'], minimum: 0 })
const duration = number(0, Number.MAX_SAFE_INTEGER, false, { type: ['integer', 'null'], minimum: 0 })
const money = number(0, 1e12, false, { type: ['number', 'null'], minimum: 0 })
const id = string()
const label = z.string()

const time = leaf(
  (value, fail) => {
    const ms = typeof value === 'string' ? timeOf(value) : Number.NaN
    return Number.isNaN(ms) ? fail('must be an RFC 3339 time such as 2026-05-01T08:00:00.000Z') : ms
  },
  { type: ['string', 'null'], format: 'date-time' },
)

const metadata = leaf(
  (value, fail) => {
    if (typeof value !== 'object' || Array.isArray(value)) return fail('must be an object')
    return isShallow(value) ? (value as JsonObject) : fail(TOO_DEEP)
  },
  { type: 'object', additionalProperties: true },
)

const tagText = z.string().max(64)
const tagMap = z.record(tagText, tagText).refine((map) => Object.keys(map).length <= 20, 'may have at most 20 keys')
const tags = z.union([tagMap, z.array(z.string())]).nullish()

const spanRequest = z
  .object({
    id,
    parent_span_id: id,
    name: label,
    type: string(Number.POSITIVE_INFINITY, { type: 'string', default: 'other' }),
    input: text,
    output: text,
    model: id,
    latency_ms: duration,
    cost: money,
    error,
    prompt_tokens: count,
    completion_tokens: count,
    metadata,
    start_time: time,
    end_time: time,
  })
  .meta({ id: 'SpanRequest' })

const eventRequest = z
  .object({
    id,
    span_id: id,
    level: z.enum(['info', 'warn', 'error']).default('info'),
    message: label,
    metadata,
    created_at: time,
  })
  .meta({ id: 'EventRequest' })

export const traceRequest = z
  .object({
    id,
    external_id: id,
    name: id,
    input: text,
    output: text,
    model: id,
    latency_ms: duration,
    cost: money,
    error,
    tags,
    tag_map: tagMap.nullish(),
    metadata,
    spans: z.array(spanRequest).nullish(),
    events: z.array(eventRequest).nullish(),
    project_id: id,
    session_id: string(256, { maxLength: 256 }),
    user_id: id,
    environment: id,
    started_at: time,
    ended_at: time,
  })
  .meta({ id: 'TraceRequest' })

export const batchRequest = z.object({ traces: z.array(traceRequest).min(1).max(100) }).meta({ id: 'BatchRequest' })

export type TraceRequest = z.output<typeof traceRequest>
export type SpanRequest = z.output<typeof spanRequest>
export type EventRequest = z.output<typeof eventRequest>

const HAS_ZONE = /(?:Z|[+-]\d{2}:?\d{2})$/i
const IS_TIME = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?/

/** Milliseconds of an RFC 3339 time, NaN if it is none. A time without a zone is UTC, as Python's `utcnow().isoformat()` means it. */
export function timeOf(text: string): number {
  if (!IS_TIME.test(text)) return Number.NaN
  const iso = text.replace(' ', 'T')
  return Date.parse(iso.length === 10 || HAS_ZONE.test(iso.slice(10)) ? iso : `${iso}Z`)
}

/** Is it nested no deeper than is ever meant? Beyond some thousand levels no stack could write it out again. */
function isShallow(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true
  let level: object[] = [value]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MOST_LEVELS) return false
    const next: object[] = []
    for (const holder of level) {
      for (const item of Object.values(holder)) if (typeof item === 'object' && item !== null) next.push(item)
    }
    level = next
  }
  return true
}
