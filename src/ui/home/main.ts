import type { getSetup, logOut, whoAmI } from '../../api/auth/contract.ts'
import { type AnswerOf, ApiError, call } from '../lib/api.ts'
import { byId, fill, h, show } from '../lib/dom.ts'
import { freshLink } from '../lib/fresh-link.ts'
import { signIn } from './sign-in.ts'
import { status } from './status.ts'

type Person = Extract<AnswerOf<typeof whoAmI>, { kind: 'person' }>

/** Stops what the view on screen keeps running. */
let leave: () => void = () => undefined

/** The home page: not set up yet, sign in, or how it goes; whichever is due. */
async function start(): Promise<void> {
  const { needed } = await call<typeof getSetup>('get', '/v1/auth/setup')
  if (needed) return showNotSetUp()
  const person = await whoIsHere()
  if (person) showStatus(person)
  else showSignIn()
}

async function whoIsHere(): Promise<Person | null> {
  try {
    const me = await call<typeof whoAmI>('get', '/v1/auth/me')
    return me.kind === 'person' ? me : null
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return null
    throw error
  }
}

function showStatus({ organization, user, role }: Person): void {
  const end = () => call<typeof logOut>('post', '/v1/auth/logout').then(() => showSignIn(), failed)
  fill(
    byId('person'),
    h('span', { class: 'who', title: `${user.email}, ${role}` }, user.email),
    h('button', { type: 'button', class: 'button plain', on: { click: end } }, 'Sign out'),
  )
  const view = status(organization.name, () => showSignIn('Your session has ended; sign in again.'))
  leave = view.stop
  show(view.element)
}

function showSignIn(note: string | null = null): void {
  leave()
  fill(byId('person'))
  show(signIn(note, () => start().catch(failed)))
}

function showNotSetUp(): void {
  show(
    h(
      'section',
      { class: 'column' },
      h('h1', {}, 'TruLayer runs, and waits to be set up'),
      h(
        'p',
        {},
        'Open the link that it printed in the terminal when it started. It ends in ',
        h('code', {}, '/setup?token=…'),
        '.',
      ),
      freshLink(),
    ),
  )
}

function failed(error: unknown): void {
  const message = error instanceof ApiError ? error.message : String(error)
  show(h('section', { class: 'column' }, h('p', { class: 'note bad', role: 'alert' }, message)))
}

start().catch(failed)
