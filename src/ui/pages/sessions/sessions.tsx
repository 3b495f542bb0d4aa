import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import type { listSessions } from '../../../api/sessions/contract.ts'
import { type AnswerOf, call } from '../../client/call.ts'
import { Button } from '../../components/button.tsx'
import { ColumnMenu } from '../../components/column-menu.tsx'
import type { Column } from '../../components/list-columns.ts'
import { QueriedList } from '../../components/queried-list.tsx'
import { RangePicker } from '../../components/range-picker.tsx'
import { Empty, Mark } from '../../components/states.tsx'
import { Time } from '../../components/time.tsx'
import { usePages } from '../../components/use-pages.ts'
import { Page } from '../../frame/page.tsx'
import { count, dollars, exactCount } from '../../lib/format.ts'
import { iso, lasting, useRange } from '../../lib/range.ts'
import { useShortcuts } from '../../lib/shortcuts.ts'
import { keptOf, useUrl } from '../../lib/url.ts'
import { Chips } from '../traces/chips.tsx'
import { plain } from '../traces/columns.tsx'

type SessionPage = AnswerOf<typeof listSessions>
type Session = SessionPage['sessions'][number]

const quiet = (text: string | null) =>
  text ? <span className="quiet-cell">{text}</span> : <span className="none">–</span>

const SessionLink = ({ id }: { id: string }) => (
  <a href={`/sessions/${encodeURIComponent(id)}`} tabIndex={-1} className="trace-name">
    {id}
  </a>
)

const errors = ({ error_count }: Session) =>
  error_count === 0 ? <span className="none">0</span> : <span className="bad-cell">{exactCount(error_count)}</span>

const COLUMNS: readonly Column<Session>[] = [
  { id: 'last', label: 'Last active', width: 124, cell: ({ last_activity_at }) => <Time at={last_activity_at} /> },
  { id: 'id', label: 'Session', width: 180, cell: (session) => <SessionLink {...session} />, whole: ({ id }) => id },
  {
    id: 'input',
    label: 'Began with',
    width: 180,
    grows: true,
    cell: ({ input_preview }) => quiet(plain(input_preview)),
    whole: (s) => plain(s.input_preview),
  },
  {
    id: 'output',
    label: 'Stands at',
    width: 180,
    grows: true,
    cell: ({ output_preview }) => quiet(plain(output_preview)),
    whole: (s) => plain(s.output_preview),
  },
  { id: 'user', label: 'User', width: 120, cell: ({ user_id }) => quiet(user_id), whole: ({ user_id }) => user_id },
  { id: 'traces', label: 'Traces', width: 72, number: true, cell: ({ trace_count }) => exactCount(trace_count) },
  { id: 'errors', label: 'Failed', width: 72, number: true, cell: errors },
  { id: 'tokens', label: 'Tokens', width: 84, number: true, cell: ({ total_token_count }) => count(total_token_count) },
  { id: 'cost', label: 'Cost', width: 112, number: true, cell: ({ cost }) => dollars(cost) },
  { id: 'began', label: 'Began', width: 124, optional: true, cell: ({ started_at }) => <Time at={started_at} /> },
]

const Card = (session: Session) => (
  <>
    <span className="card-line">
      <span className="cut">
        <SessionLink {...session} />
      </span>
      {session.error_count > 0 && <Mark kind="bad">{exactCount(session.error_count)} failed</Mark>}
    </span>
    <span className="card-line second">
      <Time at={session.last_activity_at} />
      <span className="cut">{plain(session.input_preview)}</span>
      <span>{session.trace_count === 1 ? '1 trace' : `${exactCount(session.trace_count)} traces`}</span>
      <span>{dollars(session.cost)}</span>
    </span>
  </>
)

/** Conversations, the last active first. */
export function SessionsPage() {
  const [search, set] = useUrl()
  const range = useRange()
  const navigate = useNavigate()
  const [at, setAt] = useState(0)
  const failed = search.error === 'true'
  const user = search.user_id
  const everybody = () => set({ user_id: undefined })
  const { list, rows, loadMore } = usePages(
    ['sessions', search.project ?? '', range.id, failed, user ?? ''],
    (cursor, signal) =>
      call<typeof listSessions>('get', '/v1/sessions', {
        query: {
          project_id: search.project,
          from: iso(range.from()),
          ...(range.relative ? {} : { to: iso(range.to()) }),
          ...(failed ? { error: 'true' } : {}),
          user_id: user,
          cursor,
          limit: 100,
        },
        signal,
      }),
    (page: SessionPage) => page.sessions,
  )
  const toggleFailed = () => set({ error: failed ? undefined : 'true' })
  useShortcuts('List', [{ keys: 'e', label: 'Only with failed traces', run: toggleFailed }])
  return (
    <Page
      title="Sessions"
      actions={
        <>
          <Button aria-pressed={failed} onClick={toggleFailed}>
            Failed
          </Button>
          <RangePicker />
          <ColumnMenu name="sessions" columns={COLUMNS} />
        </>
      }
    >
      {user !== undefined && (
        <div className="filters">
          <Chips chips={[{ names: ['user_id'], label: 'user is', value: user }]} drop={everybody} />
        </div>
      )}
      <QueriedList
        query={list}
        name="sessions"
        label="Sessions"
        columns={COLUMNS}
        rows={rows}
        idOf={idOf}
        isBad={isBad}
        card={Card}
        at={at}
        onMove={setAt}
        onOpen={({ id }) => void navigate({ to: '/sessions/$id', params: { id }, search: keptOf(search) })}
        loadMore={loadMore}
        empty={
          <Empty title={emptyTitle(failed, user)}>
            <p>
              Traces that carry the same <code>session_id</code> are one session: every turn of a conversation, in
              order, with what it cost.
            </p>
            <div className="line">
              {failed && <Button onClick={toggleFailed}>Show all</Button>}
              {user !== undefined && <Button onClick={everybody}>Show everybody’s</Button>}
              <Button onClick={() => set(lasting('90d'))}>Look at 90 days</Button>
            </div>
          </Empty>
        }
      />
    </Page>
  )
}

function emptyTitle(failed: boolean, user: string | undefined): string {
  if (failed) return 'No session in this range has a failed trace'
  return user === undefined ? 'Conversations appear here' : `${user} has no session in this range`
}

const idOf = ({ id, project_id }: Session): string => `${project_id} ${id}`
const isBad = ({ error_count }: Session): boolean => error_count > 0
