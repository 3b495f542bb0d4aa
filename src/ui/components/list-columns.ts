import {
  columnResizingFeature,
  columnSizingFeature,
  columnVisibilityFeature,
  createColumnHelper,
  tableFeatures,
  useTable,
} from '@tanstack/react-table'
import { type ReactNode, useMemo } from 'react'
import { columnChoices } from '../lib/settings.ts'
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

const features = tableFeatures({ columnVisibilityFeature, columnSizingFeature, columnResizingFeature })
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

export interface Layout<T> {
  shown: Column<T>[]
  template: string
  width: number
  resizer: (id: string) => ((event: unknown) => void) | null
  resizing: string | false
}

/** TanStack Table keeps the columns: which are shown, how wide, and the drag that changes it. */
export function useLayout<T>(name: string, columns: readonly Column<T>[]): Layout<T> {
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
