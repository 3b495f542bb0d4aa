import { Columns3 } from 'lucide-react'
import { columnChoices } from '../lib/settings.ts'
import { type Column, useColumnChoice } from './list-columns.ts'
import { Menu, MenuCheck, MenuItem, MenuLabel, MenuLine } from './menu.tsx'

/** Which columns a list shows. */
export function ColumnMenu<T>({ name, columns }: { name: string; columns: readonly Column<T>[] }) {
  const { hidden, change } = useColumnChoice(name, columns)
  const show = (id: string, shown: boolean) =>
    change({ hidden: shown ? hidden.filter((one) => one !== id) : [...hidden, id] })
  const reset = () => columnChoices.set(({ [name]: _, ...others }) => others)
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
        <MenuCheck key={id} checked={!hidden.includes(id)} onChange={(shown) => show(id, shown)}>
          {label}
        </MenuCheck>
      ))}
      <MenuLine />
      <MenuItem onSelect={reset}>As at first</MenuItem>
    </Menu>
  )
}
