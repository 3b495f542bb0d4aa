import { Outlet, useRouterState } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import { useLeaving, useMe, useSetupNeeded } from '../client/session.ts'
import { Problem } from '../components/states.tsx'
import { Frame, FrameSkeleton } from './frame.tsx'

const NotSetUp = lazy(async () => ({ default: (await import('../pages/doors.ts')).NotSetUp }))
const SignIn = lazy(async () => ({ default: (await import('../pages/doors.ts')).SignIn }))

/** The gate: set-up is open to who has its link, everything else to who is signed in. The address stays what it was. */
export function Shell() {
  const path = useRouterState({ select: ({ location }) => location.pathname })
  if (path === '/setup') return <Outlet />
  return <Gate />
}

function Gate() {
  const me = useMe()
  const leaving = useLeaving()
  if (me.isPending || leaving) return <FrameSkeleton />
  if (me.isError) return <Alone error={me.error} retry={me.refetch} />
  if (me.data === null) return <Outside />
  return (
    <Frame>
      <Outlet />
    </Frame>
  )
}

function Outside() {
  const setup = useSetupNeeded()
  if (setup.isPending) return <FrameSkeleton />
  if (setup.isError) return <Alone error={setup.error} retry={setup.refetch} />
  return <Suspense fallback={<FrameSkeleton />}>{setup.data.needed ? <NotSetUp /> : <SignIn />}</Suspense>
}

const Alone = ({ error, retry }: { error: unknown; retry: () => unknown }) => (
  <main className="column">
    <Problem error={error} retry={retry} />
  </main>
)
