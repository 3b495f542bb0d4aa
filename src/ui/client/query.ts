import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query'
import { ApiError } from './call.ts'

const RETRIES = 2

/** Asking again may help when there was no answer or the server had a bad moment; never when it said no. */
const retry = (failures: number, error: Error): boolean =>
  failures < RETRIES && error instanceof ApiError && (error.status === 0 || error.status >= 502)

function onError(error: Error): void {
  // The session is over, wherever that is noticed: the gate then shows the sign-in form over the same address.
  if (error instanceof ApiError && error.status === 401) queryClient.setQueryData(['me'], null)
}

/** What follows the log, charts and the search of texts, may not have seen the newest traces yet. Then it is asked again until it has. */
const CATCH_UP_MS = 1_500

export const untilCaughtUp = ({ state: { data } }: { state: { data: unknown } }): number | false =>
  isBehind(data) ? CATCH_UP_MS : false

function isBehind(data: unknown): boolean {
  if (typeof data !== 'object' || data === null) return false
  // Of a list only one that nobody has scrolled through: all of its pages would be read again.
  if ('pages' in data && Array.isArray(data.pages)) return data.pages.length === 1 && isBehind(data.pages[0])
  const { behind = 0, not_yet_searchable = 0 } = data as { behind?: number; not_yet_searchable?: number }
  return behind > 0 || not_yet_searchable > 0
}

export const queryClient: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError }),
  mutationCache: new MutationCache({ onError }),
  defaultOptions: {
    queries: { retry, staleTime: 15_000, gcTime: 5 * 60_000, networkMode: 'always', refetchInterval: untilCaughtUp },
    mutations: { networkMode: 'always' },
  },
})
