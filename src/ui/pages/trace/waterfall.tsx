import { useVirtualizer } from '@tanstack/react-virtual'
import { ChevronDown, ChevronRight, FoldHorizontal, Route, Search, X } from 'lucide-react'
import { type CSSProperties, type MouseEvent, memo, useEffect, useMemo, useRef, useState, type WheelEvent } from 'react'
import { IconButton } from '../../components/button.tsx'
import { count, dollars, duration } from '../../lib/format.ts'
import { useShortcuts } from '../../lib/shortcuts.ts'
import { useUrl } from '../../lib/url.ts'
import { prefetchSpan, type SpanOutline } from './data.ts'
import { type Kind, KindIcon, kindLabel } from './kinds.tsx'
import { Overview } from './overview.tsx'
import { type Axis, axisOf, criticalPath, type Tree, ticks, type View, visibleRows } from './tree.ts'

const ROW = 24
const INDENT = 14
/** A trace with more spans opens folded below its second level, for nobody reads thirty thousand rows from the top. */
const FOLD_ABOVE = 5_000
const WHOLE: View = { from: 0, to: 1 }

interface WaterfallProps {
  tree: Tree
  traceId: string
  selected: number
  select: (span: number) => void
  small: boolean
}

/** Tree and waterfall in one list: what called what, and when. */
export function Waterfall({ tree, traceId, selected, select, small }: WaterfallProps) {
  const [search, set] = useUrl()
  const [folded, setFolded] = useState<ReadonlySet<number>>(() => foldedAtFirst(tree))
  const [text, setText] = useState('')
  const [view, setView] = useState(WHOLE)
  const field = useRef<HTMLInputElement>(null)
  const foldGaps = search.gaps === 'folded'
  const lit = search.path === 'lit'
  const rows = useMemo(() => visibleRows(tree, folded), [tree, folded])
  const axis = useMemo(() => axisOf(tree, foldGaps), [tree, foldGaps])
  const critical = useMemo(() => (lit ? criticalPath(tree) : null), [tree, lit])
  const found = useMemo(() => findIn(tree, text), [tree, text])

  const go = (span: number | undefined) => {
    if (span === undefined) return
    setFolded((now) => unfoldedTo(tree, span, now))
    select(span)
  }
  const fold = (span: number, to: boolean) =>
    setFolded((now) => {
      const next = new Set(now)
      if (to) next.add(span)
      else next.delete(span)
      return next
    })
  useWaterfallKeys({ tree, rows, folded, selected, go, fold, small, found, field })
  useShortcuts('Spans', [
    { keys: 'c', label: 'Critical path', run: () => set({ path: lit ? undefined : 'lit' }, { replace: true }) },
    {
      keys: 'i',
      label: 'Fold idle time',
      run: () => set({ gaps: foldGaps ? undefined : 'folded' }, { replace: true }),
    },
    { keys: '0', label: 'Fit the whole trace', run: () => setView(WHOLE) },
    { keys: 'u', label: 'Unfold all', run: () => setFolded(new Set()) },
    { keys: 'U', label: 'Fold all below the first level', run: () => setFolded(belowTop(tree)) },
  ])

  return (
    <section className="waterfall" aria-label="Spans">
      <div className="waterfall-tools">
        <div className="waterfall-search">
          <Search size={14} aria-hidden="true" />
          <input
            ref={field}
            aria-label="Search in this trace"
            placeholder="Search spans"
            value={text}
            onChange={(event) => setText(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === 'Enter') go(nextOf(found, tree, selected, event.shiftKey ? -1 : 1))
              else if (event.key === 'Escape') {
                setText('')
                field.current?.blur()
              } else return
              event.preventDefault()
              event.stopPropagation()
            }}
          />
          {text !== '' && (
            <>
              <span className="quiet number" role="status">
                {found.length}
              </span>
              <button
                type="button"
                className="icon-button small"
                aria-label="Clear the search"
                onClick={() => setText('')}
              >
                <X size={12} aria-hidden="true" />
              </button>
            </>
          )}
        </div>
        {tree.errors.length > 0 && (
          <button
            type="button"
            className="error-jump"
            title="Next error (e)"
            onClick={() => go(nextOf(tree.errors, tree, selected, 1))}
          >
            {tree.errors.length === 1 ? '1 error' : `${count(tree.errors.length)} errors`}
          </button>
        )}
        <IconButton
          label="Critical path"
          keys="c"
          className="small"
          aria-pressed={lit}
          onClick={() => set({ path: lit ? undefined : 'lit' }, { replace: true })}
        >
          <Route size={14} aria-hidden="true" />
        </IconButton>
        <IconButton
          label="Fold idle time"
          keys="i"
          className="small"
          aria-pressed={foldGaps}
          onClick={() => set({ gaps: foldGaps ? undefined : 'folded' }, { replace: true })}
        >
          <FoldHorizontal size={14} aria-hidden="true" />
        </IconButton>
      </div>
      <Overview tree={tree} axis={axis} view={view} onView={setView} />
      <Rows
        {...{ tree, traceId, rows, axis, view, setView, folded, fold, selected, critical }}
        select={go}
        found={text === '' ? null : new Set(found)}
      />
    </section>
  )
}

