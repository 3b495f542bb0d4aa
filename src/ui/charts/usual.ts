import { useQuery } from '@tanstack/react-query'
import type { getAnomalyBand, listAnomalies } from '../../api/anomalies/contract.ts'
import { type AnswerOf, call } from '../client/call.ts'
import { iso, type TimeRange } from '../lib/range.ts'

export type Anomaly = AnswerOf<typeof listAnomalies>['anomalies'][number]
export type BandMetric = Anomaly['metadata']['metric']

/** What is usual for an hour, in the unit of the metric. */
export interface UsualHour {
  from: number
  expected: number
  low: number
  high: number
}

export const HOUR_MS = 3_600_000
const [LEAST_MS, MOST_MS] = [12 * HOUR_MS, 14 * 24 * HOUR_MS]
const NONE: readonly never[] = []

/** What is usual is known by the hour, so it can be held against charts by the hour: over a range that has not too few and not too many. */
export function isHourly(range: TimeRange): boolean {
  const length = range.to() - range.from()
  return LEAST_MS <= length && length <= MOST_MS
}

/** The band of a project, hour by hour; none without a project. */
export function useUsual(project: string | undefined, metric: BandMetric, range: TimeRange): readonly UsualHour[] {
  const { data = NONE } = useQuery({
    queryKey: ['usual', project, metric, range.id],
    enabled: project !== undefined && isHourly(range),
    staleTime: 60_000,
    queryFn: async ({ signal }) => {
      const query = { project_id: project, metric, from: iso(range.from()), to: iso(range.to()) }
      const { hours } = await call<typeof getAnomalyBand>('get', '/v1/anomalies/band', { query, signal })
      return hours.map(({ time, expected, low, high }): UsualHour => ({ from: Date.parse(time), expected, low, high }))
    },
  })
  return data
}

const MOST_DOTS = 100

/** What was reported of a project's hours. They are found after their hour, so what was found later counts too. */
export function useAnomalies(project: string | undefined, range: TimeRange): readonly Anomaly[] {
  const { data = NONE } = useQuery({
    queryKey: ['anomalies', 'dots', project, range.id],
    enabled: project !== undefined && isHourly(range),
    staleTime: 60_000,
    queryFn: async ({ signal }) => {
      const query = { project_id: project, from: iso(range.from()), limit: MOST_DOTS }
      return (await call<typeof listAnomalies>('get', '/v1/anomalies', { query, signal })).anomalies
    },
  })
  return data
}
