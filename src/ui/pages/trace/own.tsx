import { Json } from '../../components/json.tsx'
import { messagesIn } from '../../lib/messages.ts'
import { Conversation, TextOrJson } from './conversation.tsx'
import type { Outline, Span, TraceEvent } from './data.ts'
import { Events } from './events.tsx'
import { Failure, isHolder, Section } from './section.tsx'
import type { Tree } from './tree.ts'

/** What a trace says of itself and not of one of its spans. */

/** Events that belong to no span that is there. */
export const ownEvents = ({ events }: Outline, { byId }: Tree): TraceEvent[] =>
  (events ?? []).filter(({ span_id }) => span_id === null || !byId.has(span_id))

/** With its first span stands what that does not say as well. */
export function OwnDetail({ trace, span }: { trace: Outline; span: Span }) {
  const { input = null, output = null, error, spans } = trace
  // An error of the outline is only its beginning.
  const ofSpan = error !== null && spans.some((one) => one.error !== null && error.startsWith(one.error))
  return (
    <>
      {error !== null && !ofSpan && <Failure error={error} type={trace.failure_type} />}
      {input !== null && input !== span.input && <Said name="Input of the trace" text={input} />}
      {output !== null && output !== span.output && <Said name="Output of the trace" text={output} />}
    </>
  )
}

/** A trace without spans: all there is of it. */
export function OwnPanel({ trace }: { trace: Outline }) {
  const { input = null, output = null, error, failure_type, metadata, started_at } = trace
  const events = trace.events ?? []
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so who uses the keyboard must reach it
    <div className="span-body own" tabIndex={0} role="group" aria-label="What was sent">
      <h2 className="only-heard">What was sent</h2>
      {error !== null && <Failure error={error} type={failure_type} />}
      {input !== null && <Said name="Input" text={input} />}
      {output !== null && <Said name="Output" text={output} />}
      {isHolder(metadata) && (
        <Section name="Metadata">
          <Json value={metadata} what="the metadata" />
        </Section>
      )}
      {events.length > 0 && (
        <Section name={`Events (${events.length})`}>
          <Events events={events} started={started_at} />
        </Section>
      )}
      <p className="quiet">This trace was sent without spans.</p>
    </div>
  )
}

function Said({ name, text }: { name: string; text: string }) {
  const messages = messagesIn(text)
  return (
    <Section name={name} text={text}>
      {messages ? <Conversation messages={messages} /> : <TextOrJson text={text} />}
    </Section>
  )
}
