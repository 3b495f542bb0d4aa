import { type ReactNode, useContext, useRef } from 'react'
import { CopyButton, Id } from '../../components/copy.tsx'
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

interface SpanPanelProps {
  trace: Outline
  outline: SpanOutline
  kind: Kind
}

const TABS = [
  { id: 'detail', label: 'Detail' },
  { id: 'metadata', label: 'Metadata' },
  { id: 'raw', label: 'Raw' },
] as const

/** One step: what went in, what came out, what it cost, what went wrong. */
export function SpanPanel({ trace, outline, kind }: SpanPanelProps) {
  const [search, set] = useUrl()
  const span = useSpan(trace.id, outline.id)
  const tab = TABS.find(({ id }) => id === search.tab)?.id ?? 'detail'
  const body = useRef<HTMLDivElement>(null)
  useFoundMarks(body, useContext(SearchedText), `${outline.id} ${tab} ${span.isPending}`)
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
                onClick={() => set({ tab: id === 'detail' ? undefined : id }, { replace: true })}
              >
                {label}
              </button>
            ))}
          </div>
        </div>
        <SpanFigures outline={outline} span={current} started={trace.started_at} />
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so who uses the keyboard must reach it */}
      <div ref={body} className="span-body" tabIndex={0} role="group" aria-label="Span detail">
        {span.isError ? (
          <Problem error={span.error} retry={span.refetch} />
        ) : !current ? (
          <Skeleton lines={9} />
        ) : tab === 'raw' ? (
          <Json value={current} what="the span" tall />
        ) : tab === 'metadata' ? (
          <Json value={current.metadata} what="the metadata" tall />
        ) : (
          <Detail trace={trace} span={current} kind={kind} />
        )}
      </div>
    </section>
  )
}

function SpanFigures({ outline, span, started }: { outline: SpanOutline; span: Span | undefined; started: string }) {
  const at = outline.start_ms === null ? null : new Date(Date.parse(started) + outline.start_ms)
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

function Detail({ trace, span, kind }: { trace: Outline; span: Span; kind: Kind }) {
  const input = messagesIn(span.input)
  const output = messagesIn(span.output)
  const documents = documentsOf(span, kind)
  const events = (trace.events ?? []).filter(({ span_id }) => span_id === span.id)
  const parameters = span.metadata.parameters ?? span.metadata.invocation_parameters
  return (
    <>
      {span.error !== null && <Failure error={span.error} type={span.failure_type} />}
      {span.input !== null && (
        <Section name="Input" text={span.input}>
          {input ? <Conversation messages={input} /> : <TextOrJson text={span.input} />}
        </Section>
      )}
      {documents.length > 0 && (
        <Section name={`Documents (${documents.length})`}>
          <Documents documents={documents} />
        </Section>
      )}
      {span.output !== null && documents.length === 0 && (
        <Section name="Output" text={span.output}>
          {output ? <Conversation messages={output} /> : <TextOrJson text={span.output} />}
        </Section>
      )}
      {span.input === null && span.output === null && span.error === null && (
        <p className="quiet">This step has neither input nor output.</p>
      )}
      <Usage span={span} />
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
    </>
  )
}

const isHolder = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && Object.keys(value).length > 0

function Section({ name, text, children }: { name: string; text?: string; children: ReactNode }) {
  return (
    <section className="span-section">
      <header>
        <h3>{name}</h3>
        {text !== undefined && <CopyButton what={name.toLowerCase()} text={text} />}
      </header>
      {children}
    </section>
  )
}

/** The first line says what happened; the stack, if there is one, is below. */
function Failure({ error, type }: { error: string; type: string | null }) {
  const [first = '', ...stack] = error.split('\n')
  return (
    <section className="failure" role="alert">
      <header>
        <strong>{type?.replaceAll('_', ' ') ?? 'Error'}</strong>
        <CopyButton what="the error" text={error} />
      </header>
      <p>{first}</p>
      {stack.length > 0 && <pre className="failure-stack">{stack.join('\n')}</pre>}
    </section>
  )
}

function Usage({ span }: { span: Span }) {
  const rows = [
    ['Input', span.prompt_tokens],
    ['of it from the cache', span.cache_read_tokens],
    ['of it into the cache', span.cache_write_tokens],
    ['Output', span.completion_tokens],
    ['of it reasoning', span.reasoning_tokens],
  ] as const
  if (rows.every(([, n]) => n === null) && span.cost === null) return null
  return (
    <Section name="Tokens and cost">
      <table className="usage">
        <tbody>
          {rows.flatMap(([name, n]) =>
            n === null
              ? []
              : [
                  <tr key={name} data-part={name.startsWith('of it')}>
                    <th scope="row">{name}</th>
                    <td>{exactCount(n)}</td>
                  </tr>,
                ],
          )}
          {span.cost !== null && (
            <tr className="usage-sum">
              <th scope="row">Cost, at the price of then</th>
              <td>{dollars(span.cost)}</td>
            </tr>
          )}
        </tbody>
      </table>
    </Section>
  )
}
