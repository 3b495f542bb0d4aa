import { useMutation } from '@tanstack/react-query'
import type { getFailureClusters, setFailureClusterStatus } from '../../../api/failures/contract.ts'
import { type AnswerOf, call } from '../../client/call.ts'
import { queryClient } from '../../client/query.ts'
import { Mark } from '../../components/states.tsx'
import { toastProblem } from '../../components/toast.ts'

type Clusters = AnswerOf<typeof getFailureClusters>
export type Cluster = Clusters['clusters'][number]
export type Status = Cluster['status']

/** Under this the browser keeps what it read of them. */
export const KEY = 'failures'

export const STATUSES: readonly { value: Status; label: string }[] = [
  { value: 'new', label: 'New' },
  { value: 'acknowledged', label: 'Known' },
  { value: 'resolved', label: 'Resolved' },
]

export const StatusMark = ({ status, reopened }: Pick<Cluster, 'status' | 'reopened'>) => {
  if (status === 'resolved') return <Mark kind="ok">resolved</Mark>
  if (status === 'acknowledged') return <Mark kind="info">known</Mark>
  return <Mark kind="bad">{reopened ? 'came back' : 'new'}</Mark>
}

/** Where one is with a group. The mark changes at once, and back again if the server refuses it. */
export function StatusChoice({ signature, status }: Pick<Cluster, 'signature' | 'status'>) {
  const change = useMutation({
    mutationFn: (to: Status) =>
      call<typeof setFailureClusterStatus>('patch', '/v1/failures/clusters/{signature}', {
        params: { signature },
        body: { status: to },
      }),
    onMutate: async (to) => {
      await queryClient.cancelQueries({ queryKey: [KEY] })
      const before = queryClient.getQueriesData<Clusters | Cluster>({ queryKey: [KEY] })
      const changed = <T extends Cluster>(one: T): T => (one.signature === signature ? { ...one, status: to } : one)
      queryClient.setQueriesData<Clusters | Cluster>({ queryKey: [KEY] }, (now) => {
        if (!now) return now
        return 'clusters' in now ? { ...now, clusters: now.clusters.map(changed) } : changed(now)
      })
      return before
    },
    onError: (error, to, before) => {
      for (const [key, data] of before ?? []) queryClient.setQueryData(key, data)
      toastProblem(error, () => change.mutate(to))
    },
    onSettled: () => queryClient.invalidateQueries({ queryKey: [KEY] }),
  })
  return (
    <div className="segments" role="group" aria-label="Where you are with it">
      {STATUSES.map(({ value, label }) => (
        <button key={value} type="button" aria-pressed={status === value} onClick={() => change.mutate(value)}>
          {label}
        </button>
      ))}
    </div>
  )
}
