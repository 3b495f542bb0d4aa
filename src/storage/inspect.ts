import { existsSync, statSync } from 'node:fs'
import path from 'node:path'
import type { Database } from 'better-sqlite3'
import { versionOf } from './backup/check.ts'
import { openSqlite } from './sqlite.ts'

/** A look at the true files from outside, from connections that only read: the appliance may be running. */
export interface Look {
  bytes: number
  walBytes: number
  schema: number
}

export interface TelemetryLook extends Look {
  head: number
  /** The greatest number that a trace has; never above `head`. */
  lastSeq: number
  /** Bytes of free pages, which are filled before the file grows. */
  reusable: number
  /** When the latest trace was stored, milliseconds since the epoch; null without traces. */
  newestAt: number | null
}

export interface ControlLook extends Look {
  places: { name: string; seq: number }[]
  /** When the latest entry of the audit log was made. */
  newestAt: number | null
}

export function lookAtTelemetry(dir: string): TelemetryLook {
  return look(path.join(dir, 'telemetry.db'), (db) => ({
    head: one<number>(db, 'SELECT seq FROM log_head') ?? 0,
    lastSeq: one<number>(db, 'SELECT max(seq) FROM traces') ?? 0,
    reusable: Number(db.pragma('freelist_count', { simple: true })) * Number(db.pragma('page_size', { simple: true })),
    newestAt: one<number>(db, 'SELECT created_at FROM traces ORDER BY key DESC LIMIT 1') ?? null,
  }))
}

export function lookAtControl(dir: string): ControlLook {
  return look(path.join(dir, 'control.db'), (db) => ({
    places: db.prepare<[], { name: string; seq: number }>('SELECT name, seq FROM follower_places ORDER BY name').all(),
    newestAt: one<number>(db, 'SELECT max(at) FROM audit_entries') ?? null,
  }))
}

function look<T>(file: string, ask: (db: Database) => T): Look & T {
  const db = openSqlite(file, { readonly: true, timeout: 10_000 })
  try {
    return { bytes: sizeOf(file), walBytes: sizeOf(`${file}-wal`), schema: versionOf(db), ...ask(db) }
  } finally {
    db.close()
  }
}

const one = <T>(db: Database, sql: string): T | undefined => db.prepare<[], T>(sql).pluck().get()

const sizeOf = (file: string): number => (existsSync(file) ? statSync(file).size : 0)
