import './early.ts'
import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { Tooltip } from 'radix-ui'
import { createRoot } from 'react-dom/client'
import { queryClient } from './client/query.ts'
import { beginSession } from './client/session.ts'
import { Toasts } from './components/toasts.tsx'
import { listenToKeys } from './lib/shortcuts.ts'
import { router } from './router.tsx'

beginSession()
listenToKeys()

const root = document.getElementById('root')
if (!root) throw new Error('The page has no #root')
createRoot(root).render(
  <QueryClientProvider client={queryClient}>
    <Tooltip.Provider delayDuration={400} skipDelayDuration={200}>
      <RouterProvider router={router} />
      <Toasts />
    </Tooltip.Provider>
  </QueryClientProvider>,
)
