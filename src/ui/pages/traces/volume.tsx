import { useState } from 'react'
import { bucketFor, bucketMs, timesOf, useTimeseries, valuesOf } from '../../charts/data.ts'
import { TimeChart } from '../../charts/time-chart.tsx'
import { clockTime, dayName, exactCount, several } from '../../lib/format.ts'
import { between, type TimeRange } from '../../lib/range.ts'
import type { Search } from '../../lib/url.ts'
import { filterQuery } from './filters.ts'
import { VolumeSoon } from './volume-soon.tsx'

interface VolumeProps {
  search: Search
  range: TimeRange
  set: (patch: Search) => void
  live: boolean
}

const LIVE_MS = 5_000
const MOST_BARS = 180

/** How many traces began when, and how many of them failed. Dragging over it zooms the range. */
export function Volume({ search, range, set, live }: VolumeProps) {
  const [at, setAt] = useState<number | null>(null)
  const { data } = useTimeseries({
    series: ['volume', 'errors'],
    range,
    bucket: bucketFor(range, MOST_BARS),
    filter: { ...filterQuery(search), project_id: search.project },
    refreshMs: live ? LIVE_MS : false,
  })
  if (!data) return <VolumeSoon />
  const times = timesOf(data)
  const [volume, errors] = [valuesOf(data, 'volume'), valuesOf(data, 'errors')]
  const sum = (values: readonly (number | null)[]) => values.reduce<number>((total, value) => total + (value ?? 0), 0)
  const words =
    at === null || times[at] === undefined
      ? `${several(sum(volume), 'trace')}, ${exactCount(sum(errors))} failed`
      : `${dayName(new Date(times[at]))}, ${clockTime(new Date(times[at]))}: ${exactCount(volume[at] ?? 0)}, ${exactCount(errors[at] ?? 0)} failed`
  return (
    <div className="volume">
      {volume.some((n) => (n ?? 0) > 0) && <span className="volume-words">{words}</span>}
      <TimeChart
        label="Traces over time"
        times={times}
        bucketMs={bucketMs(data)}
        lines={[
          { name: 'Traces', values: volume, colour: '--bar', kind: 'bar' },
          { name: 'Failed', values: errors, colour: '--bar-bad', kind: 'bar' },
        ]}
        unit="count"
        height={52}
        legend={false}
        axes={false}
        onZoom={(from, to) => set(between(from, to))}
        onOpen={(from, to) => set(between(from, to))}
        onCursor={setAt}
      />
    </div>
  )
}
