import { type UseQueryResult, useQuery } from '@tanstack/react-query'
import { flushSync } from 'react-dom'
import type { getSetup, logIn, logOut, whoAmI } from '../../api/auth/contract.ts'
import { store, useStore } from '../lib/store.ts'
import { type AnswerOf, ApiError, call } from './call.ts'
import { cameSignedIn } from './early.ts'
import { queryClient } from './query.ts'
import { endVisit } from './visit.ts'

export type Person = Extract<AnswerOf<typeof whoAmI>, { kind: 'person' }>

let askedBefore = cameSignedIn()
const askSetup = () => call<typeof getSetup>('get', '/v1/auth/setup')

const ME = {
  queryKey: ['me'],
  staleTime: Number.POSITIVE_INFINITY,
  /** Null: nobody is signed in. */
  queryFn: async (): Promise<Person | null> => {
    // Who came without a session is not asked for one before it is known that there is anybody to sign in.
    if (!askedBefore && (await askSetup()).needed) return null
    askedBefore = true
    try {
      const me = await call<typeof whoAmI>('get', '/v1/auth/me')
      return me.kind === 'person' ? me : null
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) return null
      throw error
    }
  },
}

export const useMe = (): UseQueryResult<Person | null> => useQuery(ME)

/** Asks at once who is here, while the page is still being drawn. */
export const beginSession = (): Promise<void> => queryClient.prefetchQuery(ME)

/** The person who is signed in; only for what is drawn behind the gate. */
export function usePerson(): Person {
  const { data } = useMe()
  if (!data) throw new Error('Nobody is signed in here')
  return data
}

export const useSetupNeeded = (): UseQueryResult<{ needed: boolean }> =>
  useQuery({ queryKey: ['setup'], queryFn: askSetup, staleTime: 0 })

export async function signIn(email: string, password: string): Promise<void> {
  await call<typeof logIn>('post', '/v1/auth/login', { body: { email, password } })
  await renewSession()
}

/** After somebody came in: the cookie is another one now. */
export const renewSession = (): Promise<Person | null> => queryClient.fetchQuery({ ...ME, staleTime: 0 })

const leaving = store(false)

/** While a person signs out there are no pages: what they asked after the session has ended would be refused. */
export const useLeaving = (): boolean => useStore(leaving)

/** Whatever was read belongs to the person who leaves, and what is still being asked is of no use to anybody. */
export async function signOut(): Promise<void> {
  flushSync(() => leaving.set(true))
  endVisit()
  try {
    await call<typeof logOut>('post', '/v1/auth/logout')
    queryClient.setQueryData(['me'], null)
    queryClient.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'me' })
  } finally {
    leaving.set(false)
  }
}
