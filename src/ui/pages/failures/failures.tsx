import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { ChevronRight } from 'lucide-react'
import { useState } from 'react'
import type { getFailureClusters } from '../../../api/failures/contract.ts'
import { call } from '../../client/call.ts'
import { ColumnMenu } from '../../components/column-menu.tsx'
import type { Column } from '../../components/list-columns.ts'
import { QueriedList } from '../../components/queried-list.tsx'
import { RangePicker } from '../../components/range-picker.tsx'
import { PanelTools, SidePanel } from '../../components/side-panel.tsx'
import { Sparkline } from '../../components/sparkline.tsx'
import { Empty } from '../../components/states.tsx'
import { Time } from '../../components/time.tsx'
import { Page } from '../../frame/page.tsx'
import { count, exactCount, several } from '../../lib/format.ts'
import { useNarrow } from '../../lib/hooks.ts'
import { iso, useRange } from '../../lib/range.ts'
import { useUrl } from '../../lib/url.ts'
import { ClusterView } from './cluster.tsx'
import { type Cluster, KEY, STATUSES, type Status, StatusMark } from './status.tsx'

const NONE: readonly Cluster[] = []
const FILTERS: readonly { value: Status | undefined; label: string }[] = [
  { value: undefined, label: 'All' },
  ...STATUSES,
]

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
      <span>{several(cluster.count, 'failure')}</span>
    </span>
  </>
)

/** Failures grouped by what went wrong, the most frequent first. */
export function FailuresPage() {
  const [search, set] = useUrl()
  const range = useRange()
  const narrow = useNarrow()
  const [cursor, setCursor] = useState(0)
  const status = FILTERS.find(({ value }) => value === search.status)?.value
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
  const signature = search.cluster
  const openAt = rows.findIndex((row) => row.signature === signature)
  const at = openAt >= 0 ? openAt : cursor
  const close = () => set({ cluster: undefined })
  const move = (to: number) => {
    setCursor(to)
    const row = rows[to]
    if (signature !== undefined && row) set({ cluster: row.signature }, { replace: true })
  }
  if (signature !== undefined && narrow) {
    return (
      <Page
        title="Failure"
        heading={
          <>
            <Link to="/failures" search={{ ...search, cluster: undefined }} className="crumb">
              Failures
            </Link>
            <ChevronRight size={14} aria-hidden="true" className="quiet" />
            <h1>{rows[openAt]?.span_name ?? 'Failure'}</h1>
          </>
        }
        actions={<RangePicker />}
      >
        <ClusterView key={signature} signature={signature} known={rows[openAt]} />
      </Page>
    )
  }
  return (
    <Page
      title="Failures"
      actions={
        <>
          <div className="segments" role="group" aria-label="Status">
            {FILTERS.map(({ value, label }) => (
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
      <div className="split">
        <section className="split-list" aria-label="Failures">
          <QueriedList
            query={clusters}
            name="failures"
            label="Failures"
            columns={COLUMNS}
            rows={rows}
            idOf={idOf}
            card={Card}
            at={at}
            onMove={move}
            onOpen={(row) => set({ cluster: row.signature }, { replace: signature !== undefined })}
            openId={signature}
            empty={
              <Empty title="Nothing of this kind failed in this range">
                <p>
                  Failed steps with the same error, whatever numbers and names are in it, become one line here: how
                  often, since when, and whom it befell.
                </p>
              </Empty>
            }
          />
        </section>
        {signature !== undefined && (
          <SidePanel label="Group of failures">
            <ClusterView
              key={signature}
              signature={signature}
              known={rows[openAt]}
              tools={
                <PanelTools
                  of="group"
                  close={close}
                  step={(by) => move(Math.max(0, Math.min(rows.length - 1, at + by)))}
                />
              }
            />
          </SidePanel>
        )}
      </div>
    </Page>
  )
}

const idOf = ({ signature }: Cluster): string => signature
