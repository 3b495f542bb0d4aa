import { keptStore } from './store.ts'

export type Density = 'comfortable' | 'compact'

/** How this browser's person likes it; the theme is apart, because `theme.ts` reads it before anything is drawn. */
export const density = keptStore<Density>('density', 'comfortable')
export const railFolded = keptStore('rail-folded', false)
/** What was chosen last of the columns of each list: which are shown, and how wide. */
export const columnChoices = keptStore<Record<string, { shown?: string[]; widths?: Record<string, number> }>>(
  'columns',
  {},
)
/** Share of the width that the side panel takes, in per cent. */
export const panelWidth = keptStore('panel-width', 52)
