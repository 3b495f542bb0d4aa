import type { AnomalyRow } from '../../storage/control/schema.ts'

/**
 * What is out of the ordinary in one hour of a project, for three metrics.
 *
 * hour        the traces that started in it; only full hours are judged
 * baseline    what is usual at this hour of the week: what it was a week ago (with the hours beside it), and what it was at this hour of
 *             the seven days before. An hour must be out of the ordinary against both, so that neither a quiet Sunday nor a week that
 *             was itself odd makes an alarm.
 * σ           robust: 1.4826 times the median absolute deviation of how hours differ from what was usual at theirs, but never less
 *             than what chance alone does with so many traces
 * tail        how latencies of the week before were spread beyond their 95th percentile: what a handful of slow traces can do to it
 * band        expected ± 3 σ
 */
const METRICS = ['latency_p95', 'error_rate', 'volume'] as const
export type Metric = (typeof METRICS)[number]

export const TYPE_OF = {
  latency_p95: 'latency_spike',
  error_rate: 'error_rate_spike',
  volume: 'volume_anomaly',
} as const satisfies Record<Metric, AnomalyRow['type']>

export interface Hour {
  at: number
  count: number
  errors: number
  latencyP95: number | null
}

/** What was usual at an hour, and what was. Null expectations: too little is known. */
export interface Judged {
  metric: Metric
  at: number
  observed: number | null
  expected: number
  sigma: number
  low: number
  high: number
  /** How many σ the observed value is off; its sign says where. */
  distance: number
  anomalous: boolean
}

export const HOUR = 3_600_000
const DAY = 24 * HOUR
const WEEK = 7 * DAY
/** Beyond so many σ an hour is out of the ordinary. */
const BEYOND = 3
/** Traces that an hour must have for its latency and error rate to mean something. */
const SUPPORT = 15
/** Traces an hour that a project must usually have for their number to mean something. */
const VOLUME_SUPPORT = 8
/** The same, for them to be too few: traces come in conversations, of which none may happen to begin in an hour. */
const DROP_SUPPORT = 20
/** Full hours that must be known before anything is judged. */
const HISTORY = 48
/** What is too small to matter to anybody, however rare: a change of latency or volume by less than these shares, of the rate by less. */
const MATTERS = { latency_p95: 0.5, error_rate: 0.1, volume: 0.6 } as const

/** Levels at which the tail of latencies is known. */
export const TAIL_LEVELS = [0.95, 0.96, 0.97, 0.98, 0.99, 0.995, 0.999] as const

/** What is known of one project. */
export interface History {
  /** By their start; hours without traces are not in it. */
  hours: ReadonlyMap<number, Hour>
  /** The full hour with its first trace, or the first that is looked at. */
  since: number
  /** Latencies of the week before at `TAIL_LEVELS`; null where none is known. */
  tail: readonly number[] | null
}
type Hours = History['hours']

/** Judges one hour by the seven days before it. */
export function judge(history: History, at: number): Judged[] {
  return METRICS.flatMap((metric) => {
    const judged = judgeMetric(history, at, metric)
    return judged ? [judged] : []
  })
}

export function judgeMetric(history: History, at: number, metric: Metric): Judged | null {
  const { hours, since } = history
  // How many traces come differs by the day of the week, so that takes a whole one.
  if (at - since < (metric === 'volume' ? WEEK : HISTORY * HOUR)) return null
  const scale = SCALES[metric]
  const day = usual(sameHourOfDays(at), hours, since, metric)
  const week = usual(sameHourOfWeek(at), hours, since, metric)
  const baselines = [day, week].filter((one) => one !== null)
  if (baselines.length === 0) return null
  const hour = hours.get(at)
  const observed = measured(hour, metric)
  const spread = spreadOf(hours, at, since, metric)
  const judgements = baselines.map((expected) => {
    const sigma = Math.max(spread, chance(metric, hour, history))
    const distance = observed === null ? 0 : (scale.to(observed) - scale.to(expected)) / sigma
    return { expected, sigma, distance }
  })
  // The one that the hour is nearer to; on both sides of what was usual at all, it is not out of the ordinary.
  const nearest = judgements.reduce((best, one) => (Math.abs(one.distance) < Math.abs(best.distance) ? one : best))
  const oneSided = judgements.every(({ distance }) => Math.sign(distance) === Math.sign(nearest.distance))
  const { expected, sigma } = nearest
  const distance = oneSided ? nearest.distance : 0
  const [low, high] = [scale.from(scale.to(expected) - BEYOND * sigma), scale.from(scale.to(expected) + BEYOND * sigma)]
  return {
    ...{ metric, at, observed, expected, low: Math.max(0, low), high, distance },
    // In the metric's own unit, as people read it.
    sigma: (high - expected) / BEYOND,
    anomalous: observed !== null && supported(metric, hour, expected) && matters(metric, observed, expected, distance),
  }
}

function matters(metric: Metric, observed: number, expected: number, distance: number): boolean {
  // Only volume can be too small; nobody minds an hour that was quick, or without errors.
  if (Math.abs(distance) <= BEYOND || (distance < 0 && metric !== 'volume')) return false
  const change = Math.abs(observed - expected)
  return metric === 'error_rate' ? change >= MATTERS.error_rate : change >= MATTERS[metric] * expected
}

