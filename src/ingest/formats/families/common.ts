import type { Family } from './family.ts'

/** Names that belong to no family in particular (https://opentelemetry.io/docs/specs/semconv/registry/attributes/). */
export const common: Family = {
  name: 'common',
  claims: () => true,
  fields: {
    sessionId: (source) => source.takeText('session.id', 'session_id'),
    userId: (source) => source.takeText('user.id', 'enduser.id', 'user_id'),
    environment: (source) => source.takeText('deployment.environment.name', 'deployment.environment'),
  },
}
