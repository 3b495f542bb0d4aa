import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { getBreakdown } from '../../../api/metrics/contract.ts'
import { call } from '../../client/call.ts'
import { iso, type TimeRange } from '../../lib/range.ts'
import { fieldTyped, type Seen } from './filters.ts'

const NONE: Seen = new Map()
const STALE_MS = 60_000
const MOST = 50

const GROUPS: readonly string[] = ['model', 'name', 'session_id', 'user_id', 'environment']

/** What the charts call a field by which they group. */
function groupOf(field: string | null): string | null {
  if (field !== null && GROUPS.includes(field)) return field
  return field?.startsWith('tag.') && field.length > 4 ? `tag:${field.slice(4)}` : null
}

/** How often the values of a range are there: of models and names, and of the field that is being typed. */
export function useCounted(typed: string, range: TimeRange, project: string | undefined, wanted: boolean): Seen {
  const field = fieldTyped(typed)
  const models = useValues('model', range, project, wanted)
  const names = useValues('name', range, project, wanted)
  const own = useValues(field, range, project, wanted && field !== 'model' && field !== 'name')
  return useMemo(() => new Map([...models, ...names, ...own]), [models, names, own])
}

function useValues(field: string | null, range: TimeRange, project: string | undefined, wanted: boolean): Seen {
  const group = groupOf(field)
  const { data = NONE } = useQuery({
    queryKey: ['counted', field, range.id, project ?? ''],
    enabled: wanted && group !== null,
    staleTime: STALE_MS,
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }): Promise<Seen> => {
      const asked = { group_by: group ?? '', project_id: project, limit: MOST }
      const query = { ...asked, from: iso(range.from()), to: iso(range.to()) }
      const { rows } = await call<typeof getBreakdown>('get', '/v1/metrics/breakdown', { query, signal })
      const counts = rows.flatMap(({ value, count }) => (value === null ? [] : [[value, count] as const]))
      return new Map([[field ?? '', new Map(counts)]])
    },
  })
  return data
}
