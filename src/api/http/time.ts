import { z } from 'zod'
import { AppError } from '../../errors.ts'
import { timeOf } from '../../ingest/formats/native-schema.ts'

/** A time in a query: RFC 3339, read as milliseconds. */
export const timeParam = z
  .string()
  .transform((text, context) => {
    const ms = timeOf(text)
    if (Number.isNaN(ms))
      context.addIssue({ code: 'custom', message: 'must be an RFC 3339 time such as 2026-05-01T08:00:00.000Z' })
    return ms
  })
  .meta({ override: { type: 'string', format: 'date-time' } })

/** Throws 400 where a range ends before it begins. */
export function requireOrder(from: number | undefined, to: number | undefined): void {
  if (from !== undefined && to !== undefined && to < from) {
    throw new AppError('invalid_query', 'to: must not be before from.')
  }
}

/**
 * The range that `from` and `to` ask for; both are inclusive, `to` is now and `from` is `usualMs` before it unless they are given.
 * Throws 400 where `to` is before `from`.
 */
export function rangeOf(
  { from, to }: { from?: number | undefined; to?: number | undefined },
  now: number,
  usualMs: number,
): { from: number; to: number } {
  const end = to ?? Math.max(now, from ?? now)
  const range = { from: from ?? end - usualMs, to: end }
  requireOrder(range.from, range.to)
  return range
}
