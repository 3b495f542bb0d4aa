import type { Database } from 'better-sqlite3'
import { rfc3339 } from '../../../clock.ts'
import type { FeedbackId, ProjectId, TenantId, TraceId } from '../../../ids.ts'
import { RawJson, writeObject } from './answer.ts'
import { prepared } from './prepared.ts'

/** Which feedback, newest first. `from` and `to` are inclusive, of when it was said. */
export interface ListFeedback {
  tenantId: TenantId
  projectId?: ProjectId
  traceId?: TraceId
  id?: FeedbackId
  label?: string
  from?: number
  to?: number
  limit: number
  /** Where the page before ended. */
  after?: readonly [createdAt: number, key: number]
}

interface FeedbackRow {
  key: number
  id: string
  projectId: string
  traceId: string
  attached: 0 | 1
  label: string
  score: number | null
  comment: string | null
  metadata: string
  createdAt: number
}

const COLUMNS = `f.key, f.id, p.id AS projectId, f.trace_id AS traceId, f.trace IS NOT NULL AS attached, f.label, f.score, f.comment,
  f.metadata, f.created_at AS createdAt`

/** A page as JSON texts of the API's shape; one more than the page is read to know whether there are more. */
export function feedbackPage(
  db: Database,
  ask: ListFeedback,
): { items: string[]; hasMore: boolean; last: [createdAt: number, key: number] | null } {
  const { where, values } = conditions(ask)
  const rows = db
    .prepare<unknown[], FeedbackRow>(
      `SELECT ${COLUMNS} FROM feedback f JOIN projects p ON p.key = f.project WHERE ${where.join(' AND ')}
       ORDER BY f.created_at DESC, f.key DESC LIMIT ?`,
    )
    .all(...values, ask.limit + 1)
  const page = rows.slice(0, ask.limit)
  const last = page.at(-1)
  return {
    items: page.map((row) => feedbackJson(ask.tenantId, row)),
    hasMore: rows.length > page.length,
    last: last ? [last.createdAt, last.key] : null,
  }
}

function conditions(ask: ListFeedback): { where: string[]; values: unknown[] } {
  const where = ['f.tenant = (SELECT key FROM tenants WHERE id = ?)']
  const values: unknown[] = [ask.tenantId]
  const put = (condition: string, ...more: unknown[]) => {
    if (more.some((value) => value === undefined)) return
    where.push(condition)
    values.push(...more)
  }
  put('p.id = ?', ask.projectId)
  put('f.id = ?', ask.id)
  put('f.label = ?', ask.label)
  put('f.created_at >= ?', ask.from)
  put('f.created_at <= ?', ask.to)
  if (ask.after) put('(f.created_at, f.key) < (?, ?)', ...ask.after)
  // Feedback is found by its trace's key, or by its id while it waits for the trace.
  if (ask.traceId !== undefined)
    put(
      `f.key IN (SELECT key FROM feedback WHERE trace = (SELECT key FROM traces WHERE tenant = (SELECT key FROM tenants WHERE id = ?) AND id = ?)
        UNION ALL SELECT key FROM feedback WHERE tenant = (SELECT key FROM tenants WHERE id = ?) AND trace_id = ? AND trace IS NULL)`,
      ...[ask.tenantId, ask.traceId, ask.tenantId, ask.traceId],
    )
  return { where, values }
}

/** What was said of one trace, oldest first, as the elements of a JSON list. */
export const feedbackOf = (db: Database, tenantId: TenantId, trace: number): string =>
  prepared<[number], FeedbackRow>(
    db,
    `SELECT ${COLUMNS} FROM feedback f JOIN projects p ON p.key = f.project WHERE f.trace = ? ORDER BY f.created_at, f.key`,
  )
    .all(trace)
    .map((row) => feedbackJson(tenantId, row))
    .join(',')

const feedbackJson = (tenantId: TenantId, row: FeedbackRow): string =>
  writeObject({
    id: row.id,
    tenant_id: tenantId,
    project_id: row.projectId,
    trace_id: row.traceId,
    attached: row.attached === 1,
    label: row.label,
    score: row.score,
    comment: row.comment,
    metadata: new RawJson(row.metadata),
    created_at: rfc3339(row.createdAt),
  })
