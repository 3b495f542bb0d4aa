import { type ChangeEvent, useId, useState } from 'react'
import type { importModelPrices } from '../../../api/model-prices/contract.ts'
import { type AnswerOf, ApiError, callRaw } from '../../client/call.ts'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { Problem } from '../../components/states.tsx'
import { toast } from '../../components/toast.ts'
import { exactCount } from '../../lib/format.ts'
import { renewPrices } from './data.ts'

const EXAMPLE = `model,match,provider,input,output,cache_read,effective_from
my-finetune,exact,openai,0.60,2.40,0.30,2026-01-01T00:00:00Z
acme/.*-large,regex,,3,15,,`

const PATH: typeof importModelPrices.path = '/v1/model-prices/import'
/** JSON begins with a brace or a bracket; a head of CSV does not. */
const typeOf = (text: string): string => (/^\s*[[{]/.test(text) ? 'application/json' : 'text/csv')

async function send(text: string, dryRun: boolean): Promise<AnswerOf<typeof importModelPrices>> {
  const answer = await callRaw(`${PATH}?dry_run=${dryRun}`, { type: typeOf(text), body: text })
  return (await answer.json()) as AnswerOf<typeof importModelPrices>
}

interface RowError {
  row: number
  message: string
}

const rowErrors = (problem: unknown): readonly RowError[] =>
  problem instanceof ApiError && Array.isArray(problem.fields.errors) ? (problem.fields.errors as RowError[]) : []

/** Many prices at once: all of them, or none and what is wrong with each row. */
export function ImportPrices({ close }: { close: () => void }) {
  const id = useId()
  const [text, setText] = useState('')
  const [right, setRight] = useState<number | null>(null)
  const [problem, setProblem] = useState<unknown>(null)
  const [busy, setBusy] = useState(false)
  const change = (next: string) => {
    setText(next)
    setRight(null)
    setProblem(null)
  }
  const take = async ({ target }: ChangeEvent<HTMLInputElement>) => {
    const file = target.files?.[0]
    if (file) change(await file.text())
  }
  const run = async (dryRun: boolean) => {
    setBusy(true)
    setProblem(null)
    try {
      const { rows } = await send(text, dryRun)
      setRight(rows)
      if (dryRun) return
      await renewPrices()
      toast(`${exactCount(rows)} ${rows === 1 ? 'price is' : 'prices are'} set.`)
      close()
    } catch (error) {
      setProblem(error)
    } finally {
      setBusy(false)
    }
  }
  const errors = rowErrors(problem)
  return (
    <Dialog
      open
      onOpenChange={close}
      title="Import prices"
      description="CSV with a head, or JSON as the list answers it. If any row is wrong, none is kept."
      className="wide-dialog"
    >
      <div className="form">
        <div className="field">
          <label htmlFor={`${id}-file`}>A file</label>
          <input
            id={`${id}-file`}
            type="file"
            accept=".csv,.json,text/csv,application/json"
            onChange={(event) => void take(event)}
          />
        </div>
        <div className="field">
          <label htmlFor={`${id}-text`}>Or its text</label>
          <textarea
            id={`${id}-text`}
            className="mono-field"
            rows={8}
            spellCheck={false}
            wrap="off"
            placeholder={EXAMPLE}
            value={text}
            onChange={(event) => change(event.target.value)}
          />
        </div>
        {right !== null && (
          <p className="note" role="status">
            {exactCount(right)} rows, and all of them are right.
          </p>
        )}
        {errors.length > 0 ? (
          <div className="note bad" role="alert">
            <p>{(problem as ApiError).message}</p>
            <ul className="row-errors">
              {errors.map(({ row, message }) => (
                <li key={row}>
                  <strong className="number">Row {row}</strong> {message}
                </li>
              ))}
            </ul>
          </div>
        ) : (
          problem !== null && <Problem error={problem} />
        )}
        <div className="dialog-end">
          <Button onClick={() => change(EXAMPLE)}>An example</Button>
          <Button busy={busy} disabled={text.trim() === ''} onClick={() => void run(true)}>
            Only check
          </Button>
          <Button look="primary" busy={busy} disabled={text.trim() === ''} onClick={() => void run(false)}>
            Import
          </Button>
        </div>
      </div>
    </Dialog>
  )
}
