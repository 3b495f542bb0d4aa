import { ApiError } from './api.ts'
import { type Child, fill, h, type Props } from './dom.ts'

export interface Field {
  name: string
  label: string
  input: Props
  hint?: string
}

/** A field with its label, its hint, and room for what is wrong with it. */
export function field({ name, label, input, hint }: Field): HTMLElement {
  const about = hint === undefined ? null : h('span', { class: 'hint', id: `${name}-hint` }, hint)
  return h(
    'div',
    { class: 'field' },
    h('label', { for: name }, label),
    h('input', {
      id: name,
      name,
      type: 'text',
      'aria-describedby': `${hint === undefined ? '' : `${name}-hint `}${name}-wrong`,
      ...input,
    }),
    about,
    h('span', { class: 'wrong', id: `${name}-wrong`, hidden: true }),
  )
}

export interface FormOptions {
  fields: readonly Field[]
  submit: string
  /** What goes wrong in here is shown above the button. */
  send: (values: Record<string, string>) => Promise<void>
  /** What to show for an error, where its own message is not enough. */
  explain?: (error: ApiError) => Child[] | null
}

/** A form that says at each field what is wrong with it, and above its button what the server refused. */
export function form({ fields, submit, send, explain }: FormOptions): HTMLFormElement {
  const problem = h('div', { role: 'alert' })
  const button = h('button', { type: 'submit', class: 'button primary' }, submit)
  let sending = false

  const onSubmit = async (event: SubmitEvent) => {
    event.preventDefault()
    if (sending || !valid(element, fields)) return
    setSending(true)
    fill(problem)
    try {
      await send(Object.fromEntries(fields.map(({ name }) => [name, input(element, name).value])))
    } catch (error) {
      fill(problem, h('div', { class: 'note bad' }, ...problemText(error, explain)))
    } finally {
      setSending(false)
    }
  }
  const setSending = (to: boolean) => {
    sending = to
    button.setAttribute('aria-disabled', String(to))
  }

  const element = h(
    'form',
    { class: 'form', novalidate: true, on: { submit: onSubmit } },
    ...fields.map(field),
    problem,
    button,
  )
  return element
}

function problemText(error: unknown, explain: FormOptions['explain']): Child[] {
  if (!(error instanceof ApiError)) {
    console.error(error)
    return ['This page failed; reload it and try again. The browser’s console says more.']
  }
  return explain?.(error) ?? [error.message, error.requestId === null ? '' : ` (request ${error.requestId})`]
}

/** The browser judges; we show it in our own words and put the cursor where the first mistake is. */
function valid(element: HTMLFormElement, fields: readonly Field[]): boolean {
  let first: HTMLInputElement | null = null
  for (const { name, label } of fields) {
    const at = input(element, name)
    const wrong = wrongWith(at, label)
    at.setAttribute('aria-invalid', String(wrong !== null))
    const place = element.querySelector<HTMLElement>(`#${name}-wrong`)
    if (place) {
      place.hidden = wrong === null
      place.textContent = wrong
    }
    if (wrong !== null) first ??= at
  }
  first?.focus()
  return first === null
}

function wrongWith({ validity, minLength, value }: HTMLInputElement, label: string): string | null {
  if (validity.valueMissing) return `${label} is needed.`
  if (validity.typeMismatch) return 'This does not look like an e-mail address; one looks like ada@example.com.'
  // The browser judges length only of what was typed, not of what a password manager filled in.
  if (minLength > 0 && value.length < minLength)
    return `Use at least ${minLength} characters; this has ${value.length}.`
  return null
}

function input(element: HTMLFormElement, name: string): HTMLInputElement {
  const at = element.elements.namedItem(name)
  if (!(at instanceof HTMLInputElement)) throw new Error(`The form has no field ${name}`)
  return at
}
