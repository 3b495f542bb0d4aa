import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import type { listAnomalies } from '../../../api/anomalies/contract.ts'
import { type Anomaly, HOUR_MS } from '../../charts/usual.ts'
import { type AnswerOf, call } from '../../client/call.ts'
import { useProjects } from '../../client/projects.ts'
import { ColumnMenu } from '../../components/column-menu.tsx'
import type { Column } from '../../components/list-columns.ts'
import { QueriedList } from '../../components/queried-list.tsx'
import { RangePicker } from '../../components/range-picker.tsx'
import { Empty, Mark } from '../../components/states.tsx'
import { Time } from '../../components/time.tsx'
import { usePages } from '../../components/use-pages.ts'
import { Page } from '../../frame/page.tsx'
import { between, iso, useRange } from '../../lib/range.ts'
import { useUrl } from '../../lib/url.ts'
import { KINDS, LABELS, show } from './words.ts'

type AnomalyPage = AnswerOf<typeof listAnomalies>
const ProjectName = ({ id }: { id: string }) => {
  const { data: projects = [] } = useProjects()
  return <span className="quiet-cell">{projects.find((project) => project.id === id)?.name ?? '–'}</span>
}

const COLUMNS: readonly Column<Anomaly>[] = [
  {
    id: 'severity',
    label: 'Severity',
    width: 104,
    cell: ({ severity }) => <Mark kind={KINDS[severity]}>{severity}</Mark>,
  },
  { id: 'what', label: 'What', width: 96, cell: ({ type }) => LABELS[type] },
  {
    id: 'words',
    label: 'In words',
    width: 320,
    grows: true,
    cell: ({ description }) => description,
    whole: ({ description }) => description,
  },
  { id: 'observed', label: 'Was', width: 88, number: true, cell: (one) => show(one, one.metadata.observed) },
  { id: 'expected', label: 'Usually', width: 88, number: true, cell: (one) => show(one, one.metadata.expected) },
  { id: 'hour', label: 'Hour', width: 124, cell: ({ metadata }) => <Time at={metadata.bucket_start} /> },
  { id: 'project', label: 'Project', width: 120, cell: ({ project_id }) => <ProjectName id={project_id} /> },
  { id: 'found', label: 'Found', width: 124, optional: true, cell: ({ detected_at }) => <Time at={detected_at} /> },
]

const Card = (one: Anomaly) => (
  <>
    <span className="card-line">
      <span className="cut">{one.description}</span>
      <Mark kind={KINDS[one.severity]}>{one.severity}</Mark>
    </span>
    <span className="card-line second">
      <Time at={one.metadata.bucket_start} />
      <span className="cut">{LABELS[one.type]}</span>
      <span>
        {show(one, one.metadata.observed)} instead of {show(one, one.metadata.expected)}
      </span>
    </span>
  </>
)

/** Hours that were out of the ordinary; each opens the metrics around it. */
export function AnomaliesPage() {
  const [search] = useUrl()
  const range = useRange()
  const navigate = useNavigate()
  const [at, setAt] = useState(0)
  const { list, rows, loadMore } = usePages(
    ['anomalies', search.project ?? '', range.id],
    (cursor, signal) =>
      call<typeof listAnomalies>('get', '/v1/anomalies', {
        query: {
          project_id: search.project,
          from: iso(range.from()),
          ...(range.relative ? {} : { to: iso(range.to()) }),
          cursor,
          limit: 100,
        },
        signal,
      }),
    (page: AnomalyPage) => page.anomalies,
  )
  const open = ({ project_id, metadata: { bucket_start, bucket_end } }: Anomaly) => {
    const around = between(Date.parse(bucket_start) - 12 * HOUR_MS, Date.parse(bucket_end) + 12 * HOUR_MS)
    void navigate({ to: '/charts', search: { project: project_id, ...around } })
  }
  return (
    <Page
      title="Anomalies"
      actions={
        <>
          <RangePicker />
          <ColumnMenu name="anomalies" columns={COLUMNS} />
        </>
      }
    >
      <QueriedList
        query={list}
        name="anomalies"
        label="Anomalies"
        columns={COLUMNS}
        rows={rows}
        idOf={({ id }) => id}
        card={Card}
        at={at}
        onMove={setAt}
        onOpen={open}
        loadMore={loadMore}
        empty={
          <Empty title="No hour was found out of the ordinary">
            <p>
              Latency, failures and volume of each project are held against what is usual at that hour of the week; what
              lies far off appears here.
            </p>
          </Empty>
        }
      />
    </Page>
  )
}
