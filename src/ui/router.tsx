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

/** Every page, one line each; asked for, with those that lie close to it, when the pointer comes near its link. */
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
    lazyRouteComponent(() => import('./pages/doors.ts'), 'SetupPage'),
  ),
  at(
    '/traces',
    lazyRouteComponent(() => import('./pages/traces/traces.tsx'), 'TracesPage'),
  ),
  at(
    '/traces/$id',
    lazyRouteComponent(() => import('./pages/reading.ts'), 'TracePage'),
  ),
  at(
    '/sessions',
    lazyRouteComponent(() => import('./pages/lists.ts'), 'SessionsPage'),
  ),
  at(
    '/sessions/$id',
    lazyRouteComponent(() => import('./pages/reading.ts'), 'SessionPage'),
  ),
  at(
    '/charts',
    lazyRouteComponent(() => import('./pages/charts.ts'), 'MetricsPage'),
  ),
  at(
    '/feedback',
    lazyRouteComponent(() => import('./pages/lists.ts'), 'FeedbackPage'),
  ),
  settings,
  at(
    '/settings/projects',
    lazyRouteComponent(() => import('./pages/settings.ts'), 'ProjectsPage'),
  ),
  at(
    '/settings/keys',
    lazyRouteComponent(() => import('./pages/settings.ts'), 'KeysPage'),
  ),
  at(
    '/settings/dead-letters',
    lazyRouteComponent(() => import('./pages/settings.ts'), 'DeadLettersPage'),
  ),
  at(
    '/settings/tasks',
    lazyRouteComponent(() => import('./pages/settings.ts'), 'TasksPage'),
  ),
  at(
    '/settings/appearance',
    lazyRouteComponent(() => import('./pages/settings.ts'), 'AppearancePage'),
  ),
  at(
    '/settings/ingestion',
    lazyRouteComponent(() => import('./pages/settings.ts'), 'IngestionPage'),
  ),
  at(
    '/settings/usage',
    lazyRouteComponent(() => import('./pages/settings.ts'), 'UsagePage'),
  ),
  at(
    '/settings/sql',
    lazyRouteComponent(() => import('./pages/settings.ts'), 'SqlPage'),
  ),
  at(
    '/settings/demo',
    lazyRouteComponent(() => import('./pages/settings.ts'), 'DemoPage'),
  ),
  at(
    '/failures',
    lazyRouteComponent(() => import('./pages/lists.ts'), 'FailuresPage'),
  ),
  at(
    '/anomalies',
    lazyRouteComponent(() => import('./pages/lists.ts'), 'AnomaliesPage'),
  ),
  at(
    '/settings/prices',
    lazyRouteComponent(() => import('./pages/settings.ts'), 'PricesPage'),
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
