export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

/** How busy each hour of a weekday is, UTC: a European shop, whose customers come in the forenoon and again after work. */
const BY_HOUR = [
  0.22, 0.14, 0.1, 0.08, 0.1, 0.22, 0.5, 0.95, 1.45, 1.75, 1.85, 1.7, 1.5, 1.6, 1.75, 1.7, 1.5, 1.4, 1.55, 1.6, 1.3,
  0.9, 0.6, 0.35,
]
/** From Sunday. */
const BY_WEEKDAY = [0.72, 1.12, 1.16, 1.1, 1.08, 1, 0.7]

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b)
const PER_WEEK = sum(BY_HOUR) * sum(BY_WEEKDAY)

/** The share of a week's traffic that comes in the hour of that time. */
export function shareOfWeek(atMs: number): number {
  const at = new Date(atMs)
  return ((BY_HOUR[at.getUTCHours()] ?? 1) * (BY_WEEKDAY[at.getUTCDay()] ?? 1)) / PER_WEEK
}

/** How much slower everything is in that hour than at night: shared machines are busy when people are. */
export const loadFactor = (atMs: number): number => 0.9 + Math.min(0.45, shareOfWeek(atMs) * 32)

export const hourOf = (atMs: number): number => Math.floor(atMs / HOUR) * HOUR

/** The busiest run of `hours` full hours between two times, by the calendar; the latest of equals. Null when none fits. */
export function busiestHours(fromMs: number, toMs: number, hours: number): { from: number; to: number } | null {
  let best: { from: number; share: number } | null = null
  for (let from = Math.ceil(fromMs / HOUR) * HOUR; from + hours * HOUR <= toMs; from += HOUR) {
    let share = 0
    for (let i = 0; i < hours; i++) share += shareOfWeek(from + i * HOUR)
    if (best === null || share >= best.share) best = { from, share }
  }
  return best && { from: best.from, to: best.from + hours * HOUR }
}
