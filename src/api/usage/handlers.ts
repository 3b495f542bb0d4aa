import { rfc3339 } from '../../clock.ts'
import { LIMITS } from '../../plans.ts'
import { type Binding, bind } from '../http/mount.ts'
import { ok } from '../http/reply.ts'
import type { Services } from '../services.ts'
import { getUsage } from './contract.ts'

const DAY_MS = 24 * 60 * 60 * 1000

export const usageHandlers = ({
  control,
  telemetry,
  clock,
}: Pick<Services, 'control' | 'telemetry' | 'clock'>): Binding[] => [
  bind(getUsage, async ({ actor, query }) => {
    const start = Date.parse(`${query.month ?? rfc3339(clock.now()).slice(0, 7)}-01T00:00:00.000Z`)
    const end = nextMonth(start)
    const limits = LIMITS[actor.plan]
    const days = Array.from({ length: (end - start) / DAY_MS }, (_, i) => rfc3339(start + i * DAY_MS).slice(0, 10))
    const counted = await telemetry.ask('usageDaily', {
      ...{ tenantId: actor.tenantId, fromDay: days[0] ?? '', toDay: days.at(-1) ?? '' },
    })
    const ofDay = new Map(counted.map((one) => [one.day, one]))
    // Days that have not come are not zero: they are not there.
    const daily = days
      .filter((day) => Date.parse(day) <= clock.now())
      .map((day) => ofDay.get(day) ?? { day, traces: 0, spans: 0, evals: 0 })
    const sum = (of: 'traces' | 'spans' | 'evals') => counted.reduce((total, day) => total + day[of], 0)
    return ok({
      plan: actor.plan,
      period_start: rfc3339(start),
      period_end: rfc3339(end),
      traces: { used: sum('traces'), limit: limits.tracesPerMonth },
      spans: { used: sum('spans'), limit: null },
      evals: { used: sum('evals'), limit: limits.evalsPerMonth },
      seats: { used: await control.tenants.seats(actor.tenantId), limit: limits.seats },
      retention_days: limits.retentionDays,
      daily,
    })
  }),
]

function nextMonth(start: number): number {
  const date = new Date(start)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1)
}
