import type { Database } from 'better-sqlite3'
import { rfc3339 } from '../../../clock.ts'
import type { ProjectId, TenantId } from '../../../ids.ts'
import { sessionTerm, termValue } from '../terms.ts'

/** Which sessions: one of several projects stands once for each of them. `from` and `to` (inclusive) must overlap with the session. */
export interface ListSessions {
  tenantId: TenantId
  projectId?: ProjectId
  userId?: string
  /** With or without a trace that failed. */
  failed?: boolean
  from?: number
  to?: number
  limit: number
  /** Where the page before ended. */
  after?: readonly [lastAt: number, term: number, project: number]
}

/** A session as the API shows it. */
export interface SessionItem {
  id: string
  /** Null for what several projects have of it together. */
  project_id: string | null
  user_id: string | null
  trace_count: number
  error_count: number
  span_count: number
  total_token_count: number
  cost: number | null
  started_at: string
  last_activity_at: string
  input_preview: string | null
  output_preview: string | null
}

interface SessionRow {
  term: number
  project: number
  id: string
  projectId: string
  firstAt: number
  lastAt: number
  traces: number
  errors: number
  spans: number
  tokens: number
  priced: number
  cost: number
}

const COLUMNS = `x.term, x.project, x.id, p.id AS projectId, x.first_at AS firstAt, x.last_at AS lastAt, x.traces, x.errors, x.spans,
  x.tokens, x.priced, x.cost`

/** Sessions by their last activity, the latest first; one more than the page is read to know whether there are more. */
export function sessionPage(
  db: Database,
  ask: ListSessions,
): { sessions: SessionItem[]; hasMore: boolean; last: [lastAt: number, term: number, project: number] | null } {
  const rows = listSessions(db, ask)
  const page = rows.slice(0, ask.limit)
  const last = page.at(-1)
  return {
    sessions: page.map((row) => item(db, [row])),
    hasMore: rows.length > page.length,
    last: last ? [last.lastAt, last.term, last.project] : null,
  }
}

/** What the traces of one session add up to, in one project or in all. Null when there is none. */
export function session(
  db: Database,
  { tenantId, id, projectId }: { tenantId: TenantId; id: string; projectId?: ProjectId },
): SessionItem | null {
  const [name, value] = sessionTerm(id)
  const rows = db
    .prepare<unknown[], SessionRow>(
      `SELECT ${COLUMNS} FROM terms k CROSS JOIN sessions x ON x.term = k.key CROSS JOIN projects p ON p.key = x.project
       WHERE k.tenant = (SELECT key FROM tenants WHERE id = ?) AND k.name = ? AND k.value = ? AND ifnull(p.id = ?, 1)`,
    )
    .all(tenantId, name, value, projectId ?? null)
  return rows.length === 0 ? null : item(db, rows)
}

function listSessions(db: Database, ask: ListSessions): SessionRow[] {
  const tenant = db.prepare<[string], number>('SELECT key FROM tenants WHERE id = ?').pluck().get(ask.tenantId)
  if (tenant === undefined) return []
  const where = ['x.tenant = ?']
  const values: unknown[] = [tenant]
  const put = (condition: string, ...bound: unknown[]) => {
    where.push(condition)
    values.push(...bound)
  }
  if (ask.projectId !== undefined) put('p.id = ?', ask.projectId)
  if (ask.failed !== undefined) put(ask.failed ? 'x.errors > 0' : 'x.errors = 0')
  if (ask.from !== undefined) put('x.last_at >= ?', ask.from)
  if (ask.to !== undefined) put('x.first_at <= ?', ask.to)
  if (ask.after) put('(x.last_at, x.term, x.project) < (?, ?, ?)', ...ask.after)
  if (ask.userId !== undefined) put(...ofUser(db, tenant, ask.userId))
  return db
    .prepare<unknown[], SessionRow>(
      `SELECT ${COLUMNS} FROM sessions x INDEXED BY sessions_last CROSS JOIN projects p ON p.key = x.project
       WHERE ${where.join(' AND ')} ORDER BY x.last_at DESC, x.term DESC, x.project DESC LIMIT ?`,
    )
    .all(...values, ask.limit + 1)
}

