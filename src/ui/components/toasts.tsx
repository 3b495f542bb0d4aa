import { X } from 'lucide-react'
import { useEffect } from 'react'
import { useStore } from '../lib/store.ts'
import { Button } from './button.tsx'
import { Id } from './copy.tsx'
import { PROBLEM_SHOWN_MS, SHOWN_MS, type Toast, toasts } from './toast.ts'

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
