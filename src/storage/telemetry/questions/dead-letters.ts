import type { Database } from 'better-sqlite3'
import type { DeadLetterId, TenantId } from '../../../ids.ts'

export interface StoredDeadLetter {
  id: DeadLetterId
  receivedAt: number
  source: string
  code: string
  message: string
  subjectId: string | null
  state: string
  payload: string
}

/** A tenant's dead letters, newest first. */
export function deadLetters(
  db: Database,
  { tenantId, limit }: { tenantId: TenantId; limit: number },
): StoredDeadLetter[] {
  return db
    .prepare<[string, number], StoredDeadLetter>(
      `SELECT d.id, d.received_at AS receivedAt, d.source, d.code, d.message, d.subject_id AS subjectId, d.state, y.payload
       FROM dead_letters d JOIN dead_letter_payloads y ON y.key = d.key
       WHERE d.tenant = (SELECT key FROM tenants WHERE id = ?) ORDER BY d.received_at DESC, d.key DESC LIMIT ?`,
    )
    .all(tenantId, limit)
}