/** So many traces of a user are looked through for their sessions. One who has more is met often enough in the sessions as they come. */
const FEW_TRACES = 5_000

/** That a user has a trace in the session, and what is bound in it: found by the user's traces where they are few, else by the session's. */
function ofUser(db: Database, tenant: number, userId: string): [condition: string, ...bound: unknown[]] {
  const user = db
    .prepare<[number, string], number>(`SELECT key FROM terms WHERE tenant = ? AND name = 'user_id' AND value = ?`)
    .pluck()
    .get(tenant, termValue(userId))
  if (user === undefined) return ['false']
  const many = db.prepare<[number, number], unknown>('SELECT 1 FROM postings WHERE term = ? LIMIT 1 OFFSET ?')
  if (many.get(user, FEW_TRACES) === undefined)
    return ['(x.term, x.project) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?))', placesOf(db, tenant, user)]
  return [
    `EXISTS (SELECT 1 FROM postings o
       CROSS JOIN postings u ON u.term = ? AND u.started_at = o.started_at AND u.trace = o.trace
       CROSS JOIN traces t ON t.key = o.trace
       WHERE o.term = x.term AND t.project = x.project)`,
    user,
  ]
}

/** The sessions, as JSON, that a user has a trace in. */
function placesOf(db: Database, tenant: number, user: number): string {
  const traces = db
    .prepare<[number], { sessionId: string; project: number }>(
      `SELECT DISTINCT t.session_id AS sessionId, t.project FROM postings o CROSS JOIN traces t ON t.key = o.trace
       WHERE o.term = ? AND t.session_id IS NOT NULL`,
    )
    .all(user)
  const term = db
    .prepare<[number, string, string], number>('SELECT key FROM terms WHERE tenant = ? AND name = ? AND value = ?')
    .pluck()
  return JSON.stringify(traces.map(({ sessionId, project }) => [term.get(tenant, ...sessionTerm(sessionId)), project]))
}

interface Border {
  userId: string | null
  preview: string | null
}

function item(db: Database, rows: readonly SessionRow[]): SessionItem {
  const sum = (of: (row: SessionRow) => number) => rows.reduce((total, row) => total + of(row), 0)
  const [first] = rows.toSorted((a, b) => a.firstAt - b.firstAt)
  const [last] = rows.toSorted((a, b) => b.lastAt - a.lastAt)
  if (!first || !last) throw new Error('a session has at least one row')
  const begins = border(db, first, 'ASC', 'input_preview')
  const ends = border(db, last, 'DESC', 'output_preview')
  return {
    id: first.id,
    project_id: rows.length === 1 ? first.projectId : null,
    user_id: ends?.userId ?? begins?.userId ?? null,
    trace_count: sum((row) => row.traces),
    error_count: sum((row) => row.errors),
    span_count: sum((row) => row.spans),
    total_token_count: sum((row) => row.tokens),
    cost: sum((row) => row.priced) === 0 ? null : sum((row) => row.cost),
    started_at: rfc3339(first.firstAt),
    last_activity_at: rfc3339(last.lastAt),
    input_preview: begins?.preview ?? null,
    output_preview: ends?.preview ?? null,
  }
}

/** The first or the last trace of a session: how the conversation began, and where it stands. */
function border(
  db: Database,
  { term, project }: SessionRow,
  order: 'ASC' | 'DESC',
  preview: 'input_preview' | 'output_preview',
): Border | undefined {
  return db
    .prepare<[number, number], Border>(
      `SELECT t.user_id AS userId, t.${preview} AS preview FROM postings o CROSS JOIN traces t ON t.key = o.trace
       WHERE o.term = ? AND t.project = ? ORDER BY o.started_at ${order}, o.trace ${order} LIMIT 1`,
    )
    .get(term, project)
}
