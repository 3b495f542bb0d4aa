import { useMemo } from 'react'
import { useAnomalies, useUsual } from '../../charts/usual.ts'
import { useProjects } from '../../client/projects.ts'
import { useRange } from '../../lib/range.ts'
import type { Search } from '../../lib/url.ts'
import { dotsOf } from './dot-about.tsx'

/**
 * What is usual, for the charts of which that is known, and what was reported. It is known of one project with all its traces, so charts
 * of several or of a part have none.
 */
export function useOrdinary(filter: Search) {
  const range = useRange()
  const { data: projects = [] } = useProjects()
  const { project_id: chosen, ...narrowed } = filter
  const active = projects.filter(({ archived_at }) => archived_at === null)
  const only = active.length === 1 ? active[0]?.id : undefined
  const project = Object.keys(narrowed).length > 0 ? undefined : (chosen ?? only)
  const volume = useUsual(project, 'volume', range)
  const errorRate = useUsual(project, 'error_rate', range)
  const latency = useUsual(project, 'latency_p95', range)
  const anomalies = useAnomalies(project, range)
  return useMemo(
    () => ({
      volume: { usual: volume, dots: dotsOf(anomalies, 'volume') },
      errorRate: { usual: errorRate, dots: dotsOf(anomalies, 'error_rate') },
      latency: { usual: latency, dots: dotsOf(anomalies, 'latency_p95') },
    }),
    [volume, errorRate, latency, anomalies],
  )
}
