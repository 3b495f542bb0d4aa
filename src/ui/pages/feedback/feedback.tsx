import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import type { listFeedback } from '../../../api/feedback/contract.ts'
import { type AnswerOf, call } from '../../client/call.ts'
import { ColumnMenu } from '../../components/column-menu.tsx'
import type { Column } from '../../components/list-columns.ts'
import { QueriedList } from '../../components/queried-list.tsx'
import { RangePicker } from '../../components/range-picker.tsx'
import { Empty, Mark } from '../../components/states.tsx'
import { Time } from '../../components/time.tsx'
import { usePages } from '../../components/use-pages.ts'
import { Page } from '../../frame/page.tsx'
import { shortId } from '../../lib/format.ts'
import { useNarrow } from '../../lib/hooks.ts'
import { iso, useRange } from '../../lib/range.ts'
import { keptOf, useUrl } from '../../lib/url.ts'
import { PeekPanel } from '../traces/peek-panel.tsx'
import { LABELS, LabelMark } from './labels.tsx'

type FeedbackPageOf = AnswerOf<typeof listFeedback>
type Feedback = FeedbackPageOf['feedback'][number]

const quiet = (text: string | null) => (text ? <span>{text}</span> : <span className="none">–</span>)

const TraceOf = ({ trace_id, attached }: Feedback) =>
  attached ? (
    <a href={`/traces/${trace_id}`} tabIndex={-1} className="mono-link">
      {shortId(trace_id)}
    </a>
  ) : (
    <Mark kind="off" title="It came before its trace, and waits for it">
      not yet here
    </Mark>
  )

const COLUMNS: readonly Column<Feedback>[] = [
  { id: 'time', label: 'When', width: 124, cell: ({ created_at }) => <Time at={created_at} /> },
  { id: 'label', label: 'Verdict', width: 120, cell: ({ label }) => <LabelMark label={label} /> },
  {
    id: 'comment',
    label: 'Comment',
    width: 320,
    grows: true,
    cell: ({ comment }) => quiet(comment),
    whole: ({ comment }) => comment,
  },
  {
    id: 'score',
    label: 'Score',
    width: 80,
    number: true,
    cell: ({ score }) => quiet(score === null ? null : String(score)),
  },
  { id: 'trace', label: 'Trace', width: 148, cell: (one) => <TraceOf {...one} /> },
]

const Card = (one: Feedback) => (
  <>
    <span className="card-line">
      <span className="cut">{one.comment ?? <span className="none">without a comment</span>}</span>
      <LabelMark label={one.label} />
    </span>
    <span className="card-line second">
      <Time at={one.created_at} />
      <span className="cut" />
      <TraceOf {...one} />
    </span>
  </>
)

/** What people said of the traces, newest first; the trace opens beside it. */
export function FeedbackPage() {
  const [search, set] = useUrl()
  const range = useRange()
  const narrow = useNarrow()
  const navigate = useNavigate()
  const [at, setAt] = useState(0)
  const { list, rows, loadMore } = usePages(
    ['feedback', search.project ?? '', range.id, search.label ?? ''],
    (cursor, signal) =>
      call<typeof listFeedback>('get', '/v1/feedback', {
        query: {
          project_id: search.project,
          label: search.label,
          from: iso(range.from()),
          ...(range.relative ? {} : { to: iso(range.to()) }),
          cursor,
          limit: 100,
        },
        signal,
      }),
    (page: FeedbackPageOf) => page.feedback,
  )
  const openAt = rows.findIndex(({ trace_id }) => trace_id === search.peek)
  const move = (to: number) => {
    setAt(to)
    const one = rows[to]
    if (search.peek !== undefined && one?.attached) set({ peek: one.trace_id, span: undefined }, { replace: true })
  }
  const open = ({ trace_id: id, attached }: Feedback) => {
    if (!attached) return
    // A second Enter makes the panel the page.
    if (narrow || search.peek === id) void navigate({ to: '/traces/$id', params: { id }, search: keptOf(search) })
    else set({ peek: id, span: undefined }, { replace: search.peek !== undefined })
  }
  return (
    <Page
      title="Feedback"
      actions={
        <>
          <div className="segments" role="group" aria-label="Verdict">
            {[{ value: undefined, label: 'All' }, ...LABELS].map(({ value, label }) => (
              <button
                key={label}
                type="button"
                aria-pressed={search.label === value}
                onClick={() => set({ label: value })}
              >
                {label}
              </button>
            ))}
          </div>
          <RangePicker />
          <ColumnMenu name="feedback" columns={COLUMNS} />
        </>
      }
      className="traces"
    >
      <div className="split">
        <section className="split-list" aria-label="Feedback">
          <QueriedList
            query={list}
            name="feedback"
            label="Feedback"
            columns={COLUMNS}
            rows={rows}
            idOf={idOf}
            card={Card}
            at={openAt >= 0 ? openAt : at}
            onMove={move}
            onOpen={open}
            openId={rows[openAt]?.id}
            loadMore={loadMore}
            empty={
              <Empty title="What people say of the answers appears here">
                <p>
                  Send it from your application with <code>POST /v1/feedback</code>, or give it yourself: on a trace,
                  press <kbd>+</kbd> for good and <kbd>-</kbd> for bad.
                </p>
              </Empty>
            }
          />
        </section>
        {search.peek !== undefined && !narrow && (
          <PeekPanel
            id={search.peek}
            close={() => set({ peek: undefined, span: undefined })}
            step={(by) => move(Math.max(0, Math.min(rows.length - 1, (openAt >= 0 ? openAt : at) + by)))}
          />
        )}
      </div>
    </Page>
  )
}

const idOf = ({ id }: Feedback): string => id
