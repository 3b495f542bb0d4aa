import { X } from 'lucide-react'
import { useEffect } from 'react'
import { ApiError } from '../client/call.ts'
import { store, useStore } from '../lib/store.ts'
import { Button } from './button.tsx'
import { Id } from './copy.tsx'

interface Toast {
  id: number
  text: string
  action?: { label: string; run: () => void }
  /** Under which the log knows what went wrong. */
  requestId?: string | null
}

const SHOWN_MS = 6_000
/** What went wrong takes longer to be read. */
const PROBLEM_SHOWN_MS = 15_000
const toasts = store<readonly Toast[]>([])
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

const drop = (id: number): void => toasts.set((now) => now.filter((one) => one.id !== id))

export function Toasts() {
  return (
    <div className="toasts" role="status" aria-live="polite">
      {useStore(toasts).map((one) => (
        <Shown key={one.id} {...one} />
      ))}
    </div>
  )
}

function Shown({ id, text, action, requestId }: Toast) {
  const ms = requestId === undefined ? SHOWN_MS : PROBLEM_SHOWN_MS
  useEffect(() => {
    const timer = setTimeout(() => drop(id), ms)
    return () => clearTimeout(timer)
  }, [id, ms])
  return (
    <div className="toast">
      <span>
        {text}
        {requestId && (
          <span className="quiet toast-request">
            {' '}
            Request <Id id={requestId} what="request id" />
          </span>
        )}
      </span>
      {action && (
        <Button
          look="quiet"
          onClick={() => {
            action.run()
            drop(id)
          }}
        >
          {action.label}
        </Button>
      )}
      <button type="button" className="icon-button small" aria-label="Dismiss" onClick={() => drop(id)}>
        <X size={14} aria-hidden="true" />
      </button>
    </div>
  )
}
