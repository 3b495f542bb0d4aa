import { exactTime } from './format.ts'
import type { Search } from './search.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

export interface Preset {
  id: string
  label: string
  ms: number
}

export const PRESETS: readonly Preset[] = [
  { id: '15m', label: 'Last 15 minutes', ms: 15 * MINUTE },
  { id: '1h', label: 'Last hour', ms: HOUR },
  { id: '6h', label: 'Last 6 hours', ms: 6 * HOUR },
  { id: '24h', label: 'Last 24 hours', ms: DAY },
  { id: '7d', label: 'Last 7 days', ms: 7 * DAY },
  { id: '30d', label: 'Last 30 days', ms: 30 * DAY },
  { id: '90d', label: 'Last 90 days', ms: 90 * DAY },
]
const USUAL = '24h'

/** A stretch of time: the last so many hours, or between two times. */
export interface TimeRange {
  /** Same text, same range; part of cache keys. */
  id: string
  label: string
  relative: boolean
  /** Milliseconds; for a relative range as of now. */
  from(): number
  to(): number
}

export function rangeOf({ range, from, to }: Search): TimeRange {
  const since = Date.parse(from ?? '')
  const until = Date.parse(to ?? '')
  if (since < until) {
    const label = `${shortTime(since)} – ${shortTime(until)}`
    return { id: `${since}-${until}`, label, relative: false, from: () => since, to: () => until }
  }
  const preset = PRESETS.find(({ id }) => id === range) ?? PRESETS.find(({ id }) => id === USUAL)
  const { id, label, ms } = preset ?? { id: USUAL, label: 'Last 24 hours', ms: DAY }
  return { id, label, relative: true, from: () => Date.now() - ms, to: () => Date.now() }
}

const shortTime = (ms: number): string => exactTime(new Date(ms)).replace(/:\d\d\.\d+.*$/, '')

export const iso = (ms: number): string => new Date(Math.round(ms)).toISOString()

/** What an address says about a range between two times. */
export const between = (from: number, to: number): Search => ({ range: undefined, from: iso(from), to: iso(to) })
export const lasting = (preset: string): Search => ({ range: preset, from: undefined, to: undefined })
