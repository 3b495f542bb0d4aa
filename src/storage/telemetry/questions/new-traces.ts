import type { Database } from 'better-sqlite3'
import type { ProjectId, TenantId, TraceId } from '../../../ids.ts'

/** What the live feed says of a trace; of a long name the first 200 characters. `key` orders traces by when they were first stored. */
export interface NewTrace {
  key: number
  id: TraceId
  tenantId: TenantId
  projectId: ProjectId
  createdAt: number
  name: string | null
  failed: 0 | 1
  latencyMs: number | null
}

/** Traces that were first stored after the one with the key `after`, in that order. */
export function newTraces(db: Database, { after, limit }: { after: number; limit: number }): NewTrace[] {
  return db
    .prepare<[number, number], NewTrace>(
      `SELECT t.key, t.id, n.id AS tenantId, p.id AS projectId, t.created_at AS createdAt, substr(t.name, 1, 200) AS name,
         t.error IS NOT NULL AS failed, t.latency_ms AS latencyMs
       FROM traces t CROSS JOIN tenants n ON n.key = t.tenant CROSS JOIN projects p ON p.key = t.project
       WHERE t.key > ? ORDER BY t.key LIMIT ?`,
    )
    .all(after, limit)
}

/** The key of the trace that was stored last, be it erased since; 0 before the first. */
export const newestTrace = (db: Database, _: object): number =>
  db.prepare<[], number>('SELECT trace_key FROM log_head').pluck().get() ?? 0
