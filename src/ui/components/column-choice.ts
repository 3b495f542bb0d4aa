import { useEffect, useRef } from 'react'
import { columnChoices } from '../lib/settings.ts'
import { useStore } from '../lib/store.ts'
import { useUrl } from '../lib/url.ts'

/** As much of the columns of a list as is chosen from. */
type Columns = readonly { id: string; optional?: boolean }[]

const usual = (columns: Columns): string[] => columns.flatMap(({ id, optional }) => (optional ? [] : [id]))

/** As the address has it: the ids in the order of the list; undefined where they are the usual ones. */
const inAddress = (columns: Columns, shown: readonly string[]): string | undefined => {
  const text = idsOf(columns, shown).join()
  return text === usual(columns).join() ? undefined : text
}

const idsOf = (columns: Columns, shown: readonly string[]): string[] =>
  columns.map(({ id }) => id).filter((id) => shown.includes(id))

/** Which columns of a list are shown, which the address says; and how wide they are, which this browser keeps. */
export function useColumnChoice(name: string, columns: Columns) {
  const [search, set] = useUrl()
  const kept = useStore(columnChoices)[name]
  const named = idsOf(columns, search.columns?.split(',') ?? [])
  const shown = named.length > 0 ? named : (kept?.shown ?? usual(columns))
  return {
    shown,
    widths: kept?.widths ?? NO_WIDTHS,
    show: (next: readonly string[]) => {
      keep(name, { shown: idsOf(columns, next) })
      set({ columns: inAddress(columns, next) })
    },
    resize: (widths: Record<string, number>) => keep(name, { widths }),
    reset: () => {
      columnChoices.set(({ [name]: _, ...others }) => others)
      set({ columns: undefined })
    },
  }
}

const NO_WIDTHS: Record<string, number> = {}

const keep = (name: string, part: { shown?: string[]; widths?: Record<string, number> }): void =>
  columnChoices.set((all) => ({ ...all, [name]: { ...all[name], ...part } }))

/**
 * Puts what this browser's person chose last into the address, where it says nothing, so that a link to the list shows a colleague the same;
 * from then on follows the address, so that going back undoes a choice.
 */
export function useColumnAddress(name: string, columns: Columns): void {
  const [search, set] = useUrl()
  const began = useRef(false)
  const { columns: said } = search
  // biome-ignore lint/correctness/useExhaustiveDependencies: only when the address says something else
  useEffect(() => {
    const last = columnChoices.get()[name]?.shown
    const first = !began.current
    began.current = true
    if (first && said === undefined && last) set({ columns: inAddress(columns, last) }, { replace: true })
    else if (!first && last)
      keep(name, { shown: said === undefined ? usual(columns) : idsOf(columns, said.split(',')) })
  }, [said])
}
