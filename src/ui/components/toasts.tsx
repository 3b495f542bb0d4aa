import { X } from 'lucide-react'
import { useEffect } from 'react'
import { store, useStore } from '../lib/store.ts'
import { Button } from './button.tsx'

interface Toast {
  id: number
  text: string
  action?: { label: string; run: () => void }
}

const SHOWN_MS = 6_000
const toasts = store<readonly Toast[]>([])
let last = 0

/** Says something once, below; with an action it can be undone from there. */
export function toast(text: string, action?: Toast['action']): void {
  last += 1
  toasts.set((now) => [...now.slice(-2), { id: last, text, ...(action ? { action } : {}) }])
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

function Shown({ id, text, action }: Toast) {
  useEffect(() => {
    const timer = setTimeout(() => drop(id), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [id])
  return (
    <div className="toast">
      <span>{text}</span>
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
