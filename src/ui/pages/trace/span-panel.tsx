import { type ReactNode, useContext, useRef } from 'react'
import { Id } from '../../components/copy.tsx'
import { Json } from '../../components/json.tsx'
import { Problem, Skeleton } from '../../components/states.tsx'
import { dollars, duration, exactCount, exactTime } from '../../lib/format.ts'
import { messagesIn } from '../../lib/messages.ts'
import { useUrl } from '../../lib/url.ts'
import { Conversation, TextOrJson } from './conversation.tsx'
import { type Outline, type Span, type SpanOutline, useSpan } from './data.ts'
import { Documents, documentsOf } from './documents.tsx'
import { Events } from './events.tsx'
import { SearchedText } from './find.ts'
import { useFoundMarks } from './found-marks.ts'
import { type Kind, KindIcon, kindLabel } from './kinds.tsx'
import { OwnDetail, ownEvents } from './own.tsx'
import { EvalMarks } from './said-of.tsx'
import { Failure, isHolder, type Moment, Section } from './section.tsx'
import type { Tree } from './tree.ts'
import { Usage } from './usage.tsx'

interface SpanPanelProps {
  trace: Outline
  tree: Tree
  selected: number
  /** Where what is searched stands in it. */
  found: string | null
}

const TABS = [
  { id: 'detail', label: 'Detail' },
  { id: 'metadata', label: 'Metadata' },
  { id: 'raw', label: 'Raw' },
] as const

/** One step: what went in, what came out, what it cost, what went wrong. */
export function SpanPanel({ trace, tree, selected, found }: SpanPanelProps) {
  const [search, set] = useUrl()
  const searched = useContext(SearchedText)
  const outline = tree.spans[selected] as SpanOutline
  const kind = tree.kind[selected] ?? 'other'
  const isFirst = selected === tree.order[0]
  const span = useSpan(trace.id, outline.id)
  // What was found in the metadata alone is seen there alone.
  const usual = found === 'metadata' ? 'metadata' : 'detail'
  const tab = TABS.find(({ id }) => id === search.tab)?.id ?? usual
  const body = useRef<HTMLDivElement>(null)
  useFoundMarks(body, searched, `${outline.id} ${tab} ${span.isPending}`)
  const current = span.data?.id === outline.id ? span.data : undefined
  return (
    <section className="span-panel" aria-label={`Span ${outline.name}`}>
      <header className="span-head">
        <div className="span-title">
          <KindIcon kind={kind} size={16} />
          <h2 className="cut" title={outline.name}>
            {outline.name}
          </h2>
          <span className="quiet">{kindLabel(kind)}</span>
          <div className="segments" role="group" aria-label="Of this span">
            {TABS.map(({ id, label }) => (
              <button
                key={id}
                type="button"
                aria-pressed={tab === id}
                onClick={() => set({ tab: id === usual ? undefined : id }, { replace: true })}
              >
                {label}
              </button>
            ))}
          </div>
        </div>
        <SpanFigures outline={outline} span={current} trace={trace} />
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so who uses the keyboard must reach it */}
      <div ref={body} className="span-body" tabIndex={0} role="group" aria-label="Span detail">
        {span.isError ? (
          <Problem error={span.error} retry={span.refetch} />
        ) : !current ? (
          <Skeleton lines={9} />
        ) : tab === 'raw' ? (
          <Json value={current} what="the span" searched={searched} tall />
        ) : tab === 'metadata' ? (
          <Metadata of={current.metadata} own={isFirst ? trace.metadata : {}} searched={searched} />
        ) : (
          <Detail {...{ trace, tree, outline, kind, isFirst }} span={current} />
        )}
      </div>
    </section>
  )
}

interface SpanFiguresProps {
  outline: SpanOutline
  span: Span | undefined
  trace: Outline
}

