import { ArrowDown, ArrowUp } from 'lucide-react'
import type { Column, Layout } from './list-columns.ts'
import type { Marks } from './list-keys.ts'

interface HeadProps<T> {
  rows: readonly T[]
  idOf: (row: T) => string
  marks?: Marks
  sort?: string
  onSort?: (sort: string) => void
  layout: Layout<T>
}

/** Names of the columns; sorts, resizes, selects all. */
export function Head<T>({ sort, onSort, layout, marks, rows, idOf }: HeadProps<T>) {
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
