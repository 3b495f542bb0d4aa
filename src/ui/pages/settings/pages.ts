import type { Person } from '../../client/session.ts'

type Role = Person['role']
type SettingsPath =
  `/settings/${'projects' | 'keys' | 'ingestion' | 'dead-letters' | 'tasks' | 'prices' | 'sql' | 'usage' | 'demo' | 'appearance'}`

/** The pages of the settings, in the order they are read, and who may see them where not everybody may. */
export const SETTINGS: readonly { to: SettingsPath; label: string; roles?: readonly Role[] }[] = [
  { to: '/settings/projects', label: 'Projects' },
  { to: '/settings/keys', label: 'API keys' },
  { to: '/settings/ingestion', label: 'Ingestion' },
  { to: '/settings/dead-letters', label: 'Dead letters', roles: ['owner', 'viewer'] },
  { to: '/settings/tasks', label: 'Tasks', roles: ['owner'] },
  { to: '/settings/prices', label: 'Model prices' },
  { to: '/settings/sql', label: 'SQL', roles: ['owner'] },
  { to: '/settings/usage', label: 'Usage' },
  { to: '/settings/demo', label: 'Demo data' },
  { to: '/settings/appearance', label: 'Appearance' },
]
