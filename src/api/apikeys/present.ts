import type { z } from 'zod'
import { rfc3339 } from '../../clock.ts'
import { keyScopes, type ListedApiKey } from '../../storage/control/api-keys.ts'
import type { ApiKeyRow } from '../../storage/control/schema.ts'
import type { apiKey, createdKey } from './contract.ts'

/** A key together with its secret: at creation and rotation only. */
export const presentNewKey = (row: ApiKeyRow, secret: string): z.output<typeof createdKey> => ({
  ...presentKey(row),
  key: secret,
  secret,
})

/** A key as it is listed. */
export const presentApiKey = (row: ListedApiKey): z.output<typeof apiKey> => ({
  ...presentKey(row),
  last_used_at: time(row.last_used_at),
  revoked_at: time(row.revoked_at),
  created_by_user_id: row.created_by_user_id,
  created_by_email: row.created_by_email,
  created_by_first_name: row.created_by_first_name,
  created_by_last_name: row.created_by_last_name,
})

/** What every view of a key shows. */
export function presentKey(row: ApiKeyRow) {
  const scopes = keyScopes(row)
  return {
    id: row.id,
    prefix: row.prefix,
    name: row.name,
    created_at: rfc3339(row.created_at),
    project_id: row.project_id,
    expires_at: time(row.expires_at),
    scopes: scopes.length === 0 ? null : [...scopes],
  }
}

const time = (ms: number | null): string | null => (ms === null ? null : rfc3339(ms))