function SpanFigures({ outline, span, trace }: SpanFiguresProps) {
  const at = outline.start_ms === null ? null : new Date(Date.parse(trace.started_at) + outline.start_ms)
  const evals = (trace.evals ?? []).filter(({ span_id }) => span_id === outline.id)
  return (
    <dl className="span-figures">
      <Pair name="Took">{duration(outline.duration_ms)}</Pair>
      {at && (
        <Pair name="At">
          <span title={exactTime(at)}>+{duration(outline.start_ms)}</span>
        </Pair>
      )}
      {outline.model && (
        <Pair name="Model">{span?.provider ? `${outline.model} · ${span.provider}` : outline.model}</Pair>
      )}
      {outline.prompt_tokens !== null && <Pair name="In">{exactCount(outline.prompt_tokens)} tok</Pair>}
      {outline.completion_tokens !== null && <Pair name="Out">{exactCount(outline.completion_tokens)} tok</Pair>}
      {outline.cost !== null && <Pair name="Cost">{dollars(outline.cost)}</Pair>}
      {evals.length > 0 && (
        <Pair name="Evals">
          <span className="line marks">
            <EvalMarks evals={evals} />
          </span>
        </Pair>
      )}
      <Pair name="Id">
        <Id id={outline.id} what="span id" />
      </Pair>
    </dl>
  )
}

const Pair = ({ name, children }: { name: string; children: ReactNode }) => (
  <div>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
)

interface MetadataProps {
  of: Span['metadata']
  /** Of the trace, which is shown with its first span. */
  own: Outline['metadata']
  searched: string
}

function Metadata({ of, own, searched }: MetadataProps) {
  if (!isHolder(own)) return <Json value={of} what="the metadata" searched={searched} tall />
  return (
    <>
      <Section name="Of the span">
        <Json value={of} what="the span’s metadata" searched={searched} />
      </Section>
      <Section name="Of the trace">
        <Json value={own} what="the trace’s metadata" searched={searched} />
      </Section>
    </>
  )
}

interface DetailProps {
  trace: Outline
  tree: Tree
  outline: SpanOutline
  span: Span
  kind: Kind
  isFirst: boolean
}

function Detail({ trace, tree, outline, span, kind, isFirst }: DetailProps) {
  const { start_ms, duration_ms } = outline
  const asked = start_ms === null ? null : momentOf(trace, start_ms)
  const answered = start_ms === null || duration_ms === null ? null : momentOf(trace, start_ms + duration_ms)
  const input = messagesIn(span.input)
  const output = messagesIn(span.output)
  const documents = documentsOf(span, kind)
  const events = [
    ...(trace.events ?? []).filter(({ span_id }) => span_id === span.id),
    ...(isFirst ? ownEvents(trace, tree) : []),
  ]
  const parameters = span.metadata.parameters ?? span.metadata.invocation_parameters
  return (
    <>
      {span.error !== null && <Failure error={span.error} type={span.failure_type} />}
      {span.input !== null && (
        <Section name="Input" text={span.input} at={asked}>
          {input ? <Conversation messages={input} /> : <TextOrJson text={span.input} />}
        </Section>
      )}
      {documents.length > 0 && (
        <Section name={`Documents (${documents.length})`}>
          <Documents documents={documents} />
        </Section>
      )}
      {span.output !== null && documents.length === 0 && (
        <Section name="Output" text={span.output} at={answered}>
          {output ? <Conversation messages={output} /> : <TextOrJson text={span.output} />}
        </Section>
      )}
      {span.input === null && span.output === null && span.error === null && (
        <p className="quiet">This step has neither input nor output.</p>
      )}
      <Usage traceId={trace.id} span={span} />
      {isHolder(parameters) && (
        <Section name="Parameters">
          <Json value={parameters} what="the parameters" search={false} />
        </Section>
      )}
      {Array.isArray(span.metadata.tools) && (
        <Section name={`Tools (${span.metadata.tools.length})`}>
          <Json value={span.metadata.tools} what="the tools" />
        </Section>
      )}
      {events.length > 0 && (
        <Section name={`Events (${events.length})`}>
          <Events events={events} started={trace.started_at} />
        </Section>
      )}
      {isFirst && <OwnDetail trace={trace} span={span} />}
    </>
  )
}

const momentOf = ({ started_at }: Outline, after: number): Moment => ({
  after,
  time: new Date(Date.parse(started_at) + after),
})
