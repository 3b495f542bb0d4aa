import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { getBreakdown } from '../../../api/metrics/contract.ts'
import { call } from '../../client/call.ts'
import { iso, type TimeRange } from '../../lib/range.ts'
import type { Seen } from '../traces/filters.ts'

/** The most frequent models and names of a range, for what the filter field suggests. */
export function useSeenValues(range: TimeRange, project: string | undefined): Seen {
  const models = useFrequent('model', range, project)
  const names = useFrequent('name', range, project)
  return useMemo(() => new Map([...models, ...names]), [models, names])
}

const NONE: Seen = new Map()

function useFrequent(field: 'model' | 'name', range: TimeRange, project: string | undefined): Seen {
  const { data = NONE } = useQuery({
    queryKey: ['frequent', field, range.id, project ?? ''],
    staleTime: 60_000,
    queryFn: async ({ signal }): Promise<Seen> => {
      const query = { group_by: field, project_id: project, from: iso(range.from()), to: iso(range.to()), limit: 50 }
      const { rows } = await call<typeof getBreakdown>('get', '/v1/metrics/breakdown', { query, signal })
      return new Map([
        [field, new Map(rows.flatMap(({ value, count }) => (value === null ? [] : [[value, count] as const])))],
      ])
    },
  })
  return data
}
