import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { useCallback, useMemo } from 'react'

interface PageOf {
  next_cursor: string | null
}

/** A list of the API that goes on by cursors. `rows` is all that was loaded so far. */
export function usePages<P extends PageOf, T>(
  key: readonly unknown[],
  ask: (cursor: string | undefined, signal: AbortSignal) => Promise<P>,
  rowsOf: (page: P) => readonly T[],
) {
  const list = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam, signal }) => ask(pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: P) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
    refetchOnWindowFocus: false,
  })
  const { fetchNextPage, isFetchingNextPage } = list
  const loadMore = useCallback(() => {
    if (!isFetchingNextPage) void fetchNextPage()
  }, [fetchNextPage, isFetchingNextPage])
  // biome-ignore lint/correctness/useExhaustiveDependencies: how rows are taken from a page never changes
  const rows = useMemo(() => list.data?.pages.flatMap(rowsOf) ?? [], [list.data])
  return { list, rows, loadMore }
}
