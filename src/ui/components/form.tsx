import { type ComponentProps, type FormEvent, type ReactNode, useId, useRef, useState } from 'react'
import { ApiError } from '../client/call.ts'
import { Button } from './button.tsx'
import { Problem } from './states.tsx'

type Input = HTMLInputElement | HTMLSelectElement

interface FieldProps extends Omit<ComponentProps<'input'>, 'defaultValue'> {
  name: string
  label: string
  hint?: ReactNode
  wrong?: string | undefined
  defaultValue?: string | number
  /** One of these, instead of what is typed. */
  choices?: readonly { value: string; label: string }[]
  /** Stands beside the next one, where there is room. */
  half?: boolean
}

/** A field with its label, its hint, and room for what is wrong with it. */
export function Field({ label, hint, wrong, choices, half = false, ...input }: FieldProps) {
  const id = useId()
  const said = {
    id,
    'aria-invalid': wrong !== undefined,
    'aria-describedby': `${hint ? `${id}-hint ` : ''}${id}-wrong`,
  }
  return (
    <div className={half ? 'field half' : 'field'}>
      <label htmlFor={id}>{label}</label>
      {choices ? (
        <select name={input.name} defaultValue={input.defaultValue} {...said}>
          {choices.map((choice) => (
            <option key={choice.value} value={choice.value}>
              {choice.label}
            </option>
          ))}
        </select>
      ) : (
        <input type="text" {...said} {...input} />
      )}
      {hint && (
        <span className="hint" id={`${id}-hint`}>
          {hint}
        </span>
      )}
      <span className="wrong" id={`${id}-wrong`} hidden={wrong === undefined}>
        {wrong}
      </span>
    </div>
  )
}

interface FormProps {
  fields: readonly FieldProps[]
  submit: string
  send: (values: Record<string, string>) => Promise<void>
  /** What to show for a refusal, where its own message is not enough. */
  explain?: (error: ApiError) => ReactNode
  children?: ReactNode
}

/** A form that says at each field what is wrong with it, and above its button what the server refused. */
export function Form({ fields, submit, send, explain, children }: FormProps) {
  const form = useRef<HTMLFormElement>(null)
  const [wrong, setWrong] = useState<Record<string, string>>({})
  const [problem, setProblem] = useState<unknown>(null)
  const [busy, setBusy] = useState(false)

  const onSubmit = async (event: FormEvent) => {
    event.preventDefault()
    const inputs = fields.map(({ name, label }) => ({ label, input: inputOf(form.current, name) }))
    const found = Object.fromEntries(
      inputs.flatMap(({ label, input }) => {
        const why = wrongWith(input, label)
        return why === null ? [] : [[input.name, why]]
      }),
    )
    setWrong(found)
    inputs.find(({ input }) => found[input.name] !== undefined)?.input.focus()
    if (busy || Object.keys(found).length > 0) return
    setBusy(true)
    setProblem(null)
    try {
      await send(Object.fromEntries(inputs.map(({ input }) => [input.name, input.value])))
    } catch (error) {
      setProblem(error)
    } finally {
      setBusy(false)
    }
  }

  return (
    <form ref={form} className="form" noValidate onSubmit={(event) => void onSubmit(event)}>
      {fields.map((field) => (
        <Field key={field.name} {...field} wrong={wrong[field.name]} />
      ))}
      {children}
      {problem !== null && (explained(problem, explain) ?? <Problem error={problem} />)}
      <Button type="submit" look="primary" busy={busy}>
        {submit}
      </Button>
    </form>
  )
}

function explained(problem: unknown, explain: FormProps['explain']): ReactNode {
  const words = problem instanceof ApiError ? explain?.(problem) : null
  return words ? (
    <div className="note bad" role="alert">
      {words}
    </div>
  ) : null
}

/** The browser judges; we say it in our own words. */
function wrongWith(input: Input, label: string): string | null {
  if (input instanceof HTMLSelectElement) return null
  const { validity, minLength, value } = input
  if (validity.valueMissing) return `${label} is needed.`
  if (validity.typeMismatch) return 'This does not look like an e-mail address; one looks like ada@example.com.'
  // The browser judges length only of what was typed, not of what a password manager filled in.
  if (minLength > 0 && value.length < minLength)
    return `Use at least ${minLength} characters; this has ${value.length}.`
  return null
}

function inputOf(form: HTMLFormElement | null, name: string): Input {
  const input = form?.elements.namedItem(name)
  if (!(input instanceof HTMLInputElement || input instanceof HTMLSelectElement))
    throw new Error(`The form has no field ${name}`)
  return input
}
