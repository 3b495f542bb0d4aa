import { useVirtualizer } from '@tanstack/react-virtual'
import {
  type CSSProperties,
  type MouseEvent,
  memo,
  type ReactNode,
  type RefObject,
  useEffect,
  useMemo,
  useRef,
} from 'react'
import { useNarrow } from '../lib/hooks.ts'
import { density } from '../lib/settings.ts'
import { useStore } from '../lib/store.ts'
import { type Column, useLayout } from './list-columns.ts'
import { Head } from './list-head.tsx'
import { type Marks, markRange, toggle, useListKeys } from './list-keys.ts'

export interface DataTableProps<T> {
  /** Under this name the browser keeps which columns are shown. */
  name: string
  label: string
  columns: readonly Column<T>[]
  rows: readonly T[]
  idOf: (row: T) => string
  /** Rows that failed, for the eye. */
  isBad?: (row: T) => boolean
  /** Two lines for small screens. */
  card: (row: T) => ReactNode
  /** The row the keyboard is at. */
  at: number
  onMove: (to: number) => void
  onOpen: (row: T) => void
  /** The row whose panel is open. */
  openId?: string | undefined
  sort?: string
  onSort?: (sort: string) => void
  marks?: Marks
  hasMore?: boolean
  loadMore?: () => void
  /** What is shown is about to be replaced. */
  stale?: boolean
  /** Stands where the rows would be when there are none. */
  empty: ReactNode
  /** Rows to sketch while the first come. */
  pending?: boolean
}

const ROW = { comfortable: 32, compact: 28, card: 60 }
const NEAR_END = 30

/** A list of any length: a sticky head, rows that are drawn only where one looks, and the keyboard through all of it. */
export function DataTable<T>(props: DataTableProps<T>) {
  const { name, label, columns, rows, idOf, at, onMove, onOpen, marks, hasMore, loadMore, pending = false } = props
  const narrow = useNarrow()
  const spacing = useStore(density)
  const rowHeight = narrow ? ROW.card : ROW[spacing]
  const scroller = useRef<HTMLDivElement>(null)
  const layout = useLayout(name, columns)
  const rowVirtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: (i) => idOf(rows[i] as T),
    overscan: 12,
  })
  const items = rowVirtualizer.getVirtualItems()
  const lastShown = items.at(-1)?.index ?? 0
  useEffect(() => {
    if (hasMore && lastShown >= rows.length - NEAR_END) loadMore?.()
  }, [hasMore, lastShown, rows.length, loadMore])
  // biome-ignore lint/correctness/useExhaustiveDependencies: measured anew when the height changes
  useEffect(() => rowVirtualizer.measure(), [rowHeight, rowVirtualizer])

  const move = (to: number) => {
    const next = Math.max(0, Math.min(rows.length - 1, to))
    onMove(next)
    rowVirtualizer.scrollToIndex(next, { align: 'auto' })
  }
  /** Where a selection of several began. */
  const anchor = useRef(0)
  useListKeys({ rows, at, move, onOpen, idOf, anchor, ...(marks ? { marks } : {}) })
  // Rows are drawn anew only when they change, and must do what holds now.
  const latest = useRef(props)
  latest.current = props
  const [open, mark] = useMemo(
    () => [
      (row: T) => latest.current.onOpen(row),
      (index: number, several: boolean) => markAt(latest.current, anchor, index, several),
    ],
    [],
  )

  if (rows.length === 0 && !pending) return <div className="list-empty">{props.empty}</div>
  return (
    <div
      ref={scroller}
      className="list"
      role="grid"
      aria-label={label}
      aria-rowcount={hasMore ? -1 : rows.length + 1}
      aria-busy={pending || props.stale === true}
      tabIndex={0}
      data-narrow={narrow}
      style={
        {
          '--columns': layout.template,
          '--row': `${rowHeight}px`,
          '--list-width': `${layout.width}px`,
        } as CSSProperties
      }
    >
      {!narrow && <Head {...props} layout={layout} />}
      <div
        className="list-rows"
        role="rowgroup"
        data-stale={props.stale === true}
        style={{ height: pending ? rowHeight * 30 : rowVirtualizer.getTotalSize() }}
      >
        {pending && rows.length === 0 && <PendingRows height={rowHeight} columns={narrow ? 1 : layout.shown.length} />}
        {items.map(({ index, start, key }) => {
          const row = rows[index] as T
          const id = idOf(row)
          return (
            <Row
              key={key}
              row={row}
              index={index}
              start={start}
              columns={layout.shown}
              card={narrow ? props.card : null}
              bad={props.isBad?.(row) ?? false}
              active={index === at}
              open={id === props.openId}
              marked={marks?.ids.has(id) ?? false}
              onOpen={open}
              onMark={marks ? mark : null}
            />
          )
        })}
      </div>
    </div>
  )
}

