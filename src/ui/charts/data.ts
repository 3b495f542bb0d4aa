import { keepPreviousData, useQuery } from '@tanstack/react-query'
import type { getTimeseries } from '../../api/metrics/contract.ts'
import { type AnswerOf, call, type QueryOf } from '../client/call.ts'
import { iso, type TimeRange } from '../lib/range.ts'
import type { Search } from '../lib/url.ts'

export type Timeseries = AnswerOf<typeof getTimeseries>
export type SeriesLine = Timeseries['lines'][number]

const BUCKET_MS: Record<Timeseries['bucket'], number> = {
  '1m': 60_000,
  '5m': 300_000,
  '15m': 900_000,
  '1h': 3_600_000,
  '6h': 21_600_000,
  '1d': 86_400_000,
  '7d': 604_800_000,
  '1mo': 2_627_000_000,
}

export const bucketMs = ({ bucket }: Timeseries): number => BUCKET_MS[bucket]
export const timesOf = ({ times }: Timeseries): number[] => times.map((text) => Date.parse(text))

export interface SeriesAsk {
  series: readonly string[]
  range: TimeRange
  /** Filters, by the names of the API. */
  filter: Search
  groupBy?: string
  previous?: boolean
  refreshMs?: number | false
}

export function useTimeseries(
  { series, range, filter, groupBy, previous = false, refreshMs = false }: SeriesAsk,
  enabled = true,
) {
  return useQuery({
    queryKey: ['series', series, range.id, filter, groupBy ?? '', previous],
    enabled,
    placeholderData: keepPreviousData,
    refetchInterval: refreshMs,
    queryFn: ({ signal }) => {
      const query: QueryOf<typeof getTimeseries> = {
        ...filter,
        series: series.join(','),
        from: iso(range.from()),
        to: iso(range.to()),
        group_by: groupBy,
        previous,
        time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      }
      return call<typeof getTimeseries>('get', '/v1/metrics/timeseries', { query, signal })
    },
  })
}

export const valuesOf = (data: Timeseries, name: SeriesLine['series']): (number | null)[] =>
  data.lines.find(({ series, group }) => series === name && group === null)?.values ?? []

export const previousOf = (data: Timeseries, name: SeriesLine['series']): (number | null)[] | null =>
  data.lines.find(({ series, group }) => series === name && group === null)?.previous ?? null
