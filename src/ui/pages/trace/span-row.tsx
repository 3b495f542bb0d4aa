import { ChevronDown, ChevronRight } from 'lucide-react'
import { type CSSProperties, type MouseEvent, memo } from 'react'
import { count, dollars, duration } from '../../lib/format.ts'
import type { SpanOutline } from './data.ts'
import { type Kind, KindIcon, kindLabel } from './kinds.tsx'

const INDENT = 14

interface SpanRowProps {
  i: number
  span: SpanOutline
  kind: Kind
  depth: number
  top: number
  /** Places between 0 and 1. */
  left: number
  width: number
  children_: number
  isFolded: boolean
  holdsError: boolean
  isSelected: boolean
  dim: boolean
  /** Where what is searched stands in it: `name`, `input` …; null where it does not. */
  found: string | null
  fold: (span: number, to: boolean) => void
  select: (span: number) => void
  near: () => void
}

/** Past this place the figures stand left of the bar, for they would be cut off. */
const FLIP_AT = 0.72

function PlainSpanRow(props: SpanRowProps) {
  const {
    i,
    span,
    kind,
    depth,
    top,
    left,
    width,
    children_,
    isFolded,
    holdsError,
    isSelected,
    dim,
    found,
    fold,
    select,
    near,
  } = props
  const flip = left + width > FLIP_AT && left > 0.28
  const inside = !flip && left + width > FLIP_AT
  const onToggle = (event: MouseEvent) => {
    event.stopPropagation()
    fold(i, !isFolded)
  }
  const failed = span.error !== null
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the grid has the focus; the keys go through its map
    <div
      role="treeitem"
      className="span-row"
      aria-level={depth + 1}
      aria-selected={isSelected}
      {...(children_ > 0 ? { 'aria-expanded': !isFolded } : {})}
      data-dim={dim}
      data-hit={found === 'name'}
      data-bad={failed}
      style={{ transform: `translateY(${top}px)`, '--depth': depth } as CSSProperties}
      onClick={() => select(i)}
      onPointerEnter={near}
    >
      <span className="span-name" style={{ paddingLeft: 8 + depth * INDENT }}>
        {children_ > 0 ? (
          <button
            type="button"
            className="fold"
            tabIndex={-1}
            aria-label={isFolded ? 'Unfold' : 'Fold'}
            onClick={onToggle}
          >
            {isFolded ? <ChevronRight size={12} aria-hidden="true" /> : <ChevronDown size={12} aria-hidden="true" />}
          </button>
        ) : (
          <span className="fold" />
        )}
        <KindIcon kind={kind} />
        <span className="cut" title={`${span.name}: ${kindLabel(kind)}`}>
          {span.name}
        </span>
        {found !== null && found !== 'name' && <span className="found-in">{found}</span>}
        {isFolded && <span className="fold-count">{count(children_)}</span>}
        {failed && <span className="error-mark" role="img" aria-label="failed" title={span.error ?? ''} />}
        {!failed && isFolded && holdsError && (
          <span className="error-mark below" role="img" aria-label="holds a failed span" />
        )}
      </span>
      <span className="span-lane">
        <span className="bar" data-kind={kind} style={{ left: `${left * 100}%`, width: `max(2px, ${width * 100}%)` }} />
        <span
          className="bar-words"
          data-inside={inside}
          style={
            flip ? { right: `${(1 - left) * 100}%` } : inside ? { right: 12 } : { left: `${(left + width) * 100}%` }
          }
        >
          {duration(span.duration_ms)}
          {(span.prompt_tokens ?? 0) + (span.completion_tokens ?? 0) > 0 && (
            <span className="bar-more">
              {' '}
              · {count((span.prompt_tokens ?? 0) + (span.completion_tokens ?? 0))} tok
              {span.cost ? ` · ${dollars(span.cost)}` : ''}
            </span>
          )}
        </span>
      </span>
    </div>
  )
}

const SAME = ['i', 'span', 'depth', 'top', 'left', 'width', 'isFolded', 'isSelected', 'dim', 'found'] as const
export const SpanRow = memo(PlainSpanRow, (a, b) => SAME.every((name) => a[name] === b[name]))
