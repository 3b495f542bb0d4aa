import type { logIn } from '../../api/auth/contract.ts'
import { call } from '../lib/api.ts'
import { h } from '../lib/dom.ts'
import { type Field, form } from '../lib/form.ts'

const FIELDS: readonly Field[] = [
  { name: 'email', label: 'E-mail', input: { type: 'email', autocomplete: 'username', required: true } },
  {
    name: 'password',
    label: 'Password',
    input: { type: 'password', autocomplete: 'current-password', required: true },
  },
]

export function signIn(note: string | null, done: () => void): HTMLElement {
  const send = async ({ email = '', password = '' }: Record<string, string>) => {
    await call<typeof logIn>('post', '/v1/auth/login', { email, password })
    done()
  }
  return h(
    'section',
    { class: 'column narrow' },
    h('h1', {}, 'Sign in'),
    note !== null && h('p', { class: 'note', role: 'status' }, note),
    form({ fields: FIELDS, submit: 'Sign in', send }),
  )
}
