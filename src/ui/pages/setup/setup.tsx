import { useState } from 'react'
import type { setUp } from '../../../api/auth/contract.ts'
import { type AnswerOf, call } from '../../client/call.ts'
import { renewSession, useSetupNeeded } from '../../client/session.ts'
import { Form } from '../../components/form.tsx'
import { Problem, Skeleton } from '../../components/states.tsx'
import { useTitle } from '../../lib/hooks.ts'
import { Door } from '../sign-in/door.tsx'
import { FreshLink } from '../sign-in/not-set-up.tsx'
import { FirstSteps } from './first-steps.tsx'
import { forgetToken, takeToken } from './token.ts'

type Founded = AnswerOf<typeof setUp>

/** The first page anybody sees: form → key, shown once → first trace. */
export function SetupPage() {
  useTitle('Set up')
  const [token] = useState(takeToken)
  const [founded, setFounded] = useState<Founded | null>(null)
  const setup = useSetupNeeded()
  const done = (answer: Founded) => {
    forgetToken()
    setFounded(answer)
    void renewSession()
  }
  if (founded) return <FirstSteps founded={founded} />
  if (setup.isPending) {
    return (
      <Door narrow>
        <Skeleton lines={6} />
      </Door>
    )
  }
  if (setup.isError) {
    return (
      <Door>
        <Problem error={setup.error} retry={setup.refetch} />
      </Door>
    )
  }
  if (!setup.data.needed) return <AlreadyDone />
  return token === null ? <NoToken /> : <Found token={token} done={done} />
}

function Found({ token, done }: { token: string; done: (answer: Founded) => void }) {
  return (
    <Door narrow>
      <div className="stack">
        <h1>Set up TruLayer</h1>
        <p className="quiet">You become the owner. Everything stays on this machine.</p>
      </div>
      <Form
        fields={[
          {
            name: 'organization',
            label: 'Organisation',
            autoComplete: 'organization',
            maxLength: 100,
            required: true,
            autoFocus: true,
            hint: 'Your company or team. Projects and people belong to it.',
          },
          { name: 'name', label: 'Your name', autoComplete: 'name', maxLength: 200, hint: 'Optional.' },
          {
            name: 'email',
            label: 'E-mail',
            type: 'email',
            autoComplete: 'username',
            maxLength: 254,
            required: true,
            hint: 'You sign in with it. Nothing is sent to it.',
          },
          {
            name: 'password',
            label: 'Password',
            type: 'password',
            autoComplete: 'new-password',
            minLength: 10,
            maxLength: 1_000,
            required: true,
            hint: '10 characters or more.',
          },
        ]}
        submit="Create and get an API key"
        explain={({ code }) => {
          if (code === 'setup_token_invalid') {
            return (
              <div className="stack">
                <strong>This set-up link is not valid any more.</strong>
                <FreshLink />
              </div>
            )
          }
          if (code !== 'already_set_up') return null
          return (
            <>
              Somebody has set this appliance up already. <a href="/">Go and sign in</a>.
            </>
          )
        }}
        send={async ({ organization = '', name = '', email = '', password = '' }) => {
          const who = { organization: organization.trim(), email, password, ...(name.trim() ? { name } : {}) }
          done(await call<typeof setUp>('post', '/v1/auth/setup', { body: { token, ...who } }))
        }}
      />
    </Door>
  )
}

function AlreadyDone() {
  return (
    <Door narrow>
      <h1>TruLayer is set up already</h1>
      <p>There is an owner, so the set-up link has done its work.</p>
      <p>
        <a href="/" className="button primary">
          Sign in
        </a>
      </p>
    </Door>
  )
}

function NoToken() {
  return (
    <Door>
      <h1>Open the set-up link</h1>
      <p>
        This page needs the one-time link that TruLayer printed when it started. It ends in <code>/setup?token=…</code>.
      </p>
      <FreshLink />
    </Door>
  )
}
