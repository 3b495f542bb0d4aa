import { type KeyboardEvent, useRef } from 'react'
import { type Shortcut, useShortcuts } from '../lib/shortcuts.ts'

/** The rows that were selected, by their ids. */
export interface Marks {
  ids: ReadonlySet<string>
  set: (ids: ReadonlySet<string>) => void
}

interface ListKeys<T> {
  rows: readonly T[]
  at: number
  move: (to: number) => void
  onOpen: (row: T) => void
  idOf: (row: T) => string
  marks?: Marks
}

/** The keyboard through a list: on and back, open, select. */
export function useListKeys<T>({ rows, at, move, onOpen, idOf, marks }: ListKeys<T>): void {
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

export function toggle({ ids, set }: Marks, id: string): void {
  const next = new Set(ids)
  if (!next.delete(id)) next.add(id)
  set(next)
}
