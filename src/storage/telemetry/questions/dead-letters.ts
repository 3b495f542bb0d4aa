import type { Database } from 'better-sqlite3'
import { rfc3339 } from '../../../clock.ts'
import type { DeadLetterId, ProjectId, TenantId } from '../../../ids.ts'
import type { DeadLetter } from '../record.ts'
import { RawJson, timeOrNull, writeObject } from './answer.ts'

/** Which dead letters: everything composes by AND; times are inclusive, milliseconds. */
export interface LetterFilter {
  tenantId: TenantId
  projectId?: ProjectId
  state?: LetterState
  source?: DeadLetter['source']
  code?: string
  from?: number
  to?: number
}

export type LetterState = 'open' | 'replayed' | 'resolved'

export interface ListLetters extends LetterFilter {
  limit: number
  /** Where the page before ended. */
  after?: readonly [receivedAt: number, key: number]
}

/** A dead letter as the API shows it in a list. */
export interface LetterItem {
  id: DeadLetterId
  project_id: ProjectId | null
  received_at: string
  source: DeadLetter['source']
  code: string
  message: string
  subject_id: string | null
  state: LetterState
  size_bytes: number
  attempts: number
  tried_at: string | null
  settled_at: string | null
}

interface LetterRow {
  key: number
  id: DeadLetterId
  projectId: ProjectId | null
  receivedAt: number
  source: DeadLetter['source']
  code: string
  message: string
  subjectId: string | null
  state: LetterState
  size: number
  attempts: number
  triedAt: number | null
  settledAt: number | null
}

const COLUMNS = `d.key, d.id, p.id AS projectId, d.received_at AS receivedAt, d.source, d.code, d.message, d.subject_id AS subjectId,
  d.state, d.size, d.attempts, d.tried_at AS triedAt, d.settled_at AS settledAt`

/** A tenant's dead letters, newest first; one more than the page is read to know whether there are more. */
export function deadLetterPage(
  db: Database,
  ask: ListLetters,
): { letters: LetterItem[]; hasMore: boolean; last: [receivedAt: number, key: number] | null } {
  const rows = listLetters(db, ask)
  const page = rows.slice(0, ask.limit)
  const last = page.at(-1)
  return {
    letters: page.map(item),
    hasMore: rows.length > page.length,
    last: last ? [last.receivedAt, last.key] : null,
  }
}

/** One dead letter with what was refused, as the JSON of the API; null when the tenant has none with the id. */
export function deadLetter(db: Database, { tenantId, id }: { tenantId: TenantId; id: string }): Uint8Array | null {
  const row = db
    .prepare<[string, string], LetterRow & { payload: string }>(
      `SELECT ${COLUMNS}, y.payload FROM dead_letters d JOIN dead_letter_payloads y ON y.key = d.key
         LEFT JOIN projects p ON p.key = d.project
       WHERE d.id = ? AND d.tenant = (SELECT key FROM tenants WHERE id = ?)`,
    )
    .get(id, tenantId)
  return row ? Buffer.from(writeObject({ ...item(row), payload: new RawJson(row.payload) })) : null
}

/** What is needed to try it again. */
export interface LetterToReplay {
  id: DeadLetterId
  projectId: ProjectId | null
  source: DeadLetter['source']
  code: string
  state: LetterState
  payload: string
}

/** These letters, as far as the tenant has them, in the order of `ids`. */
export function lettersToReplay(
  db: Database,
  { tenantId, ids }: { tenantId: TenantId; ids: readonly string[] },
): LetterToReplay[] {
  const find = db.prepare<[string, string], LetterToReplay>(
    `SELECT d.id, p.id AS projectId, d.source, d.code, d.state, y.payload
     FROM dead_letters d JOIN dead_letter_payloads y ON y.key = d.key LEFT JOIN projects p ON p.key = d.project
     WHERE d.id = ? AND d.tenant = (SELECT key FROM tenants WHERE id = ?)`,
  )
  return ids.flatMap((id) => find.get(id, tenantId) ?? [])
}

/** How many letters there are, how many wait, and what their payloads weigh: of a tenant, of one of its projects, or of all. Costs nothing. */
export function deadLetterTotals(
  db: Database,
  { tenantId, projectId }: { tenantId?: TenantId; projectId?: ProjectId },
): { letters: number; open: number; bytes: number } {
  const totals = db
    .prepare<{ tenant: string | null; project: string | null }, { letters: number; open: number; bytes: number }>(
      `SELECT ifnull(sum(letters), 0) AS letters, ifnull(sum(open), 0) AS open, ifnull(sum(bytes), 0) AS bytes
       FROM dead_letter_totals
       WHERE (@tenant IS NULL OR tenant = (SELECT key FROM tenants WHERE id = @tenant))
         AND (@project IS NULL OR project = (SELECT key FROM projects WHERE id = @project))`,
    )
    .get({ tenant: tenantId ?? null, project: projectId ?? null })
  return totals ?? { letters: 0, open: 0, bytes: 0 }
}

function listLetters(db: Database, ask: ListLetters): LetterRow[] {
  const where = ['d.tenant = (SELECT key FROM tenants WHERE id = ?)']
  const values: unknown[] = [ask.tenantId]
  const put = (condition: string, ...bound: unknown[]) => {
    where.push(condition)
    values.push(...bound)
  }
  // A literal, or SQLite would not see that the index of the open ones fits.
  if (ask.state === 'open') put(`d.state = 'open'`)
  else if (ask.state !== undefined) put('d.state = ?', ask.state)
  if (ask.projectId !== undefined) put('p.id = ?', ask.projectId)
  if (ask.source !== undefined) put('d.source = ?', ask.source)
  if (ask.code !== undefined) put('d.code = ?', ask.code)
  if (ask.from !== undefined) put('d.received_at >= ?', ask.from)
  if (ask.to !== undefined) put('d.received_at <= ?', ask.to)
  if (ask.after) put('(d.received_at, d.key) < (?, ?)', ...ask.after)
  return db
    .prepare<unknown[], LetterRow>(
      `SELECT ${COLUMNS} FROM dead_letters d LEFT JOIN projects p ON p.key = d.project
       WHERE ${where.join(' AND ')} ORDER BY d.received_at DESC, d.key DESC LIMIT ?`,
    )
    .all(...values, ask.limit + 1)
}

const item = (row: LetterRow): LetterItem => ({
  id: row.id,
  project_id: row.projectId,
  received_at: rfc3339(row.receivedAt),
  source: row.source,
  code: row.code,
  message: row.message,
  subject_id: row.subjectId,
  state: row.state,
  size_bytes: row.size,
  attempts: row.attempts,
  tried_at: timeOrNull(row.triedAt),
  settled_at: timeOrNull(row.settledAt),
})
