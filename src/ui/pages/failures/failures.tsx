import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import type { getFailureCluster, getFailureClusters, setFailureClusterStatus } from '../../../api/failures/contract.ts'
import { type AnswerOf, call } from '../../client/call.ts'
import { queryClient } from '../../client/query.ts'
import { usePerson } from '../../client/session.ts'
import { ColumnMenu } from '../../components/column-menu.tsx'
import { Dialog } from '../../components/dialog.tsx'
import type { Column } from '../../components/list-columns.ts'
import { QueriedList } from '../../components/queried-list.tsx'
import { RangePicker } from '../../components/range-picker.tsx'
import { Sparkline } from '../../components/sparkline.tsx'
import { Empty, Mark, Problem, Skeleton } from '../../components/states.tsx'
import { Time } from '../../components/time.tsx'
import { toastProblem } from '../../components/toast.ts'
import { Page } from '../../frame/page.tsx'
import { count, exactCount } from '../../lib/format.ts'
import { iso, useRange } from '../../lib/range.ts'
import { keptOf, useUrl } from '../../lib/url.ts'

type Clusters = AnswerOf<typeof getFailureClusters>
type Cluster = Clusters['clusters'][number]
type Status = Cluster['status']

const KEY = 'failures'
const NONE: readonly Cluster[] = []
const STATUSES: readonly { value: Status | undefined; label: string }[] = [
  { value: undefined, label: 'All' },
  { value: 'new', label: 'New' },
  { value: 'acknowledged', label: 'Known' },
  { value: 'resolved', label: 'Resolved' },
]

const StatusMark = ({ status, reopened }: Pick<Cluster, 'status' | 'reopened'>) => {
  if (status === 'resolved') return <Mark kind="ok">resolved</Mark>
  if (status === 'acknowledged') return <Mark kind="info">known</Mark>
  return <Mark kind="bad">{reopened ? 'came back' : 'new'}</Mark>
}

const trend = ({ trend: values }: Cluster) => (
  <Sparkline values={values} label={`${exactCount(values.reduce((a, b) => a + b, 0))} in the last 24 hours`} />
)

const COLUMNS: readonly Column<Cluster>[] = [
  { id: 'status', label: 'Status', width: 116, cell: (cluster) => <StatusMark {...cluster} /> },
  {
    id: 'type',
    label: 'Kind',
    width: 140,
    cell: ({ failure_type }) => failure_type.replaceAll('_', ' '),
    whole: (c) => c.error_type,
  },
  {
    id: 'message',
    label: 'What they have in common',
    width: 320,
    grows: true,
    cell: ({ error_message }) => error_message,
    whole: (c) => c.error_message,
  },
  {
    id: 'span',
    label: 'Step',
    width: 150,
    cell: ({ span_name }) => <span className="quiet-cell">{span_name}</span>,
    whole: (c) => c.span_name,
  },
  { id: 'trend', label: '24 hours', width: 104, cell: trend },
  { id: 'count', label: 'Failures', width: 84, number: true, cell: ({ count: n }) => count(n) },
  { id: 'sessions', label: 'Sessions', width: 84, number: true, cell: ({ sessions }) => count(sessions) },
  { id: 'users', label: 'Users', width: 72, number: true, cell: ({ users }) => count(users) },
  { id: 'last', label: 'Last', width: 128, cell: ({ last_seen }) => <Time at={last_seen} /> },
  { id: 'first', label: 'First', width: 128, optional: true, cell: ({ first_seen }) => <Time at={first_seen} /> },
]

const Card = (cluster: Cluster) => (
  <>
    <span className="card-line">
      <span className="cut">{cluster.error_message}</span>
      <StatusMark {...cluster} />
    </span>
    <span className="card-line second">
      <Time at={cluster.last_seen} />
      <span className="cut">{cluster.span_name}</span>
      <span>{exactCount(cluster.count)} times</span>
    </span>
  </>
)

