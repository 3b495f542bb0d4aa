import path from 'node:path'
import { SchemaError } from './migrate.ts'
import { openSqlite } from './sqlite.ts'

/**
 * Holds the data directory for this process: two writers would give the same places of the log twice. The lock is the operating
 * system's (through SQLite, since Node has none of its own), so it goes with the process however that ends.
 */
export function lockDir(dir: string): () => void {
  const db = openSqlite(path.join(dir, 'lock'), { timeout: 0 })
  try {
    db.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    db.close()
    if ((error as { code?: string }).code !== 'SQLITE_BUSY') throw error
    throw new SchemaError(
      `${dir} is in use by another TruLayer. Stop that one, or set TRULAYER_DATA_DIR to another directory.`,
    )
  }
  return () => db.close()
}
