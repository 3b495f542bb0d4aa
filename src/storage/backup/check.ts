import { existsSync } from 'node:fs'
import path from 'node:path'
import type { Database } from 'better-sqlite3'
import { controlMigrations } from '../control/migrations.ts'
import { problemsOf } from '../faults.ts'
import type { Migration } from '../migrate.ts'
import { openSqlite } from '../sqlite.ts'
import { TELEMETRY_MIGRATIONS } from '../telemetry/migrations.ts'
import { BackupError, TRUE_FILES } from './files.ts'

/** What the two true files hold together, and how they were found. */
export interface Contents {
  traces: number
  spans: number
  /** The last number of the log. */
  head: number
  organizations: number
  projects: number
  audit_entries: number
  /** Schema of each file. */
  schema: Record<(typeof TRUE_FILES)[number], number>
}

/** What this version knows of each file. */
export const MIGRATIONS: Record<(typeof TRUE_FILES)[number], readonly Migration[]> = {
  'telemetry.db': TELEMETRY_MIGRATIONS,
  'control.db': controlMigrations,
}

/**
 * Opens the true files in `dir`, reads every page of them, and counts what they hold. Throws `BackupError` when one is missing or damaged,
 * or was written by a newer version.
 */
export function checkFiles(dir: string): Contents {
  const [telemetry, control] = TRUE_FILES.map((name) => openSound(path.join(dir, name))) as [Database, Database]
  try {
    return {
      traces: count(telemetry, 'SELECT count(*) FROM traces'),
      spans: count(telemetry, 'SELECT count(*) FROM spans'),
      head: count(telemetry, 'SELECT seq FROM log_head'),
      organizations: count(control, 'SELECT count(*) FROM tenants'),
      projects: count(control, 'SELECT count(*) FROM projects'),
      audit_entries: count(control, 'SELECT count(*) FROM audit_entries'),
      schema: { 'telemetry.db': versionOf(telemetry), 'control.db': versionOf(control) },
    }
  } finally {
    telemetry.close()
    control.close()
  }
}

/** The problems that SQLite finds in a file; none is an empty list. Reads all of it. */
export function damageOf(file: string): string[] {
  let db: Database | undefined
  try {
    db = openSqlite(file, { readonly: true, timeout: 10_000 })
    return problemsOf(db)
  } catch (error) {
    return [(error as Error).message]
  } finally {
    db?.close()
  }
}

function openSound(file: string): Database {
  if (!existsSync(file)) throw new BackupError(`${path.basename(file)} is missing.`)
  const damage = damageOf(file)
  if (damage.length > 0) throw new BackupError(`${path.basename(file)} is damaged: ${damage[0]}`)
  const db = openSqlite(file, { readonly: true })
  const version = versionOf(db)
  const known = MIGRATIONS[path.basename(file) as (typeof TRUE_FILES)[number]].length
  if (version <= known) return db
  db.close()
  throw new BackupError(
    `${path.basename(file)} was written by a newer version of TruLayer (schema ${version}, this version knows ${known}). Use that version or a later one.`,
  )
}

/** The number of the last migration that was applied. */
export const versionOf = (db: Database): number => count(db, 'SELECT ifnull(max(version), 0) FROM schema_version')

const count = (db: Database, sql: string): number => db.prepare<[], number>(sql).pluck().get() ?? 0
