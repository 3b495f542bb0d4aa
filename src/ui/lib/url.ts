import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback } from 'react'
import type { Search } from './search.ts'

export { keptOf, parseSearch, type Search, stringifySearch } from './search.ts'

export type SetSearch = (patch: Search, options?: { replace?: boolean }) => void

/** The query of the address, and how to change parts of it; undefined takes a part away. Each change can be undone by going back. */
export function useUrl(): [Search, SetSearch] {
  const search = useSearch({ strict: false }) as Search
  const navigate = useNavigate()
  const set = useCallback<SetSearch>(
    (patch, { replace = false } = {}) => {
      void navigate({
        to: '.',
        search: ((now: Search) => ({ ...now, ...patch })) as never,
        replace,
        resetScroll: false,
      })
    },
    [navigate],
  )
  return [search, set]
}
