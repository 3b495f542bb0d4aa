import { createTask, parse } from 'node-cron'

/** The 29th of February falls on a given weekday once in 28 years, or 40 across a century without its leap year. */
const MOST_DAYS = 366 * 41
const DAY_MS = 86_400_000

/** A cron expression of five fields, in UTC. */
export interface CronExpression {
  text: string
  /** The first time it means after `afterMs`, milliseconds since the epoch; null when it never comes. */
  next(afterMs: number): number | null
}

/**
 * Reads an expression; throws when it is not one. `node-cron` parses it and judges the days (it knows last days, nth weekdays and
 * the like); it has no say in when anything runs, because its clock is the system's. Its task is never started.
 */
export function cronExpression(text: string): CronExpression {
  const { minute: minutes, hour: hours } = parse(text)
  const first = { hour: Math.min(...hours), minute: Math.min(...minutes) }
  const matcher = createTask(text, () => undefined, { timezone: 'UTC' })
  const times = hours.flatMap((hour) => minutes.map((minute) => (hour * 60 + minute) * 60_000)).sort((a, b) => a - b)
  const fallsOn = (day: number) => matcher.match(new Date(day + (first.hour * 60 + first.minute) * 60_000))

  return {
    text,
    next(afterMs) {
      const today = Math.floor(afterMs / DAY_MS) * DAY_MS
      for (let day = today; day < today + MOST_DAYS * DAY_MS; day += DAY_MS) {
        const time = times.find((at) => day + at > afterMs)
        if (time !== undefined && fallsOn(day)) return day + time
      }
      return null
    },
  }
}
