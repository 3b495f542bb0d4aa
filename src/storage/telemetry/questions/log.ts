import type { Database } from 'better-sqlite3'
import type { ProjectId, TenantId, TraceId } from '../../../ids.ts'

/** One change of a trace, as followers see it; `createdSeq` is the place at which it first stood. */
export interface Change {
  seq: number
  createdSeq: number
  traceId: TraceId
  tenantId: TenantId
  projectId: ProjectId
  createdAt: number
}

/** The log after a place, in order, at most `limit` changes. A trace that changed again stands only at its last place. */
export function changesAfter(db: Database, { after, limit }: { after: number; limit: number }): Change[] {
  return db
    .prepare<[number, number], Change>(
      `SELECT t.seq, t.created_seq AS createdSeq, t.id AS traceId, n.id AS tenantId, p.id AS projectId,
         t.created_at AS createdAt
       FROM traces t INDEXED BY traces_seq CROSS JOIN tenants n ON n.key = t.tenant CROSS JOIN projects p ON p.key = t.project
       WHERE t.seq > ? ORDER BY t.seq LIMIT ?`,
    )
    .all(after, limit)
}