interface RowsProps {
  tree: Tree
  traceId: string
  rows: Int32Array
  axis: Axis
  view: View
  setView: (view: View) => void
  folded: ReadonlySet<number>
  fold: (span: number, to: boolean) => void
  selected: number
  select: (span: number) => void
  critical: ReadonlySet<number> | null
  found: ReadonlySet<number> | null
}

function Rows({
  tree,
  traceId,
  rows,
  axis,
  view,
  setView,
  folded,
  fold,
  selected,
  select,
  critical,
  found,
}: RowsProps) {
  const scroller = useRef<HTMLDivElement>(null)
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 20,
  })
  const at = useMemo(() => rows.indexOf(selected), [rows, selected])
  useEffect(() => {
    if (at >= 0) virtualizer.scrollToIndex(at, { align: 'auto' })
  }, [at, virtualizer])
  // The last tick's words would be cut off.
  const marks = ticks(axis, view).filter(({ place: p }) => (p - view.from) / (view.to - view.from) < 0.92)
  const place = (p: number) => (p - view.from) / (view.to - view.from)
  const onWheel = (event: WheelEvent<HTMLDivElement>) => {
    if (!event.ctrlKey && !event.metaKey) return
    const lane = event.currentTarget.querySelector('.ruler-lane')?.getBoundingClientRect()
    if (lane) setView(zoomed(view, (event.clientX - lane.left) / lane.width, Math.exp(event.deltaY * 0.004)))
  }
  useOwnWheel(scroller)
  const lane = { axis, view, place }
  return (
    <div
      ref={scroller}
      className="span-rows"
      role="tree"
      aria-label="Span tree"
      tabIndex={0}
      onWheel={onWheel}
      onDoubleClick={() => setView(WHOLE)}
    >
      <div className="ruler" aria-hidden="true">
        <span className="ruler-name">
          {rows.length === tree.spans.length ? '' : `${count(rows.length)} of ${count(tree.spans.length)} shown`}
        </span>
        <span className="ruler-lane">
          {marks.map(({ ms, place: p }) => (
            <span key={ms} className="tick" style={{ left: `${place(p) * 100}%` }}>
              {ms === 0 ? '0' : duration(ms)}
            </span>
          ))}
        </span>
      </div>
      <div className="span-rows-inner" role="presentation" style={{ height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map(({ index, start }) => {
          const i = rows[index] ?? 0
          const bar = barOf(tree, i, lane)
          return (
            <SpanRow
              key={i}
              i={i}
              span={tree.spans[i] as SpanOutline}
              kind={tree.kind[i] ?? 'other'}
              depth={tree.depth[i] ?? 0}
              top={start}
              left={bar.left}
              width={bar.width}
              children_={tree.children[i]?.length ?? 0}
              isFolded={folded.has(i)}
              holdsError={tree.holdsError[i] === 1}
              isSelected={i === selected}
              dim={(critical !== null && !critical.has(i)) || (found !== null && !found.has(i))}
              hit={found?.has(i) ?? false}
              fold={fold}
              select={select}
              near={() => prefetchSpan(traceId, tree.spans[i]?.id ?? '')}
            />
          )
        })}
      </div>
    </div>
  )
}

/** The browser's own zoom would take ctrl-wheel, and React listens too late to stop it. */
function useOwnWheel(scroller: React.RefObject<HTMLDivElement | null>): void {
  useEffect(() => {
    const element = scroller.current
    const stop = (event: globalThis.WheelEvent) => {
      if (event.ctrlKey || event.metaKey) event.preventDefault()
    }
    element?.addEventListener('wheel', stop, { passive: false })
    return () => element?.removeEventListener('wheel', stop)
  }, [scroller])
}

const LEAST_VIEW = 0.0002

export function zoomed(view: View, pointer: number, factor: number): View {
  const width = Math.min(1, Math.max(LEAST_VIEW, (view.to - view.from) * factor))
  const centre = view.from + (view.to - view.from) * Math.min(1, Math.max(0, pointer))
  const from = Math.min(1 - width, Math.max(0, centre - width * pointer))
  return { from, to: from + width }
}

