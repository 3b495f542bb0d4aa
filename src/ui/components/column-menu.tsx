import { Columns3 } from 'lucide-react'
import { useColumnChoice } from './column-choice.ts'
import type { Column } from './list-columns.ts'
import { Menu, MenuCheck, MenuItem, MenuLabel, MenuLine } from './menu.tsx'

/** Which columns a list shows. */
export function ColumnMenu<T>({ name, columns }: { name: string; columns: readonly Column<T>[] }) {
  const { shown, show, reset } = useColumnChoice(name, columns)
  const isLast = shown.length === 1
  return (
    <Menu
      align="end"
      trigger={
        <button type="button" className="icon-button not-narrow" aria-label="Columns" title="Columns">
          <Columns3 size={16} aria-hidden="true" />
        </button>
      }
    >
      <MenuLabel>Columns</MenuLabel>
      {columns.map(({ id, label }) => (
        <MenuCheck
          key={id}
          checked={shown.includes(id)}
          disabled={isLast && shown.includes(id)}
          onChange={(to) => show(to ? [...shown, id] : shown.filter((one) => one !== id))}
        >
          {label}
        </MenuCheck>
      ))}
      <MenuLine />
      <MenuItem onSelect={reset}>As at first</MenuItem>
    </Menu>
  )
}
