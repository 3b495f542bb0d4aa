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

export const queryClient: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError }),
  mutationCache: new MutationCache({ onError }),
  defaultOptions: {
    queries: { retry, staleTime: 15_000, gcTime: 5 * 60_000, networkMode: 'always' },
    mutations: { networkMode: 'always' },
  },
})
