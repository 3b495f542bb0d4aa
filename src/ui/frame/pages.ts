import { ListTree, type LucideIcon } from 'lucide-react'

export interface PageLink {
  to: '/traces'
  label: string
  icon: LucideIcon
  /** Its letter after `g`. */
  key: string
  /** Links of one group stand together. */
  group: number
}

/** What the rail, the palette and the keyboard lead to. Only what exists is here. */
export const PAGES: readonly PageLink[] = [{ to: '/traces', label: 'Traces', icon: ListTree, key: 't', group: 1 }]
