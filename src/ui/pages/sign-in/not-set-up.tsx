import { useTitle } from '../../lib/hooks.ts'
import { Door } from './door.tsx'

export function NotSetUp() {
  useTitle('Set up')
  return (
    <Door>
      <h1>TruLayer runs, and waits to be set up</h1>
      <p>
        Open the link that it printed in the terminal when it started. It ends in <code>/setup?token=…</code>.
      </p>
      <FreshLink />
    </Door>
  )
}

/** How to get a set-up link: every start prints one, as long as there is no owner. */
export const FreshLink = () => (
  <div className="stack">
    <p>
      Every start prints a fresh link, until the set-up is done. Stop TruLayer, start it again, and open the link that
      the terminal shows:
    </p>
    <pre className="command">npm start</pre>
    <p>In a container:</p>
    <pre className="command">{'docker restart <container> && docker logs --tail 20 <container>'}</pre>
  </div>
)
