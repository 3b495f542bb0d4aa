import type { Column } from '../../components/list-columns.ts'
import { Mark } from '../../components/states.tsx'
import { Time } from '../../components/time.tsx'
import { count, dollars, duration, exactCount } from '../../lib/format.ts'
import { allTags } from '../../lib/tags.ts'
import type { TraceItem } from './data.ts'

const quiet = (text: string | null | undefined) =>
  text ? <span className="quiet-cell">{text}</span> : <span className="none">–</span>

/** A plain link, so that a click with a modifier opens it elsewhere; a plain click is the row's. */
const TraceLink = ({ id, name }: Pick<TraceItem, 'id' | 'name'>) => (
  <a href={`/traces/${id}`} tabIndex={-1} className="trace-name">
    {name || 'unnamed'}
  </a>
)

const status = ({ error, failure_type }: TraceItem) =>
  error === null ? <Mark kind="ok">ok</Mark> : <Mark kind="bad">{failure_type?.replaceAll('_', ' ') ?? 'error'}</Mark>

/** A long text of a cell, for the hover; the whole of it would cover the screen. */
const some = (text: string | null | undefined): string | null => (text ? text.slice(0, 600) : null)

export const TRACE_COLUMNS: readonly Column<TraceItem>[] = [
  { id: 'time', label: 'Started', width: 124, sort: 'started_at', cell: ({ started_at }) => <Time at={started_at} /> },
  { id: 'status', label: 'Status', width: 124, cell: status, whole: ({ error }) => some(error) },
  { id: 'name', label: 'Name', width: 160, cell: (trace) => <TraceLink {...trace} />, whole: ({ name }) => name },
  {
    id: 'input',
    label: 'Input',
    width: 160,
    grows: true,
    cell: ({ input_preview, match }) => (match ? <Match match={match} /> : quiet(plain(input_preview))),
    whole: ({ input_preview }) => some(plain(input_preview)),
  },
  {
    id: 'output',
    label: 'Output',
    width: 160,
    grows: true,
    cell: ({ output_preview, error }) =>
      output_preview || error === null ? quiet(plain(output_preview)) : <span className="bad-cell">{error}</span>,
    whole: ({ output_preview, error }) => some(plain(output_preview) ?? error),
  },
  { id: 'model', label: 'Model', width: 136, cell: ({ model }) => quiet(model), whole: ({ model }) => model },
  {
    id: 'latency',
    label: 'Latency',
    width: 84,
    number: true,
    sort: 'latency_ms',
    cell: ({ latency_ms }) => duration(latency_ms),
  },
  {
    id: 'tokens',
    label: 'Tokens',
    width: 76,
    number: true,
    sort: 'total_token_count',
    cell: ({ total_token_count }) => count(total_token_count),
    whole: ({ total_token_count }) => exactCount(total_token_count),
  },
  { id: 'cost', label: 'Cost', width: 112, number: true, sort: 'cost', cell: ({ cost }) => dollars(cost) },
  { id: 'spans', label: 'Spans', width: 72, number: true, optional: true, cell: ({ span_count }) => count(span_count) },
  {
    id: 'session',
    label: 'Session',
    width: 140,
    optional: true,
    cell: ({ session_id }) => quiet(session_id),
    whole: (t) => t.session_id,
  },
  {
    id: 'user',
    label: 'User',
    width: 120,
    optional: true,
    cell: ({ user_id }) => quiet(user_id),
    whole: (t) => t.user_id,
  },
  {
    id: 'environment',
    label: 'Environment',
    width: 104,
    optional: true,
    cell: ({ environment }) => quiet(environment),
  },
  {
    id: 'tags',
    label: 'Tags',
    width: 180,
    optional: true,
    cell: (trace) => quiet(allTags(trace)),
    whole: allTags,
  },
]

/** Where the text was found, with what stands around it. */
const Match = ({ match }: { match: NonNullable<TraceItem['match']> }) => (
  <span className="quiet-cell" title={match.span_id ? `In the ${match.field} of a span` : `In the ${match.field}`}>
    {match.parts.map(({ text: whole, hit }, i) => {
      // What stands before the first find is cut, so that the find is in sight.
      const text = i === 0 && !hit && whole.length > 14 ? `…${whole.slice(-11)}` : whole
      const Word = hit ? 'mark' : 'span'
      // biome-ignore lint/suspicious/noArrayIndexKey: the parts have no other name than their place
      return <Word key={i}>{text}</Word>
    })}
  </span>
)

/** A preview as one line; messages are shown by what the last of them says. */
export function plain(text: string | null | undefined): string | null {
  if (!text) return null
  const said = /"content"\s*:\s*"((?:[^"\\]|\\.)*)/g
  if (/^\s*[[{]/.test(text)) {
    const last = [...text.matchAll(said)].at(-1)?.[1]
    if (last) return unmarked(last.replace(/\\n/g, ' ').replace(/\\(.)/g, '$1'))
  }
  return unmarked(text)
}

const unmarked = (text: string): string => text.replace(/[*`#|]+/g, '').replace(/\s+/g, ' ')

export function TraceCard(trace: TraceItem) {
  return (
    <>
      <span className="card-line">
        <span className="cut">
          <TraceLink {...trace} />
        </span>
        {status(trace)}
      </span>
      <span className="card-line second">
        <Time at={trace.started_at} />
        {trace.match ? (
          <span className="cut">
            <Match match={trace.match} />
          </span>
        ) : (
          <>
            <span className="cut">{trace.model}</span>
            <span>{duration(trace.latency_ms)}</span>
            <span>{count(trace.total_token_count)} tok</span>
            <span>{dollars(trace.cost)}</span>
          </>
        )}
      </span>
    </>
  )
}