/** With Shift all from where the selection began to here. */
function markAt<T>(
  { rows, idOf, marks }: DataTableProps<T>,
  anchor: RefObject<number>,
  index: number,
  several: boolean,
) {
  const row = rows[index]
  if (!marks || row === undefined) return
  if (several) return markRange(marks, rows, idOf, anchor.current, index)
  anchor.current = index
  toggle(marks, idOf(row))
}

interface RowProps<T> {
  row: T
  index: number
  start: number
  columns: readonly Column<T>[]
  card: ((row: T) => ReactNode) | null
  bad: boolean
  active: boolean
  open: boolean
  marked: boolean
  onOpen: (row: T) => void
  onMark: ((index: number, several: boolean) => void) | null
}

function PlainRow<T>({ row, index, start, columns, card, bad, active, open, marked, onOpen, onMark }: RowProps<T>) {
  const onClick = (event: MouseEvent) => {
    // A link with a modifier opens elsewhere, and what has its own click keeps it.
    if (event.metaKey || event.ctrlKey || event.shiftKey) return
    if ((event.target as HTMLElement).closest('button, input, select')) return
    event.preventDefault()
    onOpen(row)
  }
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the grid has the focus; the keys go through its map
    <div
      className="list-row"
      role="row"
      aria-rowindex={index + 2}
      aria-selected={open || marked}
      data-active={active}
      data-open={open}
      data-bad={bad}
      style={{ transform: `translateY(${start}px)` }}
      onClick={onClick}
    >
      {onMark && (
        <span className="list-mark" role="gridcell">
          <input
            type="checkbox"
            tabIndex={-1}
            aria-label="Select this row"
            checked={marked}
            onChange={({ nativeEvent }) => onMark(index, nativeEvent instanceof MouseEvent && nativeEvent.shiftKey)}
          />
        </span>
      )}
      {card ? (
        <div className="list-card" role="gridcell">
          {card(row)}
        </div>
      ) : (
        <div className="list-cells">
          {columns.map(({ id, number, cell, whole }) => (
            <span
              key={id}
              role="gridcell"
              className={number ? 'list-cell number' : 'list-cell'}
              title={whole?.(row) ?? undefined}
            >
              {cell(row)}
            </span>
          ))}
        </div>
      )}
    </div>
  )
}

const Row = memo(PlainRow, (a, b) => SAME.every((name) => a[name] === b[name])) as typeof PlainRow
/** Functions are made anew at each drawing and mean the same. */
const SAME = ['row', 'index', 'start', 'columns', 'bad', 'active', 'open', 'marked', 'card'] as const

const PendingRows = ({ height, columns }: { height: number; columns: number }) => (
  <div className="list-pending" aria-hidden="true">
    {Array.from({ length: 30 }, (_, i) => (
      // biome-ignore lint/suspicious/noArrayIndexKey: the sketches are all the same
      <div key={i} style={{ height }}>
        {Array.from({ length: columns }, (_, c) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: as above
          <span key={c} style={{ width: `${40 + ((i * 7 + c * 13) % 45)}%` }} />
        ))}
      </div>
    ))}
  </div>
)
