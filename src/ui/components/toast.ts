import { ApiError } from '../client/call.ts'
import { store } from '../lib/store.ts'

export interface Toast {
  id: number
  text: string
  action?: { label: string; run: () => void }
  /** Under which the log knows what went wrong. */
  requestId?: string | null
}

export const SHOWN_MS = 6_000
/** What went wrong takes longer to be read. */
export const PROBLEM_SHOWN_MS = 15_000
export const toasts = store<readonly Toast[]>([])
let last = 0

/** Says something once, below; with an action it can be undone from there. */
export function toast(text: string, action?: Toast['action']): void {
  put({ text, ...(action ? { action } : {}) })
}

/** Says that something was not done, under which id the log has it, and lets it be tried again. */
export function toastProblem(error: unknown, retry?: () => void): void {
  put({
    text: error instanceof Error ? error.message : String(error),
    requestId: error instanceof ApiError ? error.requestId : null,
    ...(retry ? { action: { label: 'Try again', run: retry } } : {}),
  })
}

function put(one: Omit<Toast, 'id'>): void {
  last += 1
  toasts.set((now) => [...now.slice(-2), { ...one, id: last }])
}
