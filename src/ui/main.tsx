import './early.ts'
import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { Tooltip } from 'radix-ui'
import { createRoot } from 'react-dom/client'
import { cameSignedIn } from './client/early.ts'
import { queryClient } from './client/query.ts'
import { beginSession } from './client/session.ts'
import { Toasts } from './components/toasts.tsx'
import { keptOf, parseSearch } from './lib/search.ts'
import { listenToKeys } from './lib/shortcuts.ts'
import { router } from './router.tsx'

/** So long what is drawn first waits for its answers, which were asked for before this script was read. */
const MOST_MS = 80

const session = beginSession()
listenToKeys()
const root = document.getElementById('root')
if (!root) throw new Error('The page has no #root')
// Drawn once with all that it shows is sooner than a sketch, and a frame, and then the rows.
await Promise.race([
  Promise.all([session, router.load(), cameSignedIn() && beginList()]),
  new Promise((resolve) => setTimeout(resolve, MOST_MS)),
])
/** The list of traces, where that is what opens. */
async function beginList(): Promise<void> {
  const { pathname, search } = location
  if (pathname !== '/' && pathname !== '/traces') return
  const { prefetchTraces } = await import('./pages/traces/traces.tsx')
  const all = parseSearch(search)
  await prefetchTraces(pathname === '/' ? keptOf(all) : all)
}

createRoot(root).render(
  <QueryClientProvider client={queryClient}>
    <Tooltip.Provider delayDuration={400} skipDelayDuration={200}>
      <RouterProvider router={router} />
      <Toasts />
    </Tooltip.Provider>
  </QueryClientProvider>,
)
