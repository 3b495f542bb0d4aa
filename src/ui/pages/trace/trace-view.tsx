import { Braces, GanttChart, Link2, MessagesSquare } from 'lucide-react'
import { type CSSProperties, type ReactNode, useMemo, useState } from 'react'
import { ApiError } from '../../client/call.ts'
import { IconButton } from '../../components/button.tsx'
import { Empty, Problem } from '../../components/states.tsx'
import { toast } from '../../components/toast.ts'
import { copyText } from '../../lib/clipboard.ts'
import { useNarrow } from '../../lib/hooks.ts'
import { useShortcuts } from '../../lib/shortcuts.ts'
import { useUrl } from '../../lib/url.ts'
import { GiveFeedback } from '../feedback/give.tsx'
import { type Outline, useOutline } from './data.ts'
import { Figures } from './figures.tsx'
import { SearchedText, useFound } from './find.ts'
import { OwnPanel } from './own.tsx'
import { SpanPanel } from './span-panel.tsx'
import { TraceSoon } from './trace-soon.tsx'
import { Transcript } from './transcript.tsx'
import { treeOf } from './tree.ts'
import { Waterfall } from './waterfall.tsx'
import { WholeJson } from './whole-json.tsx'

interface TraceViewProps {
  id: string
  /** Beside a list: the span stands below the waterfall. */
  small?: boolean
  tools?: ReactNode
}

/** One trace: what it is and cost on top, then the steps and the one that is looked at. */
export function TraceView({ id, small = false, tools }: TraceViewProps) {
  const outline = useOutline(id)
  const narrow = useNarrow()
  if (outline.isError) {
    return (
      <div className="trace-view">
        {tools && <div className="trace-tools alone">{tools}</div>}
        <div className="padded">
          {outline.error instanceof ApiError && outline.error.status === 404 ? (
            <Empty title="There is no such trace">
              <p>Its id may be wrong, it may be older than the retention, or it belongs to another organisation.</p>
            </Empty>
          ) : (
            <Problem error={outline.error} retry={outline.refetch} />
          )}
        </div>
      </div>
    )
  }
  if (!outline.data) {
    return (
      <div className="trace-view" aria-busy="true" data-small={small || narrow}>
        {tools && <div className="trace-tools alone">{tools}</div>}
        <TraceSoon />
      </div>
    )
  }
  return <Loaded trace={outline.data} small={small} tools={tools} />
}

const VIEWS = [
  { id: 'spans', label: 'Spans', icon: GanttChart },
  { id: 'transcript', label: 'Transcript', icon: MessagesSquare },
  { id: 'json', label: 'JSON', icon: Braces },
] as const

function Loaded({ trace, small, tools }: { trace: Outline; small: boolean; tools: ReactNode }) {
  const [search, set] = useUrl()
  const narrow = useNarrow()
  const tree = useMemo(() => treeOf(trace.spans), [trace.spans])
  const [view, show] = useView()
  const [text, setText] = useState('')
  const found = useFound(trace.id, tree, text)
  const usual = tree.errors.at(-1) ?? tree.order[0] ?? -1
  const selected = (search.span === undefined ? undefined : tree.byId.get(search.span)) ?? usual
  const select = (span: number) => set({ span: tree.spans[span]?.id }, { replace: true })
  useShortcuts('Trace', [
    { keys: 't', label: 'Transcript', run: () => show(view === 'transcript' ? 'spans' : 'transcript') },
    { keys: 'r', label: 'JSON', run: () => show(view === 'json' ? 'spans' : 'json') },
    { keys: 's', label: 'Copy a link', run: () => void share(trace.id) },
  ])
  const span = tree.spans[selected]
  return (
    <div className="trace-view" data-small={small || narrow}>
      <div className="trace-head">
        {small && (
          <div className="trace-tools">
            <h2 className="cut">{trace.name || 'unnamed'}</h2>
            <TraceTools id={trace.id} />
            {tools}
          </div>
        )}
        <Figures trace={trace} />
      </div>
      {view === 'spans' && span && (
        <div
          className="trace-body"
          style={{ '--waterfall': `${OVER_ROWS_PX + tree.spans.length * 24}px` } as CSSProperties}
        >
          <Waterfall
            {...{ tree, selected, select, small, text, setText, found }}
            traceId={trace.id}
            evals={trace.evals ?? NO_EVALS}
          />
          <SearchedText value={text.trim()}>
            <SpanPanel {...{ trace, tree, selected }} found={found.where?.get(selected) ?? null} />
          </SearchedText>
        </div>
      )}
      {view === 'spans' && !span && <OwnPanel trace={trace} />}
      {view === 'transcript' && (
        <Transcript trace={trace} tree={tree} openSpan={(at) => set({ span: tree.spans[at]?.id, view: undefined })} />
      )}
      {view === 'json' && <WholeJson id={trace.id} spans={trace.span_count} />}
    </div>
  )
}

/** Tools, overview and ruler, and a little room below the last row. */
const OVER_ROWS_PX = 36 + 36 + 25 + 16
const NO_EVALS: NonNullable<Outline['evals']> = []

function useView(): [(typeof VIEWS)[number]['id'], (to: string) => void] {
  const [search, set] = useUrl()
  const view = VIEWS.find(({ id }) => id === search.view)?.id ?? 'spans'
  return [view, (to) => set({ view: to === 'spans' ? undefined : to }, { replace: true })]
}

/** How the trace is looked at, and a link to it. */
export function TraceTools({ id }: { id: string }) {
  const [view, show] = useView()
  return (
    <>
      <div className="segments" role="group" aria-label="View">
        {VIEWS.map(({ id, label, icon: Icon }) => (
          <button
            key={id}
            type="button"
            aria-pressed={view === id}
            aria-label={label}
            onClick={() => show(id)}
            title={label}
          >
            <Icon size={14} aria-hidden="true" />
            <span className="segment-words">{label}</span>
          </button>
        ))}
      </div>
      <GiveFeedback traceId={id} />
      <IconButton label="Copy a link" keys="s" className="small" onClick={() => void share(id)}>
        <Link2 size={14} aria-hidden="true" />
      </IconButton>
    </>
  )
}

/** The address of the trace as a page, whatever is around it now. */
function share(id: string): Promise<void> {
  const span = new URLSearchParams(location.search).get('span')
  return copyText(`${location.origin}/traces/${id}${span ? `?span=${span}` : ''}`).then(
    () => toast('The link is copied. Whoever may sign in here can open it.'),
    () => toast('The browser does not let this page copy.'),
  )
}
