import type { Database } from 'better-sqlite3'
import type { TenantId } from '../../../ids.ts'

/** Traces and spans that a tenant sent on the days from `fromDay` (`YYYY-MM-DD`, inclusive) on. */
export function usageSince(
  db: Database,
  { tenantId, fromDay }: { tenantId: TenantId; fromDay: string },
): { traces: number; spans: number } {
  const sum = db
    .prepare<[string, string], { traces: number; spans: number }>(
      `SELECT ifnull(sum(traces), 0) AS traces, ifnull(sum(spans), 0) AS spans FROM usage_daily
       WHERE tenant = (SELECT key FROM tenants WHERE id = ?) AND day >= ?`,
    )
    .get(tenantId, fromDay)
  return sum ?? { traces: 0, spans: 0 }
}

export interface UsageDay {
  /** `YYYY-MM-DD`, in UTC. */
  day: string
  traces: number
  spans: number
  evals: number
}

/** What a tenant sent and had evaluated on each day that has something, in order; both days inclusive. */
export const usageDaily = (
  db: Database,
  { tenantId, fromDay, toDay }: { tenantId: TenantId; fromDay: string; toDay: string },
): UsageDay[] =>
  db
    .prepare<[string, string, string], UsageDay>(
      `SELECT day, traces, spans, evals FROM usage_daily
       WHERE tenant = (SELECT key FROM tenants WHERE id = ?) AND day BETWEEN ? AND ? ORDER BY day`,
    )
    .all(tenantId, fromDay, toDay)
