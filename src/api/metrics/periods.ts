import { AppError } from '../../errors.ts'
import { type Bucket, finestBucket, fits, MOST_BUCKETS, usualBucket } from '../../storage/analytics/buckets.ts'
import type { Range } from '../../storage/analytics/questions/filter.ts'

/** The bucket asked for, or the usual one. Throws 422 where it would cut the range into too many, and says which would do. */
export function bucketOf({ from, to }: Range, asked: Bucket | undefined): Bucket {
  const bucket = asked ?? usualBucket(from, to)
  if (fits(from, to, bucket)) return bucket
  const finest = finestBucket(from, to)
  throw new AppError(
    'out_of_range',
    fits(from, to, finest)
      ? `bucket: ${bucket} would cut this range into more than ${MOST_BUCKETS} parts; take ${finest} or longer.`
      : `from: even months would cut this range into more than ${MOST_BUCKETS} parts; ask for a shorter one.`,
  )
}

/** Where buckets of the range and of the period before it begin, and what that period is: as far from its edges as the range from its own. */
export function periodsOf(
  edges: readonly number[],
  range: Range,
  withPrevious: boolean,
): { times: number[]; previousTimes: number[]; previous: Range | null } {
  const count = withPrevious ? (edges.length - 1) / 2 : 0
  const times = edges.slice(count, -1)
  const previousTimes = edges.slice(0, count)
  if (!withPrevious) return { times, previousTimes, previous: null }
  const first = times[0] ?? range.from
  const from = (previousTimes[0] ?? first) + (range.from - first)
  const to = (previousTimes.at(-1) ?? first) + (range.to - (times.at(-1) ?? range.to))
  return { times, previousTimes, previous: { from, to: Math.min(to, first - 1) } }
}
