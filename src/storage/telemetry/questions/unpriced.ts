import type { Database } from 'better-sqlite3'
import type { TenantId } from '../../../ids.ts'

/** Calls with tokens that no price was known for. Empty names are what senders with too many names are counted under. */
export interface UnpricedModel {
  model: string
  provider: string
  tier: string
  spans: number
  /** `YYYY-MM-DD`. */
  lastDay: string
}

/** The models of a tenant that had no price on the days from `fromDay` (`YYYY-MM-DD`, inclusive) on, the most used first. */
export function unpricedModels(
  db: Database,
  { tenantId, fromDay, limit }: { tenantId: TenantId; fromDay: string; limit: number },
): UnpricedModel[] {
  return db
    .prepare<[string, string, number], UnpricedModel>(
      `SELECT model, provider, tier, sum(spans) AS spans, max(day) AS lastDay FROM unpriced_daily
       WHERE tenant = (SELECT key FROM tenants WHERE id = ?) AND day >= ?
       GROUP BY model, provider, tier ORDER BY spans DESC, model, provider, tier LIMIT ?`,
    )
    .all(tenantId, fromDay, limit)
}
