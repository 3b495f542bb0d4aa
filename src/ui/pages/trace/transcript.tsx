import { useVirtualizer } from '@tanstack/react-virtual'
import { useMemo, useRef } from 'react'
import { Skeleton } from '../../components/states.tsx'
import { duration } from '../../lib/format.ts'
import { type Message, messagesIn } from '../../lib/messages.ts'
import { Conversation, TextOrJson } from './conversation.tsx'
import { type Outline, type Span, useSpan, useWholeTrace, WHOLE_SPANS } from './data.ts'
import { type Kind, KindIcon } from './kinds.tsx'
import type { Tree } from './tree.ts'

interface TranscriptProps {
  trace: Outline
  tree: Tree
  openSpan: (span: number) => void
}

const SPEAKS: ReadonlySet<Kind> = new Set(['llm', 'tool', 'retrieval', 'guardrail'])

/** The whole trace as a dialogue: who said what to whom, in the order of time, without what was said before. */
export function Transcript({ trace, tree, openSpan }: TranscriptProps) {
  // A small trace comes in one answer; of a large one each step comes when it is scrolled to.
  const whole = useWholeTrace(trace.id, trace.span_count <= WHOLE_SPANS)
  const steps = useMemo(() => stepsOf(tree), [tree])
  const scroller = useRef<HTMLDivElement>(null)
  const virtualizer = useVirtualizer({
    count: steps.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 160,
    overscan: 4,
  })
  if (trace.span_count <= WHOLE_SPANS && whole.isPending) {
    return (
      <div className="padded">
        <Skeleton lines={10} />
      </div>
    )
  }
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so who uses the keyboard must reach it
    <div ref={scroller} className="transcript" tabIndex={0} role="group" aria-label="Transcript">
      {steps.length === 0 && (
        <div className="transcript-step">
          {trace.input && <Conversation messages={messagesIn(trace.input) ?? [said('user', trace.input)]} />}
          {trace.output && <Conversation messages={messagesIn(trace.output) ?? [said('assistant', trace.output)]} />}
          {!trace.input && !trace.output && <p className="quiet">Nothing was said in this trace.</p>}
        </div>
      )}
      <div className="transcript-inner" style={{ height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map(({ index, start }) => {
          const span = steps[index] ?? 0
          return (
            <div
              key={span}
              ref={virtualizer.measureElement}
              data-index={index}
              className="transcript-step"
              style={{ transform: `translateY(${start}px)` }}
            >
              <Step
                traceId={trace.id}
                tree={tree}
                span={span}
                before={modelCallBefore(tree, steps, index)}
                openSpan={openSpan}
              />
            </div>
          )
        })}
      </div>
    </div>
  )
}

const said = (role: string, text: string): Message => ({ role, parts: [{ kind: 'text', text }], calls: [] })

/** Who speaks, and what failed of itself: a step that failed because one inside it did says nothing new. */
function stepsOf({ spans, kind, start, children, holdsError }: Tree): number[] {
  const failedHere = (i: number) => spans[i]?.error != null && !children[i]?.some((child) => holdsError[child] === 1)
  const steps = [...spans.keys()].filter((i) => SPEAKS.has(kind[i] ?? 'other') || failedHere(i))
  return steps.sort((a, b) => (start[a] ?? 0) - (start[b] ?? 0))
}

function modelCallBefore({ kind }: Tree, steps: readonly number[], index: number): number | undefined {
  return steps.slice(0, index).findLast((i) => kind[i] === 'llm')
}

interface StepProps {
  traceId: string
  tree: Tree
  span: number
  before: number | undefined
  openSpan: (span: number) => void
}

function Step({ traceId, tree, span: i, before, openSpan }: StepProps) {
  const outline = tree.spans[i]
  const kind = tree.kind[i] ?? 'other'
  const span = useSpan(traceId, outline?.id)
  const earlier = useSpan(traceId, kind === 'llm' && before !== undefined ? tree.spans[before]?.id : undefined)
  const data = span.data?.id === outline?.id ? span.data : undefined
  return (
    <>
      <button type="button" className="step-name" onClick={() => openSpan(i)} title="Show this span">
        <KindIcon kind={kind} size={12} />
        <span className="cut">{outline?.name}</span>
        <span className="quiet number">
          +{duration(outline?.start_ms)} · {duration(outline?.duration_ms)}
        </span>
      </button>
      {data ? (
        <Words span={data} kind={kind} earlier={before === undefined ? undefined : earlier.data} />
      ) : (
        <Skeleton lines={3} />
      )}
    </>
  )
}

function Words({ span, kind, earlier }: { span: Span; kind: Kind; earlier: Span | undefined }) {
  const input = messagesIn(span.input)
  const output = messagesIn(span.output)
  const fresh = input && kind === 'llm' ? newOnes(input, earlier) : input
  return (
    <>
      {fresh
        ? fresh.length > 0 && <Conversation messages={fresh} />
        : span.input && <InOut name={kind === 'llm' ? 'user' : 'asked'} text={span.input} />}
      {output ? (
        <Conversation messages={output} />
      ) : (
        span.output && <InOut name={kind === 'llm' ? 'assistant' : 'answered'} text={span.output} />
      )}
      {span.error && <p className="transcript-error">{span.error.split('\n')[0]}</p>}
    </>
  )
}

const InOut = ({ name, text }: { name: string; text: string }) => (
  <article className="said" data-role={name}>
    <header>
      <span className="said-role">{name}</span>
    </header>
    <TextOrJson text={text} />
  </article>
)

/** Each call of a model carries all that was said before; only what is new since the last is shown again. */
function newOnes(messages: readonly Message[], earlier: Span | undefined): Message[] {
  const known = new Set(
    [...(messagesIn(earlier?.input ?? null) ?? []), ...(messagesIn(earlier?.output ?? null) ?? [])].map(fingerprint),
  )
  return messages.filter((message) => !known.has(fingerprint(message)))
}

const fingerprint = ({ role, parts, calls }: Message): string =>
  JSON.stringify([role, parts, calls.map(({ name, args }) => [name, args])])
