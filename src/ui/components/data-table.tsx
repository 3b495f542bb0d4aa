import {
  columnResizingFeature,
  columnSizingFeature,
  columnVisibilityFeature,
  createColumnHelper,
  tableFeatures,
  useTable,
} from '@tanstack/react-table'
import { useVirtualizer } from '@tanstack/react-virtual'
import { ArrowDown, ArrowUp } from 'lucide-react'
import {
  type CSSProperties,
  type KeyboardEvent,
  type MouseEvent,
  memo,
  type ReactNode,
  useEffect,
  useMemo,
  useRef,
} from 'react'
import { useNarrow } from '../lib/hooks.ts'
import { columnChoices, density } from '../lib/settings.ts'
import { type Shortcut, useShortcuts } from '../lib/shortcuts.ts'
import { useStore } from '../lib/store.ts'

export interface Column<T> {
  id: string
  label: string
  /** Pixels. */
  width: number
  /** Takes what room is left. */
  grows?: boolean
  number?: boolean
  /** Name of the server's order by this column. */
  sort?: string
  /** Not shown until chosen. */
  optional?: boolean
  cell: (row: T) => ReactNode
  /** The whole of a cell that may be cut, for the hover. */
  whole?: (row: T) => string | null | undefined
}

export interface Marks {
  ids: ReadonlySet<string>
  set: (ids: ReadonlySet<string>) => void
}

interface DataTableProps<T> {
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

const features = tableFeatures({ columnVisibilityFeature, columnSizingFeature, columnResizingFeature })
const ROW = { comfortable: 32, compact: 28, card: 60 }
const NEAR_END = 30
const NO_ROWS: never[] = []

/** Hidden columns and widths of one list, as this browser keeps them. */
export function useColumnChoice<T>(name: string, columns: readonly Column<T>[]) {
  const kept = useStore(columnChoices)[name]
  const hidden = kept?.hidden ?? columns.filter(({ optional }) => optional).map(({ id }) => id)
  const widths = kept?.widths ?? {}
  const change = (next: { hidden?: string[]; widths?: Record<string, number> }) =>
    columnChoices.set((all) => ({ ...all, [name]: { hidden, widths, ...next } }))
  return { hidden, widths, change }
}

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
  useListKeys({ rows, at, move, onOpen, idOf, ...(marks ? { marks } : {}) })

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
              onOpen={onOpen}
              onMark={marks ? () => toggle(marks, id) : null}
            />
          )
        })}
      </div>
    </div>
  )
}

interface Layout<T> {
  shown: Column<T>[]
  template: string
  width: number
  resizer: (id: string) => ((event: unknown) => void) | null
  resizing: string | false
}

/** TanStack Table keeps the columns: which are shown, how wide, and the drag that changes it. */
function useLayout<T>(name: string, columns: readonly Column<T>[]): Layout<T> {
  const { hidden, widths, change } = useColumnChoice(name, columns)
  const definitions = useMemo(() => {
    const helper = createColumnHelper<typeof features, Record<string, unknown>>()
    return helper.columns(
      columns.map(({ id, width }) => helper.display({ id, header: id, size: width, minSize: 48, maxSize: 900 })),
    )
  }, [columns])
  const columnVisibility = Object.fromEntries(hidden.map((id) => [id, false]))
  const table = useTable({
    features,
    columns: definitions,
    data: NO_ROWS,
    columnResizeMode: 'onChange',
    state: { columnVisibility, columnSizing: widths },
    onColumnSizingChange: (next) => change({ widths: typeof next === 'function' ? next(widths) : next }),
  })
  const byId = new Map(columns.map((column) => [column.id, column]))
  const headers = table.getHeaderGroups()[0]?.headers ?? []
  const shown = headers.flatMap(({ id }) => byId.get(id) ?? [])
  const sizes = headers.map(({ id, column }) => {
    const size = column.getSize()
    return byId.get(id)?.grows && widths[id] === undefined ? `minmax(${size}px, 1fr)` : `${size}px`
  })
  return {
    shown,
    template: sizes.join(' '),
    width: table.getTotalSize(),
    resizer: (id) => headers.find((header) => header.id === id)?.getResizeHandler() ?? null,
    resizing: table.state.columnResizing.isResizingColumn,
  }
}

