import { Ellipsis } from 'lucide-react'
import { type ReactNode, useLayoutEffect, useRef } from 'react'
import { Menu } from './menu.tsx'

interface PlainTableProps {
  heads: readonly string[]
  /** Those heads that stand over numbers. */
  numbers?: readonly string[]
  /** The last column has what can be done with a row. */
  actions?: boolean
  children: ReactNode
}

/** A table of some tens of rows. On a small screen each row is a card, whose values are named by what stands over them here. */
export function PlainTable({ heads, numbers = [], actions = true, children }: PlainTableProps) {
  const body = useRef<HTMLTableSectionElement>(null)
  useLayoutEffect(() => {
    for (const row of body.current?.rows ?? []) {
      for (const [i, head] of heads.entries()) row.cells[i]?.setAttribute('data-label', head)
    }
  })
  return (
    <div className="table-scroll panel">
      <table className="plain-table settings-table">
        <thead>
          <tr>
            {heads.map((head) => (
              <th key={head} scope="col" data-number={numbers.includes(head)}>
                {head}
              </th>
            ))}
            {actions && (
              <th scope="col">
                <span className="only-heard">Actions</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody ref={body}>{children}</tbody>
      </table>
    </div>
  )
}

/** What can be done with a row. */
export const RowActions = ({ of, children }: { of: string; children: ReactNode }) => (
  <Menu
    align="end"
    trigger={
      <button type="button" className="icon-button small" aria-label={`Actions for ${of}`}>
        <Ellipsis size={16} aria-hidden="true" />
      </button>
    }
  >
    {children}
  </Menu>
)
