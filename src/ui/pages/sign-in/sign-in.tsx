import { signIn } from '../../client/session.ts'
import { Form } from '../../components/form.tsx'
import { useTitle } from '../../lib/hooks.ts'
import { Door } from './door.tsx'

/** Stands in for whatever page was asked for; once in, that page shows. */
export function SignIn() {
  useTitle('Sign in')
  return (
    <Door narrow>
      <h1>Sign in</h1>
      <Form
        fields={[
          { name: 'email', label: 'E-mail', type: 'email', autoComplete: 'username', required: true, autoFocus: true },
          { name: 'password', label: 'Password', type: 'password', autoComplete: 'current-password', required: true },
        ]}
        submit="Sign in"
        send={({ email = '', password = '' }) => signIn(email, password)}
      />
    </Door>
  )
}