function Head<T>({ sort, onSort, layout, marks, rows, idOf }: DataTableProps<T> & { layout: Layout<T> }) {
  const all = marks !== undefined && rows.length > 0 && rows.every((row) => marks.ids.has(idOf(row)))
  return (
    <div className="list-head" role="rowgroup">
      <div className="list-row" role="row">
        {marks && (
          <span className="list-mark" role="columnheader">
            <input
              type="checkbox"
              aria-label="Select every row that is loaded"
              checked={all}
              onChange={() => marks.set(all ? new Set() : new Set(rows.map(idOf)))}
            />
          </span>
        )}
        <div className="list-cells">
          {layout.shown.map((column) => (
            <HeadCell key={column.id} column={column} sort={sort} onSort={onSort} layout={layout} />
          ))}
        </div>
      </div>
    </div>
  )
}

interface HeadCellProps<T> {
  column: Column<T>
  sort: string | undefined
  onSort: ((sort: string) => void) | undefined
  layout: Layout<T>
}

function HeadCell<T>({ column, sort, onSort, layout }: HeadCellProps<T>) {
  const { id, label, number } = column
  const direction = sort === `-${column.sort}` ? 'descending' : sort === column.sort ? 'ascending' : undefined
  const resize = layout.resizer(id)
  return (
    <span
      role="columnheader"
      className={number ? 'list-cell number' : 'list-cell'}
      {...(column.sort ? { 'aria-sort': direction ?? 'none' } : {})}
    >
      {column.sort && onSort ? (
        <button
          type="button"
          className="list-sort"
          onClick={() => onSort(direction === 'descending' ? String(column.sort) : `-${column.sort}`)}
        >
          {label}
          {direction === 'descending' && <ArrowDown size={12} aria-hidden="true" />}
          {direction === 'ascending' && <ArrowUp size={12} aria-hidden="true" />}
        </button>
      ) : (
        label
      )}
      {resize && (
        <span
          className="list-resize"
          aria-hidden="true"
          data-active={layout.resizing === id}
          onMouseDown={resize}
          onTouchStart={resize}
        />
      )}
    </span>
  )
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
  onMark: (() => void) | null
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
          <input type="checkbox" tabIndex={-1} aria-label="Select this row" checked={marked} onChange={onMark} />
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

interface ListKeys<T> {
  rows: readonly T[]
  at: number
  move: (to: number) => void
  onOpen: (row: T) => void
  idOf: (row: T) => string
  marks?: Marks
}

function useListKeys<T>({ rows, at, move, onOpen, idOf, marks }: ListKeys<T>): void {
  const anchor = useRef(0)
  const open = () => {
    const row = rows[at]
    if (row !== undefined) onOpen(row)
  }
  const marking: Shortcut[] = marks
    ? [
        {
          keys: 'x',
          label: 'Select the row',
          run: () => {
            anchor.current = at
            const row = rows[at]
            if (row !== undefined) toggle(marks, idOf(row))
          },
        },
        {
          keys: 'X',
          label: 'Select up to here',
          run: () => {
            const [low, high] = [Math.min(anchor.current, at), Math.max(anchor.current, at)]
            marks.set(new Set([...marks.ids, ...rows.slice(low, high + 1).map(idOf)]))
          },
        },
      ]
    : []
  useShortcuts('List', [
    { keys: 'j|ArrowDown', label: 'Next row', run: () => move(at + 1) },
    { keys: 'k|ArrowUp', label: 'Previous row', run: () => move(at - 1) },
    { keys: 'PageDown', label: 'A page down', run: () => move(at + 20) },
    { keys: 'PageUp', label: 'A page up', run: () => move(at - 20) },
    { keys: 'Enter', label: 'Open', run: (event) => !isControl(event) && open() },
    ...marking,
  ])
}

/** Enter on a link or a button is theirs. */
function isControl(event: KeyboardEvent | globalThis.KeyboardEvent): boolean {
  const target = event.target
  if (!(target instanceof HTMLElement)) return false
  const control = target.closest<HTMLElement>('a, button, summary')
  control?.click()
  return control !== null
}

function toggle({ ids, set }: Marks, id: string): void {
  const next = new Set(ids)
  if (!next.delete(id)) next.add(id)
  set(next)
}
