import { type InfiniteData, infiniteQueryOptions, keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { useCallback, useEffect, useRef, useState } from 'react'
import type { listTraces } from '../../../api/traces/contract.ts'
import { type AnswerOf, call } from '../../client/call.ts'
import { listen } from '../../client/live.ts'
import { queryClient } from '../../client/query.ts'
import { rangeOf } from '../../lib/ranges.ts'
import type { Search } from '../../lib/search.ts'
import { filterQuery } from './filters.ts'
import { LIST, pageQuery, type TraceQuery, USUAL_SORT } from './query.ts'

type Page = AnswerOf<typeof listTraces>
export type TraceItem = Page['traces'][number]

const keyOf = ({ search, range }: TraceQuery) =>
  ['traces', range.id, search.project ?? '', search.sort ?? USUAL_SORT, filterQuery(search)] as const

const pageOf = (query: TraceQuery, cursor: string | undefined, signal?: AbortSignal): Promise<Page> =>
  call<typeof listTraces>('get', LIST, { query: pageQuery(query, cursor), ...(signal ? { signal } : {}) })

const pagesOf = (query: TraceQuery) =>
  infiniteQueryOptions({
    queryKey: keyOf(query),
    queryFn: ({ pageParam, signal }) => pageOf(query, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  })

/** Has the first page of a list there before what shows it is drawn. */
export const prefetchTraces = (search: Search): Promise<void> =>
  queryClient.prefetchInfiniteQuery(pagesOf({ search, range: rangeOf(search) }))

export function useTraces(query: TraceQuery) {
  const list = useInfiniteQuery({
    ...pagesOf(query),
    // A list that was scrolled through is not read again from its top just because the window came back.
    refetchOnWindowFocus: false,
    placeholderData: keepPreviousData,
  })
  const { fetchNextPage, isFetchingNextPage } = list
  const loadMore = useCallback(() => {
    if (!isFetchingNextPage) void fetchNextPage()
  }, [fetchNextPage, isFetchingNextPage])
  return { list, loadMore }
}

/** Traces may come by the hundred; the list is asked for this often at most, and only while the page is looked at. */
const REFRESH_MS = 1_000

export type LiveState = 'off' | 'connecting' | 'live' | 'lost' | 'over'

/**
 * The live tail: each new trace makes the first page be read again, at most once a second, and takes the place of all that was loaded, so
 * that a day of it holds no more than an hour of it.
 */
export function useLiveTail(query: TraceQuery, on: boolean): LiveState {
  const [state, setState] = useState<LiveState>('off')
  const latest = useRef(query)
  latest.current = query
  const project = query.search.project
  useEffect(() => {
    if (!on) {
      setState('off')
      return
    }
    setState('connecting')
    const refresh = async () => {
      if (document.hidden) return
      const asked = latest.current
      const page = await pageOf(asked, undefined).catch(() => null)
      if (page && asked === latest.current) {
        queryClient.setQueryData<InfiniteData<Page, string | undefined>>(keyOf(asked), {
          pages: [page],
          pageParams: [undefined],
        })
      }
    }
    const soon = atMostEvery(REFRESH_MS, refresh)
    document.addEventListener('visibilitychange', soon)
    const stop = listen(
      {
        opened: () => {
          setState('live')
          soon()
        },
        trace: soon,
        lost: (forGood) => setState(forGood ? 'over' : 'lost'),
      },
      project,
    )
    return () => {
      stop()
      document.removeEventListener('visibilitychange', soon)
    }
  }, [on, project])
  return state
}

/** At once when it was quiet, else once when the time is up; never two at a time. */
function atMostEvery(ms: number, run: () => Promise<void>): () => void {
  let resting = false
  let again = false
  return function soon() {
    if (resting) {
      again = true
      return
    }
    resting = true
    again = false
    const rest = new Promise((resolve) => setTimeout(resolve, ms))
    void Promise.all([run(), rest]).finally(() => {
      resting = false
      if (again) soon()
    })
  }
}
