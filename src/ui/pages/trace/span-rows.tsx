import { useVirtualizer } from '@tanstack/react-virtual'
import { type RefObject, useEffect, useLayoutEffect, useMemo, useRef, useState, type WheelEvent } from 'react'
import { count, duration } from '../../lib/format.ts'
import { COLUMNS_PX } from './bar-words.ts'
import { prefetchSpan, type SpanOutline } from './data.ts'
import { FigureChoice, useFigure } from './figure-choice.tsx'
import { SpanPeek } from './span-peek.tsx'
import { SpanRow } from './span-row.tsx'
import { type Axis, type Tree, ticks, type View, WHOLE } from './tree.ts'
import type { Verdict } from './verdicts.ts'

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
  /** How steps were evaluated, by their ids. */
  verdicts: ReadonlyMap<string, Verdict>
  /** Is the selected one peeked at? */
  peeking: boolean
  closePeek: () => void
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
  verdicts,
  peeking,
  closePeek,
}: SpanRowsProps) {
  const scroller = useRef<HTMLDivElement>(null)
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 20,
    // The ruler stands over the first row and stays.
    scrollMargin: ROW,
    scrollPaddingStart: ROW,
  })
  const at = useMemo(() => rows.indexOf(selected), [rows, selected])
  useEffect(() => {
    if (at >= 0) virtualizer.scrollToIndex(at, { align: 'auto' })
  }, [at, virtualizer])
  const marks = ticks(axis, view)
  const place = (p: number) => (p - view.from) / (view.to - view.from)
  const onWheel = (event: WheelEvent<HTMLDivElement>) => {
    if (!event.ctrlKey && !event.metaKey) return
    const lane = event.currentTarget.querySelector('.ruler-lane')?.getBoundingClientRect()
    if (lane) setView(zoomed(view, (event.clientX - lane.left) / lane.width, Math.exp(event.deltaY * 0.004)))
  }
  useOwnWheel(scroller)
  const ruler = useRef<HTMLSpanElement>(null)
  const lanePx = useWidth(ruler)
  const lane = { axis, view, place }
  const looked = tree.spans[selected]
  const hidden = tree.spans.length - rows.length
  const figure = useFigure()
  const allPx = useWidth(scroller)
  const chooses = allPx < COLUMNS_PX
  return (
    <div className="span-area">
      {chooses && <FigureChoice figure={figure} />}
      <div
        ref={scroller}
        className="span-rows"
        data-columns={!chooses}
        role="tree"
        aria-label="Span tree"
        tabIndex={0}
        onWheel={onWheel}
        onDoubleClick={() => setView(WHOLE)}
      >
        <div className="ruler" aria-hidden="true">
          <span className="ruler-name">{hidden > 0 && `${count(rows.length)} of ${count(tree.spans.length)}`}</span>
          <span ref={ruler} className="ruler-lane">
            {marks.map(({ ms, place: p }) => (
              <span key={ms} className="tick" style={{ left: `${place(p) * 100}%` }}>
                {ms === 0 ? '0' : duration(ms)}
              </span>
            ))}
          </span>
          {!chooses && (
            <>
              <span className="span-figure">Tokens</span>
              <span className="span-figure">Cost</span>
            </>
          )}
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
                top={start - ROW}
                left={bar.left}
                width={bar.width}
                lanePx={lanePx}
                figure={chooses ? figure : null}
                children_={tree.children[i]?.length ?? 0}
                isFolded={folded.has(i)}
                holdsError={tree.holdsError[i] === 1}
                isSelected={i === selected}
                dim={(critical !== null && !critical.has(i)) || (found !== null && !found.has(i))}
                found={found?.get(i) ?? null}
                verdict={verdicts.get(tree.spans[i]?.id ?? '') ?? null}
                fold={fold}
                select={select}
                near={() => prefetchSpan(traceId, tree.spans[i]?.id ?? '')}
              />
            )
          })}
          {peeking && looked && at >= 0 && (
            <SpanPeek
              traceId={traceId}
              span={looked}
              kind={tree.kind[selected] ?? 'other'}
              top={at * ROW}
              close={closePeek}
            />
          )}
        </div>
      </div>
    </div>
  )
}

/** The browser's own zoom would take ctrl-wheel, and React listens too late to stop it. */
function useOwnWheel(scroller: RefObject<HTMLDivElement | null>): void {
  useEffect(() => {
    const element = scroller.current
    const stop = (event: globalThis.WheelEvent) => {
      if (event.ctrlKey || event.metaKey) event.preventDefault()
    }
    element?.addEventListener('wheel', stop, { passive: false })
    return () => element?.removeEventListener('wheel', stop)
  }, [scroller])
}

/** How wide an element is, before it is seen and whenever that changes. */
function useWidth(of: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0)
  useLayoutEffect(() => {
    const element = of.current
    if (!element) return
    const measure = () => setWidth(element.clientWidth)
    measure()
    const watcher = new ResizeObserver(measure)
    watcher.observe(element)
    return () => watcher.disconnect()
  }, [of])
  return width
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
