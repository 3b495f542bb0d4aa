import { z } from 'zod'
import type { JsonObject, JsonValue } from '../../storage/telemetry/record.ts'

/**
 * The JSON that the SDKs send. Lenient where that loses nothing (an object where text is meant becomes its JSON text), strict where
 * a wrong value would be a wrong fact; each refusal names the field.
 */
const MOST_LEVELS = 200
const TOO_DEEP = `is nested more than ${MOST_LEVELS} deep`

const TEXT = ['string', 'object', 'array', 'number', 'boolean', 'null'] as const

const text = z
  .unknown()
  .refine(isShallow, TOO_DEEP)
  .transform((value) => textOf(value as JsonValue | undefined))
  .meta({ override: { type: [...TEXT], description: 'Text; anything else is kept as its JSON text.' } })

/** `true` is an error without words; an empty text is none. */
const error = z
  .unknown()
  .refine(isShallow, TOO_DEEP)
  .transform((value) =>
    value === true ? 'error' : value === false ? null : textOf(value as JsonValue | undefined) || null,
  )
  .meta({ override: { type: ['string', 'boolean', 'object', 'null'] } })

const label = z.string().transform((value) => value.toWellFormed())
const optional = <T extends z.ZodType>(schema: T) => schema.nullish().transform((value) => value ?? null)

const count = optional(z.number().int().min(0).max(Number.MAX_SAFE_INTEGER))
const duration = optional(
  z
    .number()
    .min(0)
    .max(Number.MAX_SAFE_INTEGER)
    .transform((ms) => Math.round(ms)),
).meta({ override: { type: ['integer', 'null'], minimum: 0 } })
const money = optional(z.number().min(0).max(1e12))
const id = optional(label)

const time = optional(
  z.string().transform((value, context) => {
    const ms = timeOf(value)
    if (Number.isNaN(ms))
      context.addIssue({ code: 'custom', message: 'must be an RFC 3339 time such as 2026-05-01T08:00:00.000Z' })
    return ms
  }),
).meta({ override: { type: ['string', 'null'], format: 'date-time' } })

const metadata = z
  .custom<JsonObject | null | undefined>(
    (value) => value === undefined || value === null || (typeof value === 'object' && !Array.isArray(value)),
    'must be an object',
  )
  .meta({ override: { type: 'object', additionalProperties: true } })
  .refine(isShallow, TOO_DEEP)
  .transform((value) => value ?? {})

const tagText = z.string().max(64)
const tagMap = z.record(tagText, tagText).refine((map) => Object.keys(map).length <= 20, 'may have at most 20 keys')
const tags = z.union([tagMap, z.array(z.string())]).nullish()

export const spanRequest = z
  .object({
    id: id.optional(),
    parent_span_id: id.optional(),
    name: label,
    type: label
      .nullish()
      .transform((value) => value || 'other')
      .meta({ override: { type: 'string', default: 'other' } }),
    input: text.optional(),
    output: text.optional(),
    model: id.optional(),
    latency_ms: duration.optional(),
    cost: money.optional(),
    error: error.optional(),
    prompt_tokens: count.optional(),
    completion_tokens: count.optional(),
    metadata: metadata.optional(),
    start_time: time.optional(),
    end_time: time.optional(),
  })
  .meta({ id: 'SpanRequest' })

export const eventRequest = z
  .object({
    id: id.optional(),
    span_id: id.optional(),
    level: z.enum(['info', 'warn', 'error']).default('info'),
    message: label,
    metadata: metadata.optional(),
    created_at: time.optional(),
  })
  .meta({ id: 'EventRequest' })

export const traceRequest = z
  .object({
    id: id.optional(),
    external_id: id.optional(),
    name: id.optional(),
    input: text.optional(),
    output: text.optional(),
    model: id.optional(),
    latency_ms: duration.optional(),
    cost: money.optional(),
    error: error.optional(),
    tags: tags.optional(),
    tag_map: tagMap.nullish(),
    metadata: metadata.optional(),
    spans: z.array(spanRequest).nullish(),
    events: z.array(eventRequest).nullish(),
    project_id: id.optional(),
    session_id: optional(z.string().max(256)).optional(),
    user_id: id.optional(),
    environment: id.optional(),
    started_at: time.optional(),
    ended_at: time.optional(),
  })
  .meta({ id: 'TraceRequest' })

export const batchRequest = z.object({ traces: z.array(traceRequest).min(1).max(100) }).meta({ id: 'BatchRequest' })

export type TraceRequest = z.output<typeof traceRequest>
export type SpanRequest = z.output<typeof spanRequest>
export type EventRequest = z.output<typeof eventRequest>

/** Well-formed text of any JSON value: text as it is, nothing as null, the rest as JSON. */
export function textOf(value: JsonValue | undefined): string | null {
  if (value === undefined || value === null) return null
  return (typeof value === 'string' ? value : JSON.stringify(value)).toWellFormed()
}

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
  let level: unknown[] = [value]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MOST_LEVELS) return false
    level = level.flatMap((item) => (typeof item === 'object' && item !== null ? Object.values(item) : []))
  }
  return true
}
