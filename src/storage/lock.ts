import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { isOfDisk } from './faults.ts'
import { SchemaError } from './migrate.ts'
import { openSqlite } from './sqlite.ts'

/** A data directory belongs to another process now. */
export class InUseError extends SchemaError {
  override name = 'InUseError'
}

/**
 * Holds the data directory for this process: two writers would give the same places of the log twice. The lock is the operating
 * system's (through SQLite, since Node has none of its own), so it goes with the process however that ends; the file `pid` beside it
 * only says whose it is. Throws `InUseError`, naming the process.
 */
export function lockDir(dir: string): () => void {
  if (!existsSync(dir))
    throw new SchemaError(`There is no ${dir}: set TRULAYER_DATA_DIR to the directory that holds the data.`)
  const pidFile = path.join(dir, 'pid')
  const db = openSqlite(path.join(dir, 'lock'), { timeout: 0 })
  try {
    // In memory, or the lock could not be had on a full disk.
    db.pragma('journal_mode = MEMORY')
    db.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    db.close()
    if ((error as { code?: string }).code !== 'SQLITE_BUSY') throw error
    throw new InUseError(
      `${dir} is in use by another TruLayer${processOf(pidFile)}. Stop that one, or set TRULAYER_DATA_DIR to another directory.`,
    )
  }
  try {
    writeFileSync(pidFile, `${process.pid}\n`)
  } catch (error) {
    if (!isOfDisk(error)) throw error
    rmSync(pidFile, { force: true })
  }
  return () => {
    rmSync(pidFile, { force: true })
    db.close()
  }
}

function processOf(pidFile: string): string {
  try {
    return ` (process ${readFileSync(pidFile, 'utf8').trim()})`
  } catch {
    return ''
  }
}
