import {
  columnResizingFeature,
  columnSizingFeature,
  columnVisibilityFeature,
  createColumnHelper,
  tableFeatures,
  useTable,
} from '@tanstack/react-table'
import { type ReactNode, useMemo } from 'react'
import { useColumnAddress, useColumnChoice } from './column-choice.ts'

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

export interface Layout<T> {
  shown: readonly Column<T>[]
  template: string
  width: number
  resizer: (id: string) => ((event: unknown) => void) | null
  resizing: string | false
}

/** TanStack Table keeps the columns: which are shown, how wide, and the drag that changes it. */
export function useLayout<T>(name: string, columns: readonly Column<T>[]): Layout<T> {
  const { shown: chosen, widths, resize } = useColumnChoice(name, columns)
  useColumnAddress(name, columns)
  const definitions = useMemo(() => {
    const helper = createColumnHelper<typeof features, Record<string, unknown>>()
    return helper.columns(
      columns.map(({ id, width }) => helper.display({ id, header: id, size: width, minSize: 48, maxSize: 900 })),
    )
  }, [columns])
  const columnVisibility = Object.fromEntries(columns.map(({ id }) => [id, chosen.includes(id)]))
  const table = useTable({
    features,
    columns: definitions,
    data: NO_ROWS,
    columnResizeMode: 'onChange',
    state: { columnVisibility, columnSizing: widths },
    onColumnSizingChange: (next) => resize(typeof next === 'function' ? next(widths) : next),
  })
  const byId = new Map(columns.map((column) => [column.id, column]))
  const headers = table.getHeaderGroups()[0]?.headers ?? []
  const ids = chosen.join()
  const shown = useMemo(() => columns.filter(({ id }) => ids.split(',').includes(id)), [columns, ids])
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
