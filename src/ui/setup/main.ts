import type { getSetup, setUp } from '../../api/auth/contract.ts'
import { type AnswerOf, ApiError, call } from '../lib/api.ts'
import { h, show } from '../lib/dom.ts'
import { freshLink } from '../lib/fresh-link.ts'
import { firstSteps } from './first-steps.ts'
import { setupForm } from './form.ts'
import { forgetToken, takeToken } from './token.ts'

/** The first page anybody sees: form → key, shown once → first trace. */
async function start(): Promise<void> {
  const token = takeToken()
  const { needed } = await call<typeof getSetup>('get', '/v1/auth/setup')
  if (!needed) showDone()
  else if (token === null) showNoToken()
  else show(setupForm(token, showFirstSteps))
}

function showFirstSteps(answer: AnswerOf<typeof setUp>): void {
  forgetToken()
  show(firstSteps(answer))
}

function showDone(): void {
  forgetToken()
  show(
    h(
      'section',
      { class: 'column narrow' },
      h('h1', {}, 'TruLayer is set up already'),
      h('p', {}, 'There is an owner, so the set-up link has done its work.'),
      h('p', {}, h('a', { href: '/', class: 'button primary' }, 'Sign in')),
    ),
  )
}

function showNoToken(): void {
  show(
    h(
      'section',
      { class: 'column' },
      h('h1', {}, 'Open the set-up link'),
      h(
        'p',
        {},
        'This page needs the one-time link that TruLayer printed when it started. It ends in ',
        h('code', {}, '/setup?token=…'),
        '.',
      ),
      freshLink(),
    ),
  )
}

start().catch((error: unknown) => {
  const message = error instanceof ApiError ? error.message : String(error)
  show(h('section', { class: 'column' }, h('p', { class: 'note bad', role: 'alert' }, message)))
})
