import { Link } from '@tanstack/react-router'
import { useVirtualizer } from '@tanstack/react-virtual'
import { ArrowDown, ArrowUp } from 'lucide-react'
import { type CSSProperties, useMemo, useRef, useState } from 'react'
import { keptOf, useUrl } from '../../lib/url.ts'
import type { SqlColumn, SqlResult } from './data.ts'
import { arranged, isNumber, shown, whole, widthOf } from './rows.ts'

const ROW = 28
/** What may be cut. */
const LONG = 24

export interface Order {
  column: number
  down: boolean
}

/** What came, drawn only where one looks. A head sorts what is here. */
export function Results({ result }: { result: SqlResult }) {
  const { columns, rows } = result
  const [order, setOrder] = useState<Order | null>(null)
  const scroller = useRef<HTMLDivElement>(null)
  const sorted = useMemo(() => arranged(rows, order), [rows, order])
  const widths = useMemo(() => columns.map((column, i) => widthOf(column, rows, i)), [columns, rows])
  const virtualizer = useVirtualizer({
    count: sorted.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 20,
  })
  const turn = (column: number) =>
    setOrder((now) => (now?.column !== column ? { column, down: true } : now.down ? { column, down: false } : null))
  return (
    <div
      ref={scroller}
      className="sql-results"
      role="table"
      aria-label="Rows"
      aria-rowcount={rows.length + 1}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so who uses the keyboard must reach it
      tabIndex={0}
      style={
        {
          '--columns': widths.map((width) => `${width}px`).join(' '),
          '--list-width': `${widths.reduce((sum, width) => sum + width, 0)}px`,
        } as CSSProperties
      }
    >
      <div className="list-head" role="rowgroup">
        <div className="sql-row" role="row" aria-rowindex={1}>
          {columns.map((column, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a statement may call two columns the same
            <Head key={i} column={column} order={order?.column === i ? order : null} turn={() => turn(i)} />
          ))}
        </div>
      </div>
      <div className="list-rows" role="rowgroup" style={{ height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map(({ index, start, key }) => (
          <div
            key={key}
            className="sql-row"
            role="row"
            aria-rowindex={index + 2}
            style={{ transform: `translateY(${start}px)` }}
          >
            {columns.map((column, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: as above
              <Cell key={i} column={column} value={sorted[index]?.[i]} />
            ))}
          </div>
        ))}
      </div>
    </div>
  )
}

function Head({ column: { name, type }, order, turn }: { column: SqlColumn; order: Order | null; turn: () => void }) {
  return (
    <div
      role="columnheader"
      className={isNumber(type) ? 'list-cell number' : 'list-cell'}
      aria-sort={order === null ? 'none' : order.down ? 'descending' : 'ascending'}
    >
      <button type="button" className="list-sort" title={`${name}: ${type}`} onClick={turn}>
        <span className="cut">{name}</span>
        <span className="sql-type">{type.toLowerCase()}</span>
        {order?.down === true && <ArrowDown size={12} aria-hidden="true" />}
        {order?.down === false && <ArrowUp size={12} aria-hidden="true" />}
      </button>
    </div>
  )
}

function Cell({ column, value }: { column: SqlColumn; value: unknown }) {
  const [search] = useUrl()
  const all = whole(value)
  const text = shown(column, value)
  return (
    <div
      role="cell"
      className={isNumber(column.type) ? 'list-cell number' : 'list-cell'}
      title={all !== text || all.length > LONG ? all : undefined}
    >
      {value === null ? (
        <span className="sql-null">null</span>
      ) : column.name === 'trace_id' ? (
        <Link className="mono-link" to="/traces/$id" params={{ id: all }} search={keptOf(search)}>
          {text}
        </Link>
      ) : (
        text
      )}
    </div>
  )
}
