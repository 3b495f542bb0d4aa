import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useMemo, useRef, type WheelEvent } from 'react'
import { count, duration } from '../../lib/format.ts'
import { prefetchSpan, type SpanOutline } from './data.ts'
import { SpanRow } from './span-row.tsx'
import { type Axis, type Tree, ticks, type View, WHOLE } from './tree.ts'

const ROW = 24

interface SpanRowsProps {
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
  /** What a search found, and where in it; null: nothing is searched. */
  found: ReadonlyMap<number, string> | null
}

/** The rows that are on screen, each with its bar on the axis above. */
export function SpanRows({
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
}: SpanRowsProps) {
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
              found={found?.get(i) ?? null}
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

function zoomed(view: View, pointer: number, factor: number): View {
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
