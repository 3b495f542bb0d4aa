import { copyFileSync, existsSync } from 'node:fs'
import path from 'node:path'
import type { Database } from 'better-sqlite3'
import { openSqlite } from '../sqlite.ts'
import { BackupError, KEY_FILE, missing, type TRUE_FILES } from './files.ts'

/** Pages copied between two looks at the event loop: some tens of megabytes. */
const PAGES_AT_A_TIME = 4_000

export interface Progress {
  file: string
  /** 0 to 1. */
  done: number
}

/**
 * Copies the true files of `from`, both as they were at one moment, and the key, into the directory `to`. The appliance may be running:
 * for as long as it takes to begin two reads, nobody can commit to control.db, and then each copy reads what its file was at that moment,
 * whatever is written meanwhile.
 */
export async function copyTrueFiles(from: string, to: string, onProgress: (p: Progress) => void): Promise<void> {
  const control = open(from, 'control.db')
  const telemetry = open(from, 'telemetry.db')
  try {
    const barrier = open(from, 'control.db')
    try {
      barrier.exec('BEGIN IMMEDIATE')
      beginRead(control)
      beginRead(telemetry)
    } finally {
      barrier.close()
    }
    if (existsSync(path.join(from, KEY_FILE))) copyFileSync(path.join(from, KEY_FILE), path.join(to, KEY_FILE))
    await copy(control, path.join(to, 'control.db'), onProgress)
    await copy(telemetry, path.join(to, 'telemetry.db'), onProgress)
  } finally {
    control.close()
    telemetry.close()
  }
}

function open(dir: string, name: (typeof TRUE_FILES)[number]): Database {
  const file = path.join(dir, name)
  if (!existsSync(file)) throw new BackupError(missing(file))
  return openSqlite(file, { timeout: 10_000 })
}

/** A read begins with the first look, not with BEGIN. */
function beginRead(db: Database): void {
  db.exec('BEGIN')
  db.prepare('SELECT count(*) FROM sqlite_schema').get()
}

async function copy(db: Database, to: string, onProgress: (p: Progress) => void): Promise<void> {
  const file = path.basename(to)
  await db.backup(to, {
    progress({ totalPages, remainingPages }) {
      onProgress({ file, done: totalPages === 0 ? 0 : 1 - remainingPages / totalPages })
      return PAGES_AT_A_TIME
    },
  })
}
