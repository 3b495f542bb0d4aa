import { z } from 'zod'
import { AppError } from '../../errors.ts'
import { timeOf } from '../../ingest/formats/native-schema.ts'

const readTime = (text: string, context: z.RefinementCtx): number => {
  const ms = timeOf(text)
  if (Number.isNaN(ms))
    context.addIssue({ code: 'custom', message: 'must be an RFC 3339 time such as 2026-05-01T08:00:00.000Z' })
  return ms
}

/** A time in a query, as milliseconds since the epoch. */
export const requiredTimeParam = z
  .string()
  .transform(readTime)
  .meta({ override: { type: 'string', format: 'date-time' } })

export const timeParam = z
  .string()
  .transform(readTime)
  .optional()
  .meta({ override: { type: 'string', format: 'date-time' } })

/** Throws 400 where a range ends before it begins. */
export function requireOrder(from: number | undefined, to: number | undefined): void {
  if (from !== undefined && to !== undefined && to < from) {
    throw new AppError('invalid_query', 'to: must not be before from.')
  }
}
