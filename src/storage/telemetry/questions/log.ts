import type { Database } from 'better-sqlite3'
import type { ProjectId, TenantId, TraceId } from '../../../ids.ts'

/**
 * One change of a trace, as followers see it. `traceKey` is its number in the file, never given twice: a trace that is sent again
 * after it was erased is another one, with the same id.
 */
export type Change = Stored | Erased

/** A trace came or grew; `createdSeq` is the place at which it first stood. */
export interface Stored extends Place {
  kind: 'stored'
  createdSeq: number
  createdAt: number
}

/** A trace was erased: whoever holds anything of it removes that. It may be one that the follower never saw. */
export interface Erased extends Place {
  kind: 'erased'
}

interface Place {
  seq: number
  traceKey: number
  traceId: TraceId
  tenantId: TenantId
  projectId: ProjectId
}

/**
 * The log after a place, in order, at most `limit` changes. A trace that changed again stands only at its last place; one that was
 * erased only at that of its erasure. Both kinds are read from one snapshot, or a commit between them would be skipped.
 */
export const changesAfter = (db: Database, { after, limit }: { after: number; limit: number }): Change[] =>
  db.transaction(() => {
    const stored = db.prepare<[number, number], Stored>(STORED).all(after, limit)
    const erased = db.prepare<[number, number], Erased>(ERASED).all(after, limit)
    return erased.length === 0 ? stored : [...stored, ...erased].sort((a, b) => a.seq - b.seq).slice(0, limit)
  })()

const STORED = `
  SELECT 'stored' AS kind, t.seq, t.created_seq AS createdSeq, t.key AS traceKey, t.id AS traceId, n.id AS tenantId,
    p.id AS projectId, t.created_at AS createdAt
  FROM traces t INDEXED BY traces_seq CROSS JOIN tenants n ON n.key = t.tenant CROSS JOIN projects p ON p.key = t.project
  WHERE t.seq > ? ORDER BY t.seq LIMIT ?`

const ERASED = `
  SELECT 'erased' AS kind, b.seq, b.trace_key AS traceKey, b.id AS traceId, n.id AS tenantId, p.id AS projectId
  FROM tombstones b CROSS JOIN tenants n ON n.key = b.tenant CROSS JOIN projects p ON p.key = b.project
  WHERE b.seq > ? ORDER BY b.seq LIMIT ?`
