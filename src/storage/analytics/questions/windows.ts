import { SLOT_MS } from '../buckets.ts'
import type { Shape } from '../settled.ts'
import type { Range } from './filter.ts'
import { joined, without } from './ranges.ts'

/** How long windows are, by UTC: as long as leaves enough of them in the range, since each takes its time to be added. */
const LENGTHS_MS = [24 * SLOT_MS, 4 * SLOT_MS]
/** Windows of a range that are looked for. Of more, finding them would take as long as counting does. */
const MOST_WINDOWS = 2_000
/**
 * When a question is asked again, some windows are counted each for itself: so many that about this many rows come out of them, as each
 * takes its time to be read; and to begin with so many windows.
 */
const ROWS_AT_ONCE = 40_000
const FIRST_WINDOWS = 2
/** Ranges that are read apart. */
export const MOST_RANGES = 8

/** What a part of a range was counted by. */
export interface Counts {
  latencies: { ms: { length: number } }
}

export interface Divided<P> {
  /** What is kept of the windows that are. */
  kept: P[]
  /** Whole windows that are to be counted each for itself, and kept. */
  fresh: Range[]
  /** To be counted as one. */
  rest: Range[]
  /** How many whole windows are not kept. */
  missing: number
  /** How long each window is, in milliseconds. */
  lengthMs: number
}

/** Divides a range into what was counted before, what is to be counted for later, and the rest. */
export function divided<P extends ReadonlyMap<unknown, Counts>>(
  range: Range,
  shape: Shape<P> | null,
  fewest: number,
): Divided<P> {
  const { windows, lengthMs } = shape ? windowsIn(range, fewest) : NO_WINDOWS
  const found = windows.flatMap((window) => {
    const part = shape?.find(window.from, window.to)
    return part ? [{ ...window, part }] : []
  })
  // Too many places are read as fewer, with what is known between them.
  const unknown = joined(without(range, found), MOST_RANGES)
  const isUnknown = (one: Range) => unknown.some((other) => within(one, other))
  const kept = found.filter((one) => !isUnknown(one)).map(({ part }) => part)
  const missing = windows.filter(isUnknown)
  const fresh = shape && shape.asked > 1 ? longestAlone(missing, shape).slice(0, atOnce(kept)) : []
  fresh.sort((a, b) => a.from - b.from)
  const rest = unknown.flatMap((one) =>
    without(
      one,
      fresh.filter((other) => within(other, one)),
    ),
  )
  return { kept, fresh, rest, missing: missing.length, lengthMs }
}

/** Those first in which nothing has changed for the longest. */
const longestAlone = (windows: readonly Range[], shape: Shape<unknown>): Range[] =>
  windows
    .map((window) => ({ window, changedAt: shape.changedAt(window.from, window.to) }))
    .sort((a, b) => a.changedAt - b.changedAt)
    .map(({ window }) => window)

/** How many more windows to count for themselves, by how much came out of those that were. */
function atOnce(parts: readonly ReadonlyMap<unknown, Counts>[]): number {
  if (parts.length === 0) return FIRST_WINDOWS
  let rows = 0
  for (const part of parts) for (const { latencies } of part.values()) rows += 1 + latencies.ms.length
  return Math.ceil(ROWS_AT_ONCE / Math.max(1, rows / parts.length))
}

const within = (one: Range, other: Range): boolean => one.from >= other.from && one.to <= other.to

interface Windows {
  windows: Range[]
  lengthMs: number
}
const NO_WINDOWS: Windows = { windows: [], lengthMs: 0 }

/** The windows that lie wholly within a range: the longest of which there are enough. */
function windowsIn({ from, to }: Range, fewest: number): Windows {
  for (const lengthMs of LENGTHS_MS) {
    const [first, end] = [Math.ceil(from / lengthMs), Math.floor((to + 1) / lengthMs)]
    if (end - first > MOST_WINDOWS) return NO_WINDOWS
    if (end - first < fewest) continue
    const starts = Array.from({ length: end - first }, (_, i) => (first + i) * lengthMs)
    return { windows: starts.map((start) => ({ from: start, to: start + lengthMs - 1 })), lengthMs }
  }
  return NO_WINDOWS
}
