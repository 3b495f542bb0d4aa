import { ChevronDown, ChevronRight } from 'lucide-react'
import { type CSSProperties, type MouseEvent, memo } from 'react'
import { count } from '../../lib/format.ts'
import { type Bar, type Figure, figuresOf, placeWords, type WordsSide } from './bar-words.ts'
import type { SpanOutline } from './data.ts'
import { type Kind, KindIcon, kindLabel } from './kinds.tsx'
import type { Verdict } from './verdicts.ts'

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
  /** How wide the lane of the bar is. */
  lanePx: number
  /** The one that stands beside the bars; null: how long, and the others have columns. */
  figure: Figure | null
  children_: number
  isFolded: boolean
  holdsError: boolean
  isSelected: boolean
  dim: boolean
  /** Where what is searched stands in it: `name`, `input` …; null where it does not. */
  found: string | null
  verdict: Verdict | null
  fold: (span: number, to: boolean) => void
  select: (span: number) => void
  near: () => void
}

function PlainSpanRow(props: SpanRowProps) {
  const {
    i,
    span,
    kind,
    depth,
    top,
    left,
    width,
    lanePx,
    figure,
    children_,
    isFolded,
    holdsError,
    isSelected,
    dim,
    found,
    verdict,
    fold,
    select,
    near,
  } = props
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
        {verdict && (
          <span
            className="verdict"
            data-verdict={verdict.kind}
            role="img"
            aria-label={verdict.words}
            title={verdict.words}
          />
        )}
        {failed && <span className="error-mark" role="img" aria-label="failed" title={span.error ?? ''} />}
        {!failed && isFolded && holdsError && (
          <span className="error-mark below" role="img" aria-label="holds a failed span" />
        )}
      </span>
      <Lane {...{ span, kind, left, width, lanePx, figure }} />
    </div>
  )
}

type LaneProps = Pick<SpanRowProps, 'span' | 'kind' | 'left' | 'width' | 'lanePx' | 'figure'>

/** When it was, and its figures beside the bar. */
function Lane({ span, kind, left, width, lanePx, figure }: LaneProps) {
  const figures = figuresOf(span)
  const words = figure === 'tokens' && figures.tokens ? `${figures.tokens} tok` : figures[figure ?? 'time']
  const side = placeWords({ left, width }, lanePx, words)
  const all = [figures.time, figures.tokens && `${figures.tokens} tok`, figures.cost].filter(Boolean).join(' · ')
  return (
    <>
      <span className="span-lane" title={all}>
        <span className="bar-clip">
          <span
            className="bar"
            data-kind={kind}
            style={{ left: `${left * 100}%`, width: `max(2px, ${width * 100}%)` }}
          />
        </span>
        <span className="bar-words" data-side={side} style={besides(side, { left, width })}>
          {words}
        </span>
      </span>
      {figure === null && (
        <>
          <span className="span-figure">{figures.tokens}</span>
          <span className="span-figure">{figures.cost}</span>
        </>
      )}
    </>
  )
}

/** No wider than the room on its side: what does not fit after all is cut where one sees it. */
function besides(side: WordsSide, { left, width }: Bar): CSSProperties {
  const end = Math.min(1, left + width)
  if (side === 'right') return { left: `${end * 100}%`, maxWidth: `calc(${(1 - end) * 100}% + var(--gutter))` }
  if (side === 'left') return { right: `${(1 - left) * 100}%`, maxWidth: `${left * 100}%` }
  return {}
}

const SAME = [
  'i',
  'span',
  'depth',
  'top',
  'left',
  'width',
  'lanePx',
  'figure',
  'isFolded',
  'isSelected',
  'dim',
  'found',
  'verdict',
] as const
export const SpanRow = memo(PlainSpanRow, (a, b) => SAME.every((name) => a[name] === b[name]))
