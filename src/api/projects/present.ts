import type { z } from 'zod'
import { rfc3339 } from '../../clock.ts'
import type { ProjectRow } from '../../storage/control/schema.ts'
import type { project } from './contract.ts'

/** A project as the API shows it. */
export const presentProject = (row: ProjectRow): z.output<typeof project> => ({
  id: row.id,
  organization_id: row.tenant_id,
  name: row.name,
  slug: row.slug,
  description: row.description,
  is_default: row.is_default === 1,
  archived_at: row.archived_at === null ? null : rfc3339(row.archived_at),
  retention_days_override: row.retention_days_override,
  prompt_autoship_enabled: row.prompt_autoship_enabled === 1,
  redaction: row.redaction === null ? null : JSON.parse(row.redaction),
  created_at: rfc3339(row.created_at),
  updated_at: rfc3339(row.updated_at),
})
