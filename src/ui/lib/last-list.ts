import type { Search } from './search.ts'
import { store } from './store.ts'

/** How the list of traces was looked at last, without what was open in it: the way back from a trace. */
export const lastList = store<Search | null>(null)
