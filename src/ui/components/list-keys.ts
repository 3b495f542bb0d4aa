import type { KeyboardEvent, RefObject } from 'react'
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
  /** Where a selection of several began. */
  anchor: RefObject<number>
  marks?: Marks
}

/** The keyboard through a list: on and back, open, select. */
export function useListKeys<T>({ rows, at, move, onOpen, idOf, anchor, marks }: ListKeys<T>): void {
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
          run: () => markRange(marks, rows, idOf, anchor.current, at),
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

/** All from one row to another, in addition to what is selected. */
export function markRange<T>(
  { ids, set }: Marks,
  rows: readonly T[],
  idOf: (row: T) => string,
  from: number,
  to: number,
): void {
  const some = rows.slice(Math.min(from, to), Math.max(from, to) + 1)
  set(new Set([...ids, ...some.map(idOf)]))
}