function barOf(tree: Tree, i: number, { axis, place }: { axis: Axis; place: (p: number) => number }) {
  const left = place(axis.place(tree.start[i] ?? 0))
  const right = place(axis.place(tree.end[i] ?? 0))
  return {
    left: Math.max(-0.01, Math.min(1.01, left)),
    width: Math.max(0, Math.min(1.01, right) - Math.max(-0.01, left)),
  }
}

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
  hit: boolean
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
    hit,
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
      data-hit={hit}
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
            flip ? { right: `${(1 - left) * 100}%` } : inside ? { right: 4 } : { left: `${(left + width) * 100}%` }
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

const SAME = ['i', 'span', 'depth', 'top', 'left', 'width', 'isFolded', 'isSelected', 'dim', 'hit'] as const
const SpanRow = memo(PlainSpanRow, (a, b) => SAME.every((name) => a[name] === b[name]))

function foldedAtFirst(tree: Tree): ReadonlySet<number> {
  if (tree.spans.length <= FOLD_ABOVE) return new Set()
  return belowTop(tree)
}

const belowTop = ({ order, depth, children }: Tree): ReadonlySet<number> =>
  new Set([...order].filter((i) => depth[i] === 1 && (children[i]?.length ?? 0) > 0))

/** Nothing above this span is folded. */
function unfoldedTo({ parent }: Tree, span: number, folded: ReadonlySet<number>): ReadonlySet<number> {
  const next = new Set(folded)
  for (let i = parent[span] ?? -1; i >= 0; i = parent[i] ?? -1) next.delete(i)
  return next.size === folded.size ? folded : next
}

/** Spans whose name, model, error or kind has the text, from top to bottom. */
function findIn({ order, spans, kind }: Tree, text: string): number[] {
  const wanted = text.trim().toLowerCase()
  if (wanted === '') return []
  return [...order].filter((i) => {
    const span = spans[i]
    return span && `${span.name}\n${span.model ?? ''}\n${span.error ?? ''}\n${kind[i]}`.toLowerCase().includes(wanted)
  })
}

/** The next of `some`, in the order of the rows, and round again. */
function nextOf(some: readonly number[], { rank }: Tree, from: number, by: 1 | -1): number | undefined {
  const at = some.indexOf(from)
  if (at >= 0) return some[(at + by + some.length) % some.length]
  const here = rank[from] ?? 0
  const places = some.map((i) => rank[i] ?? 0)
  const next = by === 1 ? places.findIndex((p) => p > here) : places.findLastIndex((p) => p < here)
  return some[next === -1 ? (by === 1 ? 0 : some.length - 1) : next]
}

interface Keys {
  tree: Tree
  rows: Int32Array
  folded: ReadonlySet<number>
  selected: number
  go: (span: number | undefined) => void
  fold: (span: number, to: boolean) => void
  small: boolean
  found: readonly number[]
  field: React.RefObject<HTMLInputElement | null>
}

function useWaterfallKeys({ tree, rows, folded, selected, go, fold, small, found, field }: Keys): void {
  const move = (by: number) => go(rows[Math.max(0, Math.min(rows.length - 1, rows.indexOf(selected) + by))])
  const left = () => {
    if ((tree.children[selected]?.length ?? 0) > 0 && !folded.has(selected)) fold(selected, true)
    else if ((tree.parent[selected] ?? -1) >= 0) go(tree.parent[selected])
  }
  const right = () => {
    if (folded.has(selected)) fold(selected, false)
    else go(tree.children[selected]?.[0])
  }
  // Beside a list, j and k go on moving through the list.
  const [next, previous] = small ? ['ArrowDown', 'ArrowUp'] : ['ArrowDown|j', 'ArrowUp|k']
  useShortcuts('Spans', [
    { keys: next, label: 'Next span', run: () => move(1) },
    { keys: previous, label: 'Previous span', run: () => move(-1) },
    { keys: 'PageDown', label: 'A page down', run: () => move(20) },
    { keys: 'PageUp', label: 'A page up', run: () => move(-20) },
    { keys: 'ArrowLeft', label: 'Fold, or go to the parent', run: left },
    { keys: 'ArrowRight', label: 'Unfold, or go to the first child', run: right },
    { keys: ' ', label: 'Fold or unfold', run: () => fold(selected, !folded.has(selected)) },
    { keys: 'e', label: 'Next error', run: () => go(nextOf(tree.errors, tree, selected, 1)) },
    { keys: 'E', label: 'Previous error', run: () => go(nextOf(tree.errors, tree, selected, -1)) },
    { keys: '/', label: 'Search in the trace', run: () => field.current?.focus() },
    { keys: 'n', label: 'Next find', run: () => go(nextOf(found, tree, selected, 1)) },
    { keys: 'N', label: 'Previous find', run: () => go(nextOf(found, tree, selected, -1)) },
  ])
}