/** Failures grouped by what went wrong, the most frequent first. */
export function FailuresPage() {
  const [search, set] = useUrl()
  const range = useRange()
  const [at, setAt] = useState(0)
  const status = STATUSES.find(({ value }) => value === search.status)?.value
  const clusters = useQuery({
    queryKey: [KEY, search.project ?? '', range.id, status ?? ''],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      call<typeof getFailureClusters>('get', '/v1/failures/clusters', {
        query: { project_id: search.project, status, from: iso(range.from()), to: iso(range.to()), limit: 500 },
        signal,
      }),
  })
  const rows = clusters.data?.clusters ?? NONE
  const open = rows.find(({ signature }) => signature === search.cluster)
  return (
    <Page
      title="Failures"
      actions={
        <>
          <div className="segments" role="group" aria-label="Status">
            {STATUSES.map(({ value, label }) => (
              <button key={label} type="button" aria-pressed={status === value} onClick={() => set({ status: value })}>
                {label}
              </button>
            ))}
          </div>
          <RangePicker />
          <ColumnMenu name="failures" columns={COLUMNS} />
        </>
      }
    >
      <QueriedList
        query={clusters}
        name="failures"
        label="Failures"
        columns={COLUMNS}
        rows={rows}
        idOf={idOf}
        card={Card}
        at={at}
        onMove={setAt}
        onOpen={({ signature }) => set({ cluster: signature })}
        openId={search.cluster}
        empty={
          <Empty title="Nothing of this kind failed in this range">
            <p>
              Failed steps with the same error, whatever numbers and names are in it, become one line here: how often,
              since when, and whom it befell.
            </p>
          </Empty>
        }
      />
      {open && <Detail cluster={open} close={() => set({ cluster: undefined })} />}
    </Page>
  )
}

const idOf = ({ signature }: Cluster): string => signature

function Detail({ cluster, close }: { cluster: Cluster; close: () => void }) {
  const [search] = useUrl()
  const range = useRange()
  const { role } = usePerson()
  const { signature } = cluster
  const detail = useQuery({
    queryKey: [KEY, 'one', signature, range.id],
    queryFn: () =>
      call<typeof getFailureCluster>('get', '/v1/failures/clusters/{signature}', {
        params: { signature },
        query: { from: iso(range.from()), to: iso(range.to()) },
      }),
  })
  const change = useMutation({
    mutationFn: (status: Status) =>
      call<typeof setFailureClusterStatus>('patch', '/v1/failures/clusters/{signature}', {
        params: { signature },
        body: { status },
      }),
    // The mark changes at once, and back again if the server refuses it.
    onMutate: async (status) => {
      await queryClient.cancelQueries({ queryKey: [KEY] })
      const before = queryClient.getQueriesData<Clusters>({ queryKey: [KEY] })
      queryClient.setQueriesData<Clusters>({ queryKey: [KEY] }, (now) =>
        now && 'clusters' in now
          ? { ...now, clusters: now.clusters.map((one) => (one.signature === signature ? { ...one, status } : one)) }
          : now,
      )
      return before
    },
    onError: (error, status, before) => {
      for (const [key, data] of before ?? []) queryClient.setQueryData(key, data)
      toastProblem(error, () => change.mutate(status))
    },
    onSettled: () => queryClient.invalidateQueries({ queryKey: [KEY] }),
  })
  return (
    <Dialog
      open
      onOpenChange={close}
      title={cluster.error_message.slice(0, 160)}
      description={`In ${cluster.span_name}`}
      className="wide-dialog"
    >
      <div className="stack cluster">
        <div className="spread">
          <StatusMark {...cluster} />
          {role !== 'viewer' && (
            <div className="segments" role="group" aria-label="Where you are with it">
              {STATUSES.flatMap(({ value, label }) =>
                value === undefined
                  ? []
                  : [
                      <button
                        key={value}
                        type="button"
                        aria-pressed={cluster.status === value}
                        onClick={() => change.mutate(value)}
                      >
                        {label}
                      </button>,
                    ],
              )}
            </div>
          )}
        </div>
        <p className="quiet">
          {exactCount(cluster.count)} failures in {exactCount(cluster.traces)} traces, {exactCount(cluster.sessions)}{' '}
          sessions and of {exactCount(cluster.users)} users; first <Time at={cluster.first_seen} />, last{' '}
          <Time at={cluster.last_seen} />.
        </p>
        {detail.isError && <Problem error={detail.error} retry={detail.refetch} />}
        {detail.isPending && <Skeleton lines={6} />}
        {detail.data && (
          <>
            <Part name="As it was said">
              {detail.data.variants.map(({ message, count: n }) => (
                <li key={message}>
                  <span className="cut" title={message}>
                    {message}
                  </span>
                  <span className="quiet number">{exactCount(n)} ×</span>
                </li>
              ))}
            </Part>
            <Part name="Lately">
              {detail.data.latest.map(({ trace_id, name, started_at }) => (
                <li key={trace_id}>
                  <Link to="/traces/$id" params={{ id: trace_id }} search={keptOf(search)}>
                    {name || 'unnamed'}
                  </Link>
                  <Time at={started_at} />
                </li>
              ))}
            </Part>
          </>
        )}
      </div>
    </Dialog>
  )
}

const Part = ({ name, children }: { name: string; children: ReactNode }) => (
  <section>
    <h3>{name}</h3>
    <ul className="pairs">{children}</ul>
  </section>
)
