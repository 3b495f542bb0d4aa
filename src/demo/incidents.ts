import { busiestHours, DAY, HOUR } from './calendar.ts'
import type { AppName } from './types.ts'

/** Something that was made to go wrong, in the words in which it should be found. */
export interface Incident {
  kind: 'latency_spike' | 'error_rate_spike' | 'volume_anomaly'
  /** Full hours; milliseconds since the epoch, `to` excluded. */
  from: number
  to: number
  /** Null: all of them. */
  app: AppName | null
  /** How many times slower model calls are; how many times as many conversations begin; the share of model calls that fail. */
  factor: number
  summary: string
}

/**
 * What is planted in the days before `now`: each in busy hours, so that it stands out, with enough quiet before it for a baseline.
 * A demo of few days has only those that fit.
 */
export function plantedIncidents(now: number, days: number): Incident[] {
  const within = (fromDaysAgo: number, toMs: number, hours: number) =>
    fromDaysAgo > days ? null : busiestHours(now - fromDaysAgo * DAY, toMs, hours)
  const surge = within(6.5, now - 4.5 * DAY, 2)
  const slow = within(4, now - 2 * DAY, 3)
  const errors = within(1, now - 2 * HOUR, 3)
  const incidents: Incident[] = []
  if (surge) {
    incidents.push({
      kind: 'volume_anomaly',
      ...surge,
      app: 'support-bot',
      factor: 4,
      summary: 'A newsletter with a broken discount code brings four times as many conversations to the support bot.',
    })
  }
  if (slow) {
    incidents.push({
      kind: 'latency_spike',
      ...slow,
      app: null,
      factor: 6,
      summary: 'Model providers are degraded: every model call takes about six times as long, and some time out.',
    })
  }
  if (errors) {
    incidents.push({
      kind: 'error_rate_spike',
      ...errors,
      app: 'support-bot',
      factor: 0.85,
      summary: "The support bot's quota at its model provider is used up: most of its replies fail with a 429.",
    })
  }
  return incidents
}

export const activeAt = (incident: Incident, atMs: number): boolean => atMs >= incident.from && atMs < incident.to
