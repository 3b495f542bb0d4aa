import type { setUp } from '../../api/auth/contract.ts'
import { type AnswerOf, type ApiError, call } from '../lib/api.ts'
import { type Child, h } from '../lib/dom.ts'
import { type Field, form } from '../lib/form.ts'
import { freshLink } from '../lib/fresh-link.ts'

const FIELDS: readonly Field[] = [
  {
    name: 'organization',
    label: 'Organisation',
    input: { autocomplete: 'organization', maxlength: 100, required: true },
    hint: 'Your company or team. Projects and people belong to it.',
  },
  { name: 'name', label: 'Your name', input: { autocomplete: 'name', maxlength: 200 }, hint: 'Optional.' },
  {
    name: 'email',
    label: 'E-mail',
    input: { type: 'email', autocomplete: 'username', maxlength: 254, required: true },
    hint: 'You sign in with it. Nothing is sent to it.',
  },
  {
    name: 'password',
    label: 'Password',
    input: { type: 'password', autocomplete: 'new-password', minlength: 10, maxlength: 1_000, required: true },
    hint: '10 characters or more.',
  },
]

/** Makes the owner; `done` gets the answer with the key, which nobody can ask for again. */
export function setupForm(token: string, done: (answer: AnswerOf<typeof setUp>) => void): HTMLElement {
  const send = async ({ organization = '', name = '', email = '', password = '' }: Record<string, string>) => {
    const body = { token, organization: organization.trim(), email, password, ...(name.trim() ? { name } : {}) }
    done(await call<typeof setUp>('post', '/v1/auth/setup', body))
  }
  return h(
    'section',
    { class: 'column narrow' },
    h(
      'div',
      { class: 'stack' },
      h('h1', {}, 'Set up TruLayer'),
      h('p', { class: 'quiet' }, 'You become the owner. Everything stays on this machine.'),
    ),
    form({ fields: FIELDS, submit: 'Create and get an API key', send, explain }),
  )
}

function explain({ code, message }: ApiError): Child[] | null {
  switch (code) {
    case 'setup_token_invalid':
      return [h('div', { class: 'stack' }, h('strong', {}, 'This set-up link is not valid any more.'), freshLink())]
    case 'already_set_up':
      return [
        'Somebody has set this appliance up already. ',
        h('a', { href: '/' }, 'Go to the home page'),
        ' and sign in.',
      ]
    case 'unreachable':
      return [message]
    default:
      return null
  }
}
