import { useMutation, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useEffect } from 'react'
import type { getDemo, loadDemo, removeDemo } from '../../../api/demo/contract.ts'
import { type AnswerOf, call } from '../../client/call.ts'
import { PROJECTS_KEY } from '../../client/projects.ts'
import { queryClient } from '../../client/query.ts'
import { Button } from '../../components/button.tsx'
import { Confirm } from '../../components/confirm.tsx'
import { toastProblem } from '../../components/toast.ts'
import { exactCount, percent } from '../../lib/format.ts'

type Demo = AnswerOf<typeof getDemo>

const KEY = ['demo']
const ASK_MS = 700

const isBusy = (demo: Demo | undefined): boolean => demo?.state === 'loading' || demo?.state === 'removing'

export function useDemo() {
  const demo = useQuery({
    queryKey: KEY,
    queryFn: () => call<typeof getDemo>('get', '/v1/demo'),
    refetchInterval: ({ state }) => (isBusy(state.data) ? ASK_MS : false),
  })
  const state = demo.data?.state
  // Once it is there, or gone, every list is another.
  useEffect(() => {
    if (state === 'loaded' || state === 'none') void queryClient.invalidateQueries({ queryKey: PROJECTS_KEY })
  }, [state])
  const take = (answer: Demo) => queryClient.setQueryData(KEY, answer)
  const load = useMutation({
    mutationFn: () => call<typeof loadDemo>('post', '/v1/demo', { body: {} }),
    onSuccess: take,
    onError: (error) => toastProblem(error, () => load.mutate()),
  })
  const remove = async () => void take(await call<typeof removeDemo>('delete', '/v1/demo'))
  return { demo: demo.data, load, remove }
}

/** Two weeks of a made-up shop in a project of their own: asked for, on its way, or there to be looked at. */
export function LoadDemo() {
  const { demo, load } = useDemo()
  if (!demo) return null
  if (demo.state === 'loaded' && demo.project_id) {
    return (
      <Link to="/traces" search={{ project: demo.project_id, range: '7d' }} className="button plain">
        Look at the demo data
      </Link>
    )
  }
  if (isBusy(demo)) return <DemoProgress demo={demo} />
  return (
    <Button busy={load.isPending} onClick={() => load.mutate()}>
      Load demo data
    </Button>
  )
}

export const DemoProgress = ({ demo }: { demo: Demo }) => (
  <span className="demo-progress" role="status">
    <progress max={1} value={demo.progress} aria-label="Demo data" />
    <span className="number">
      {demo.state === 'removing' ? 'Removing' : `${exactCount(demo.traces)} traces`}, {percent(demo.progress)}
    </span>
  </span>
)

/** What was made to go wrong in the demo data, so that one can see it found. */
export const Incidents = ({ demo }: { demo: Demo }) => (
  <ul className="incidents">
    {demo.incidents.map(({ summary, from, to }) => (
      <li key={`${from} ${summary}`}>
        <Link
          to="/charts"
          search={{ project: demo.project_id ?? undefined, from: around(from, -1), to: around(to, 1) }}
        >
          {summary}
        </Link>
      </li>
    ))}
  </ul>
)

const HALF_DAY_MS = 12 * 60 * 60_000
const around = (time: string, by: 1 | -1): string => new Date(Date.parse(time) + by * HALF_DAY_MS).toISOString()

export function RemoveDemo({ demo, remove, close }: { demo: Demo; remove: () => Promise<void>; close: () => void }) {
  return (
    <Confirm title="Remove the demo data?" action="Remove" run={remove} close={close}>
      <p>
        The project Demo goes with all {exactCount(demo.traces)} traces in it. Your own data stays as it is; demo data
        can be loaded again.
      </p>
    </Confirm>
  )
}
