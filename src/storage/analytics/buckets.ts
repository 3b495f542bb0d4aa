/**
 * Buckets of time in a time zone: edges as instants, found by the local clock, so that a day is the 23, 24 or 25 hours that people there
 * lived through. Buckets of an hour and less are of even length, and begin with the local hour.
 */
export const BUCKETS = ['1m', '5m', '15m', '1h', '6h', '1d', '7d', '1mo'] as const
export type Bucket = (typeof BUCKETS)[number]

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
/** Usual lengths; those of days, weeks and months vary. */
export const BUCKET_MS: Record<Bucket, number> = {
  '1m': MINUTE,
  '5m': 5 * MINUTE,
  '15m': 15 * MINUTE,
  '1h': HOUR,
  '6h': 6 * HOUR,
  '1d': DAY,
  '7d': 7 * DAY,
  '1mo': 30.4 * DAY,
}

/** What traces are counted by in the mirror: the clocks of all time zones that are in use differ by whole quarters of an hour. */
export const SLOT_MS = 15 * MINUTE
export const slotOf = (at: number): number => Math.floor(at / SLOT_MS)

/** More points than this no chart has pixels for. */
export const MOST_BUCKETS = 1_500
/** About how many points a chart shows well. */
const GOOD_BUCKETS = 120

/** The finest bucket that cuts a range into no more than a chart shows well. */
export const usualBucket = (from: number, to: number): Bucket =>
  BUCKETS.find((bucket) => (to - from) / BUCKET_MS[bucket] <= GOOD_BUCKETS) ?? '1mo'

/** The finest bucket that a range may be cut into. */
export const finestBucket = (from: number, to: number): Bucket =>
  BUCKETS.find((bucket) => fits(from, to, bucket)) ?? '1mo'

export const fits = (from: number, to: number, bucket: Bucket): boolean =>
  (to - from) / BUCKET_MS[bucket] <= MOST_BUCKETS

/** Is it the name of a time zone, such as `Europe/Berlin`? */
export function isTimeZone(name: string): boolean {
  try {
    formatOf(name)
    return true
  } catch {
    return false
  }
}

/**
 * Edges of the buckets that hold `from` to `to` (inclusive), and of as many before them as `before` says: bucket i is from edge i up to
 * but without edge i + 1.
 */
export function bucketEdges(from: number, to: number, bucket: Bucket, timeZone: string, before = false): number[] {
  const zone = new Zone(timeZone)
  const edges = forward(zone, from, to, bucket)
  if (!before) return edges
  const count = edges.length - 1
  const first = edges[0] ?? from
  const earlier: number[] = []
  for (let local = zone.toLocal(first); earlier.length < count; ) {
    local = step(local, bucket, -1)
    const edge = evenly(bucket) ? first - (earlier.length + 1) * BUCKET_MS[bucket] : zone.toInstant(local)
    // A day that a place skipped, as it moved across the date line, is none.
    if (edge < (earlier[0] ?? first)) earlier.unshift(edge)
  }
  return [...earlier, ...edges]
}

function forward(zone: Zone, from: number, to: number, bucket: Bucket): number[] {
  const edges: number[] = []
  if (evenly(bucket)) {
    const width = BUCKET_MS[bucket]
    const offset = zone.toLocal(from) - from
    const start = Math.floor((from + offset) / width) * width - offset
    for (let edge = start; edge <= to; edge += width) edges.push(edge)
    edges.push((edges.at(-1) ?? start) + width)
    return edges
  }
  let local = floorLocal(zone.toLocal(from), bucket)
  for (;;) {
    const edge = zone.toInstant(local)
    if (edge > (edges.at(-1) ?? Number.NEGATIVE_INFINITY)) edges.push(edge)
    if (edge > to) return edges
    local = step(local, bucket, 1)
  }
}

const evenly = (bucket: Bucket): boolean => BUCKET_MS[bucket] <= HOUR

/** Edges with the same distance, one after another: what SQL can count instead of looking up. */
export interface Run {
  start: number
  end: number
  width: number
  /** Number of its first bucket. */
  index: number
}

export function runsOf(edges: readonly number[]): Run[] {
  const runs: Run[] = []
  for (let i = 0; i + 1 < edges.length; i += 1) {
    const [start, end] = [edges[i] ?? 0, edges[i + 1] ?? 0]
    const last = runs.at(-1)
    if (last && last.width === end - start) last.end = end
    else runs.push({ start, end, width: end - start, index: i })
  }
  return runs
}

/** The number of the bucket that a time is in, as SQL. */
export function bucketNumber(runs: readonly Run[], column: string): string {
  const count = ({ start, width, index }: Run) => `${index} + (${column} - ${start}) // ${width}`
  if (runs.length === 1 && runs[0]) return `(${count(runs[0])})::INTEGER`
  return `(CASE ${runs.map((run) => `WHEN ${column} < ${run.end} THEN ${count(run)}`).join(' ')} END)::INTEGER`
}

/** "Local" times are what the wall clock shows, as milliseconds as if it were UTC. */
function floorLocal(local: number, bucket: Bucket): number {
  const date = new Date(local)
  const day = Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate())
  switch (bucket) {
    case '7d':
      return day - ((date.getUTCDay() + 6) % 7) * DAY
    case '1mo':
      return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1)
    case '6h':
      return day + Math.floor((local - day) / BUCKET_MS['6h']) * BUCKET_MS['6h']
    default:
      return day
  }
}

function step(local: number, bucket: Bucket, by: 1 | -1): number {
  if (bucket !== '1mo') return local + by * BUCKET_MS[bucket]
  const date = new Date(local)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + by, 1)
}

/** Names of zones may be written in any mix of large and small letters, so there is no end of them. */
const MOST_FORMATS = 100
const formats = new Map<string, Intl.DateTimeFormat>()

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone)
  if (known) return known
  const numeric = {
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  } as const
  const made = new Intl.DateTimeFormat('en-US', { timeZone, hourCycle: 'h23', era: 'short', ...numeric })
  if (formats.size >= MOST_FORMATS) formats.clear()
  formats.set(timeZone, made)
  return made
}

class Zone {
  readonly #utc: boolean
  readonly #format: Intl.DateTimeFormat

  constructor(timeZone: string) {
    this.#utc = timeZone === 'UTC'
    this.#format = formatOf(timeZone)
  }

  toLocal(instant: number): number {
    if (this.#utc) return instant
    const parts: Record<string, number> = {}
    for (const { type, value } of this.#format.formatToParts(instant)) parts[type] = Number(value)
    const { year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts
    return Date.UTC(year, month - 1, day, hour, minute, second) + (((instant % 1000) + 1000) % 1000)
  }

  /** The first instant at which the wall clock shows this; where it skips it, the instant of the skip. */
  toInstant(local: number): number {
    if (this.#utc) return local
    const [before, after] = [local - DAY, local + DAY].map((near) => local - (this.toLocal(near) - near)) as [
      number,
      number,
    ]
    const shown = [before, after].filter((instant) => this.toLocal(instant) === local)
    return shown.length > 0 ? Math.min(...shown) : before
  }
}
