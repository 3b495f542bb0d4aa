import {
  type AsyncRouteComponent,
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from '@tanstack/react-router'
import { NotFound, PageProblem } from './frame/page-states.tsx'
import { Shell } from './frame/shell.tsx'
import { keptOf, parseSearch, type Search, stringifySearch } from './lib/url.ts'

/** Every page, one line each; each is a chunk of its own, asked for when the pointer comes near its link. */
const root = createRootRoute({
  component: Shell,
  notFoundComponent: NotFound,
  errorComponent: ({ error, reset }) => <PageProblem error={error} retry={reset} />,
  validateSearch: (search): Search => search as Search,
})

const at = <const Path extends string>(path: Path, component: AsyncRouteComponent<unknown>) =>
  createRoute({ getParentRoute: () => root, path, component })

const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad: ({ search }) => {
    throw redirect({ to: '/traces', search: keptOf(search), replace: true })
  },
})

const settings = createRoute({
  getParentRoute: () => root,
  path: '/settings',
  beforeLoad: ({ search }) => {
    throw redirect({ to: '/settings/projects', search: keptOf(search), replace: true })
  },
})

const routes = root.addChildren([
  home,
  at(
    '/setup',
    lazyRouteComponent(() => import('./pages/setup/setup.tsx'), 'SetupPage'),
  ),
  at(
    '/traces',
    lazyRouteComponent(() => import('./pages/traces/traces.tsx'), 'TracesPage'),
  ),
  at(
    '/traces/$id',
    lazyRouteComponent(() => import('./pages/trace/trace.tsx'), 'TracePage'),
  ),
  at(
    '/sessions',
    lazyRouteComponent(() => import('./pages/sessions/sessions.tsx'), 'SessionsPage'),
  ),
  at(
    '/sessions/$id',
    lazyRouteComponent(() => import('./pages/sessions/session.tsx'), 'SessionPage'),
  ),
  at(
    '/charts',
    lazyRouteComponent(() => import('./pages/metrics/metrics.tsx'), 'MetricsPage'),
  ),
  at(
    '/feedback',
    lazyRouteComponent(() => import('./pages/feedback/feedback.tsx'), 'FeedbackPage'),
  ),
  settings,
  at(
    '/settings/projects',
    lazyRouteComponent(() => import('./pages/settings/projects.tsx'), 'ProjectsPage'),
  ),
  at(
    '/settings/keys',
    lazyRouteComponent(() => import('./pages/settings/keys.tsx'), 'KeysPage'),
  ),
  at(
    '/settings/dead-letters',
    lazyRouteComponent(() => import('./pages/settings/dead-letters.tsx'), 'DeadLettersPage'),
  ),
  at(
    '/settings/tasks',
    lazyRouteComponent(() => import('./pages/settings/tasks.tsx'), 'TasksPage'),
  ),
  at(
    '/settings/appearance',
    lazyRouteComponent(() => import('./pages/settings/appearance.tsx'), 'AppearancePage'),
  ),
  at(
    '/settings/ingestion',
    lazyRouteComponent(() => import('./pages/settings/ingestion.tsx'), 'IngestionPage'),
  ),
  at(
    '/settings/usage',
    lazyRouteComponent(() => import('./pages/settings/usage.tsx'), 'UsagePage'),
  ),
  at(
    '/settings/sql',
    lazyRouteComponent(() => import('./pages/sql/sql.tsx'), 'SqlPage'),
  ),
  at(
    '/settings/demo',
    lazyRouteComponent(() => import('./pages/settings/demo.tsx'), 'DemoPage'),
  ),
  at(
    '/failures',
    lazyRouteComponent(() => import('./pages/failures/failures.tsx'), 'FailuresPage'),
  ),
  at(
    '/anomalies',
    lazyRouteComponent(() => import('./pages/anomalies/anomalies.tsx'), 'AnomaliesPage'),
  ),
  at(
    '/settings/prices',
    lazyRouteComponent(() => import('./pages/prices/prices.tsx'), 'PricesPage'),
  ),
])

export const router = createRouter({
  routeTree: routes,
  parseSearch,
  stringifySearch,
  defaultPreload: 'intent',
  defaultPreloadStaleTime: 0,
  scrollRestoration: false,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
