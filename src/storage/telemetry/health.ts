import type { Database } from 'better-sqlite3'
import type { ProjectId, TenantId } from '../../ids.ts'

/**
 * Something that happened so often in a minute, to be added to what is known.
 *
 * stored    traces that were taken in (`name` is empty)
 * refused   what was not, by category, with an example
 * lag       traces by how long it took from their arrival until they could be read; `name` is the upper bound in milliseconds
 * redacted  matches of a redaction rule
 * unpriced  spans that were stored with tokens and no price, by provider
 * ignored   log records of which no trace is made (`name` is empty), with the name of one
 */
export interface HealthCount {
  /** Null: nobody known, such as with a wrong key. */
  tenantId: TenantId | null
  projectId: ProjectId | null
  /** Milliseconds; the minute follows from it. */
  at: number
  kind: 'stored' | 'refused' | 'lag' | 'redacted' | 'unpriced' | 'ignored'
  name: string
  count: number
  example: string | null
}

export const MINUTE_MS = 60_000
/** A week, which is the longest window, and a day. */
const KEEP_MINUTES = 8 * 24 * 60

/** Adds counts up and lets those go that no window shows any more. */
export class HealthWriter {
  readonly #add
  readonly #sweep

  constructor(db: Database) {
    this.#add = db.prepare(
      `INSERT INTO ingest_health (tenant, minute, project, kind, name, count, last_at, example) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (tenant, minute, project, kind, name) DO UPDATE SET
         count = count + excluded.count, last_at = max(last_at, excluded.last_at), example = ifnull(excluded.example, example)`,
    )
    this.#sweep = db.prepare<[number, number]>(
      'DELETE FROM ingest_health WHERE tenant = ? AND minute > 0 AND minute < ?',
    )
  }

  add(tenant: number, project: number, { at, kind, name, count, example }: HealthCount): void {
    const minute = Math.floor(at / MINUTE_MS)
    this.#add.run(tenant, minute, project, kind, name, count, at, example)
    if (kind !== 'stored') return
    this.#add.run(tenant, 0, project, kind, name, count, at, null)
    this.#sweep.run(tenant, minute - KEEP_MINUTES)
  }
}
