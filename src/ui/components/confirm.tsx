import { type FormEvent, type ReactNode, useState } from 'react'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'
import { Problem } from './states.tsx'

interface ConfirmProps {
  title: string
  /** What exactly will happen, and to how many. */
  children: ReactNode
  /** Has to be typed, where it cannot be undone. */
  type?: string
  action: string
  run: () => Promise<unknown>
  close: () => void
}

/** Asks before what is hard or impossible to undo. */
export function Confirm({ title, children, type, action, run, close }: ConfirmProps) {
  const [typed, setTyped] = useState('')
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<unknown>(null)
  const ready = type === undefined || typed.trim() === type
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!ready || busy) return
    setBusy(true)
    run().then(close, (error: unknown) => {
      setProblem(error)
      setBusy(false)
    })
  }
  return (
    <Dialog open onOpenChange={(open) => !open && close()} title={title}>
      <form className="form" onSubmit={submit}>
        <div className="stack dialog-words">{children}</div>
        {type !== undefined && (
          <div className="field">
            <label htmlFor="confirm">
              Type <strong>{type}</strong> to go on
            </label>
            <input id="confirm" autoComplete="off" value={typed} onChange={(event) => setTyped(event.target.value)} />
          </div>
        )}
        {problem !== null && <Problem error={problem} />}
        <div className="dialog-end">
          <Button onClick={close}>Cancel</Button>
          <Button type="submit" look="danger" disabled={!ready} busy={busy}>
            {action}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
