import { Popover } from 'radix-ui'
import { Keys } from '../../components/button.tsx'
import { Skeleton } from '../../components/states.tsx'
import { count, dollars, duration } from '../../lib/format.ts'
import { saidLast } from '../../lib/messages.ts'
import { type Span, type SpanOutline, useSpan } from './data.ts'
import { type Kind, KindIcon, kindLabel } from './kinds.tsx'

interface SpanPeekProps {
  traceId: string
  span: SpanOutline
  kind: Kind
  /** Pixels from the first row. */
  top: number
  close: () => void
}

/** What a step took in and gave back, over its row: it goes along as one moves, and leaves the focus where it is. */
export function SpanPeek({ traceId, span, kind, top, close }: SpanPeekProps) {
  const whole = useSpan(traceId, span.id)
  const current = whole.data?.id === span.id ? whole.data : undefined
  const stay = (event: Event) => event.preventDefault()
  return (
    <Popover.Root open onOpenChange={close}>
      <Popover.Anchor className="peek-anchor" style={{ top }} />
      <Popover.Portal>
        <Popover.Content
          className="popover span-peek"
          align="start"
          sideOffset={2}
          collisionPadding={8}
          aria-label={`Peek at ${span.name}`}
          onOpenAutoFocus={stay}
          onCloseAutoFocus={stay}
        >
          <div className="span-peek-head">
            <KindIcon kind={kind} />
            <strong className="cut">{span.name}</strong>
            <span className="quiet">{kindLabel(kind)}</span>
          </div>
          <p className="quiet number">{figuresOf(span)}</p>
          {current ? <Words span={current} /> : <Skeleton lines={4} />}
          <div className="span-peek-keys quiet">
            <Keys of=" " /> closes <Keys of="ArrowUp" /> <Keys of="ArrowDown" /> move
          </div>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  )
}

function figuresOf({ duration_ms, start_ms, model, prompt_tokens, completion_tokens, cost }: SpanOutline): string {
  const tokens = (prompt_tokens ?? 0) + (completion_tokens ?? 0)
  return [
    duration(duration_ms),
    start_ms !== null && `at +${duration(start_ms)}`,
    model,
    tokens > 0 && `${count(tokens)} tokens`,
    cost !== null && dollars(cost),
  ]
    .filter(Boolean)
    .join(' · ')
}

function Words({ span: { input, output, error } }: { span: Span }) {
  const said = [
    ['In', saidLast(input)],
    ['Out', saidLast(output)],
  ] as const
  return (
    <dl>
      {error !== null && (
        <div>
          <dt>Error</dt>
          <dd className="bad-cell">{error}</dd>
        </div>
      )}
      {said.map(
        ([name, text]) =>
          text !== null && (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{text}</dd>
            </div>
          ),
      )}
      {error === null && input === null && output === null && <p className="quiet">Neither input nor output.</p>}
    </dl>
  )
}
