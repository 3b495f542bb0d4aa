import type { Database } from 'better-sqlite3'
import type { ProjectId, TenantId } from '../../../ids.ts'
import { type HealthCount, MINUTE_MS } from '../health.ts'

export interface AskHealth {
  tenantId: TenantId
  projectId?: ProjectId
  /** Milliseconds; the minute that it lies in counts whole. */
  from: number
  /** Also what nobody known did. */
  withUnknown: boolean
}

export interface IngestHealthSums {
  sums: (Pick<HealthCount, 'kind' | 'name' | 'count' | 'example'> & { lastAt: number })[]
  /** Also from before `from`. */
  lastStoredAt: number | null
}

/** What was counted since `from`, the kinds apart. An example is of the last time. */
export function ingestHealth(db: Database, ask: AskHealth): IngestHealthSums {
  const values = {
    tenant: ask.tenantId,
    project: ask.projectId ?? null,
    from: Math.floor(ask.from / MINUTE_MS),
    unknown: ask.withUnknown ? 1 : 0,
  }
  const sums = db
    .prepare<object, IngestHealthSums['sums'][number]>(
      `SELECT kind, name, sum(count) AS count, max(last_at) AS lastAt, example FROM ingest_health
       WHERE ${SCOPE} AND minute >= max(@from, 1) GROUP BY kind, name`,
    )
    .all(values)
  const lastStoredAt = db
    .prepare<object, number | null>(
      `SELECT max(last_at) FROM ingest_health WHERE ${SCOPE} AND minute = 0 AND kind = 'stored'`,
    )
    .pluck()
    .get(values)
  return { sums, lastStoredAt: lastStoredAt ?? null }
}

const SCOPE = `tenant IN ((SELECT key FROM tenants WHERE id = @tenant), iif(@unknown, 0, -1))
  AND (@project IS NULL OR project IN ((SELECT key FROM projects WHERE id = @project)))`
