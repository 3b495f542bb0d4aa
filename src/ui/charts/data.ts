import { keepPreviousData, useQuery } from '@tanstack/react-query'
import type { getTimeseries } from '../../api/metrics/contract.ts'
import { type AnswerOf, call, type QueryOf } from '../client/call.ts'
import { untilCaughtUp } from '../client/query.ts'
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

const LEAST_MS = 60_000

/** The finest bucket that cuts a range into no more than `most`. */
export const bucketFor = (range: TimeRange, most: number): Timeseries['bucket'] => {
  const length = Math.max(LEAST_MS, range.to() - range.from())
  const fits = Object.entries(BUCKET_MS).find(([, ms]) => length / ms <= most)
  return (fits?.[0] ?? '1mo') as Timeseries['bucket']
}

export const bucketMs = ({ bucket }: Timeseries): number => BUCKET_MS[bucket]
export const timesOf = ({ times }: Timeseries): number[] => times.map((text) => Date.parse(text))

export interface SeriesAsk {
  series: readonly string[]
  range: TimeRange
  /** Filters, by the names of the API. */
  filter: Search
  groupBy?: string
  /** So many groups; the others are one. */
  top?: number
  previous?: boolean
  /** Without it the server chooses. */
  bucket?: Timeseries['bucket']
  refreshMs?: number | false
}

export function useTimeseries(
  { series, range, filter, groupBy, top, previous = false, bucket, refreshMs = false }: SeriesAsk,
  enabled = true,
) {
  return useQuery({
    queryKey: ['series', series, range.id, filter, groupBy ?? '', top ?? 0, previous, bucket ?? ''],
    enabled,
    placeholderData: keepPreviousData,
    refetchInterval: refreshMs || untilCaughtUp,
    queryFn: ({ signal }) => {
      const query: QueryOf<typeof getTimeseries> = {
        ...filter,
        series: series.join(','),
        from: iso(range.from()),
        to: iso(range.to()),
        group_by: groupBy,
        top,
        bucket,
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