function supported(metric: Metric, hour: Hour | undefined, expected: number): boolean {
  const count = hour?.count ?? 0
  if (metric !== 'volume') return count >= SUPPORT
  return expected >= (count < expected ? DROP_SUPPORT : VOLUME_SUPPORT)
}

/**
 * Where differences are compared: latency by its logarithm (it is slow by a factor), rates by the arcsine of their root and counts by
 * their root, on which chance does the same everywhere.
 */
const SCALES: Record<Metric, { to(value: number): number; from(value: number): number }> = {
  latency_p95: { to: (value) => Math.log1p(Math.max(0, value)), from: (value) => Math.expm1(Math.max(0, value)) },
  error_rate: {
    to: (value) => Math.asin(Math.sqrt(value)),
    from: (value) => Math.sin(Math.min(Math.PI / 2, Math.max(0, value))) ** 2,
  },
  volume: { to: (value) => Math.sqrt(value), from: (value) => Math.max(0, value) ** 2 },
}

/** What chance alone does: the standard deviation of the value in an hour with so many traces, on the metric's scale. */
function chance(metric: Metric, hour: Hour | undefined, { tail }: History): number {
  const count = Math.max(1, hour?.count ?? 1)
  switch (metric) {
    case 'latency_p95': {
      // In 99.9 of 100 hours the 95th percentile of so few lies below this one of all.
      const level = 0.95 + BEYOND * Math.sqrt((0.95 * 0.05) / count)
      return Math.max(0.08, tail ? Math.log((1 + at(tail, level)) / (1 + at(tail, 0.95))) / BEYOND : 1)
    }
    case 'error_rate':
      return (TOGETHER * 0.5) / Math.sqrt(count)
    case 'volume':
      return TOGETHER * 0.5
    default:
      return metric satisfies never
  }
}

/** Traces do not come, and fail, each for itself: those of one conversation do so together. */
const TOGETHER = 1.5

function at(tail: readonly number[], level: number): number {
  const index = TAIL_LEVELS.findIndex((one) => one >= level)
  return (index < 0 ? tail.at(-1) : tail[index]) ?? 0
}

function measured(hour: Hour | undefined, metric: Metric): number | null {
  switch (metric) {
    case 'volume':
      return hour?.count ?? 0
    case 'error_rate':
      return hour && hour.count > 0 ? hour.errors / hour.count : null
    case 'latency_p95':
      return hour?.latencyP95 ?? null
    default:
      return metric satisfies never
  }
}

const sameHourOfDays = (at: number): number[] => Array.from({ length: 7 }, (_, i) => at - (i + 1) * DAY)
const sameHourOfWeek = (at: number): number[] => [-HOUR, 0, HOUR].map((beside) => at - WEEK + beside)

/** The median of what these hours had. Latencies count by their traces. Null where nothing is known. */
function usual(at: readonly number[], hours: Hours, since: number, metric: Metric): number | null {
  const known = at.filter((one) => one >= since)
  if (metric === 'volume') return known.length === 0 ? null : median(known.map((one) => hours.get(one)?.count ?? 0))
  const found = known.flatMap((one) => hours.get(one) ?? [])
  if (metric === 'error_rate') return found.length === 0 ? null : usualRate(found)
  const latencies = found.flatMap((hour) =>
    Array.from({ length: Math.min(hour.count, 20) }, () => hour.latencyP95).filter((value) => value !== null),
  )
  return latencies.length === 0 ? null : median(latencies)
}

/** Errors by traces, without the worst quarter of the hours: most hours have too few traces for a median of their rates to tell anything. */
function usualRate(found: readonly Hour[]): number {
  const sorted = [...found].sort((a, b) => a.errors / a.count - b.errors / b.count)
  const kept = sorted.slice(0, Math.max(1, Math.ceil(sorted.length * 0.75)))
  const sum = (of: (hour: Hour) => number) => kept.reduce((total, hour) => total + of(hour), 0)
  return sum(({ errors }) => errors) / sum(({ count }) => count)
}

/** How far the hours of the week before were from what was usual at theirs, on the metric's scale. */
function spreadOf(hours: Hours, at: number, since: number, metric: Metric): number {
  const { to } = SCALES[metric]
  const differences: number[] = []
  for (let one = Math.max(since, at - WEEK); one < at; one += HOUR) {
    const hour = hours.get(one)
    const value = measured(hour, metric)
    if (value === null || (metric !== 'volume' && (hour?.count ?? 0) < SUPPORT / 2)) continue
    const others = usual(neighbours(one, at), hours, since, metric)
    if (others !== null) differences.push(to(value) - to(others))
  }
  if (differences.length < 8) return 0
  const middle = median(differences)
  return 1.4826 * median(differences.map((one) => Math.abs(one - middle)))
}

/** The same hour of the days around an hour, within the week that is looked at. */
const neighbours = (one: number, end: number): number[] =>
  [-3, -2, -1, 1, 2, 3].map((days) => one + days * DAY).filter((other) => other < end && other >= end - WEEK)

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? 0
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2
}

export function severityOf(distance: number): AnomalyRow['severity'] {
  const far = Math.abs(distance)
  return far > 12 ? 'critical' : far > 8 ? 'high' : far > 5 ? 'medium' : 'low'
}
