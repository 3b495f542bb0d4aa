import { ChevronRight } from 'lucide-react'
import { useState } from 'react'
import { Skeleton } from '../../components/states.tsx'
import { type Table, useTables } from './data.ts'

/** What there is to ask. A click writes the name where the cursor is. */
export function Schema({ insert }: { insert: (name: string) => void }) {
  const { data } = useTables()
  return (
    <nav className="sql-schema" aria-label="Tables">
      {!data && <Skeleton lines={8} />}
      {data?.tables.map((table, i) => (
        <Columns key={table.name} table={table} first={i === 0} insert={insert} />
      ))}
    </nav>
  )
}

interface ColumnsProps {
  table: Table
  first: boolean
  insert: (name: string) => void
}

function Columns({ table: { name, about, columns }, first, insert }: ColumnsProps) {
  const [open, setOpen] = useState(first)
  return (
    <section aria-label={name}>
      <div className="sql-table">
        <button type="button" aria-expanded={open} title={about} onClick={() => setOpen(!open)}>
          <ChevronRight size={12} aria-hidden="true" />
          {name}
        </button>
        <button type="button" className="sql-insert" aria-label={`Write ${name}`} onClick={() => insert(name)}>
          write
        </button>
      </div>
      {open && (
        <ul>
          {columns.map((column) => (
            <li key={column.name}>
              <button type="button" title={column.about} onClick={() => insert(column.name)}>
                <span className="cut">{column.name}</span>
                <span className="quiet">{column.type.toLowerCase()}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}
