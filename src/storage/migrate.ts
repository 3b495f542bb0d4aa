import { existsSync, statSync } from 'node:fs'
import path from 'node:path'
import type Database from 'better-sqlite3'
import { OperatorError } from '../errors.ts'
import type { Log } from '../log.ts'
import { problemsOf, storageFault } from './faults.ts'
import { openSqlite } from './sqlite.ts'

/** One step of a file's schema. Versions count 1, 2, 3 … without a gap; a landed migration never changes. */
export interface Migration {
  version: number
  name: string
  up(db: Database.Database): void
}

export interface OpenOptions {
  file: string
  migrations: readonly Migration[]
  log: Log
  now(): number
  /** A file up to this size is read through before it is used; a larger one is while it is (`soundness/`). */
  readThroughBytes?: number | undefined
  /** Bytes of a page, for a new file. */
  pageSize?: number
}

/** The file cannot be opened by this version of the program; the message says what to do. */
export class SchemaError extends OperatorError {
  override name = 'SchemaError'
}

/** Takes well under half a second. */
const READ_THROUGH_BYTES = 128 * 1024 * 1024

const LEDGER =
  'CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY, name TEXT NOT NULL, at INTEGER NOT NULL)'

/**
 * Opens one of the true files for its one writer: WAL, FULL sync, migrated to this version's schema.
 * Throws `SchemaError` when a newer version wrote the file. Before an older file is migrated a copy is kept beside it.
 */
export function openTrueFile(options: OpenOptions): Database.Database {
  const { file, migrations, log, now, readThroughBytes = READ_THROUGH_BYTES, pageSize = 4096 } = options
  const existed = existsSync(file)
  let db: Database.Database | undefined
  try {
    db = openSqlite(file)
    db.pragma(`page_size = ${pageSize}`)
    db.pragma('journal_mode = WAL')
    db.pragma('synchronous = FULL')
    db.pragma('foreign_keys = ON')
    db.pragma('busy_timeout = 5000')
    if (existed && statSync(file).size <= readThroughBytes) assertSound(db, file)
    migrate(db, { file, migrations, log, now, keepCopy: existed })
    return db
  } catch (error) {
    db?.close()
    throw storageFault(error) === null ? error : unusable(file, error as Error)
  }
}

/** Closes a true file; the last to close it folds the write-ahead log into it, if the disk has room for that. */
export function closeTrueFile(db: Database.Database, log: Log): void {
  const file = db.name
  db.close()
  const bytes = statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0
  if (bytes > 0) {
    log.warn(
      { file, bytes },
      'the write-ahead log is not folded into the file: nothing is lost, but who copies the file must copy both; the next start folds it',
    )
  }
}

function assertSound(db: Database.Database, file: string): void {
  const [first] = problemsOf(db)
  if (first !== undefined) throw damaged(file, first)
}

/** Nothing can be done with the file as it is: what SQLite found, and what to do. */
export const damaged = (file: string, found: string): SchemaError =>
  new SchemaError(
    `${file} is damaged: ${found}. trulayer doctor says more; trulayer restore FILE --force puts a backup in its place and keeps ` +
      'the damaged file aside.',
  )

const unusable = (file: string, { message }: Error): SchemaError =>
  new SchemaError(
    `${file} cannot be opened: ${message}. Check that the disk has room and that this user may write to it and to its directory; ` +
      'if the file is damaged, trulayer doctor says more, and trulayer restore FILE --force puts a backup in its place.',
  )

interface MigrateOptions extends OpenOptions {
  keepCopy: boolean
}

function migrate(db: Database.Database, { file, migrations, log, now, keepCopy }: MigrateOptions): void {
  db.exec(LEDGER)
  const current = db.prepare<[], number>('SELECT ifnull(max(version), 0) FROM schema_version').pluck().get() ?? 0
  const newest = migrations.at(-1)?.version ?? 0
  if (current > newest) {
    throw new SchemaError(
      `${file} was written by a newer version of TruLayer (schema ${current}, this version knows ${newest}). ` +
        'Start that version again, or restore a backup made by this one.',
    )
  }
  const pending = migrations.filter((m) => m.version > current)
  if (pending.length === 0) return
  if (keepCopy && current > 0) {
    const copy = path.join(path.dirname(file), `${path.basename(file, '.db')}.before-${newest}.db`)
    if (!existsSync(copy)) db.prepare('VACUUM INTO ?').run(copy)
    log.info({ file, copy, from: current, to: newest }, 'migrating; a copy of the file is kept')
  }
  const record = db.prepare('INSERT INTO schema_version (version, name, at) VALUES (?, ?, ?)')
  for (const migration of pending) {
    db.transaction(() => {
      // The version row first: two processes that start at once cannot both apply the step.
      record.run(migration.version, migration.name, now())
      migration.up(db)
    }).immediate()
  }
}
