import type { Database } from 'better-sqlite3'

/** What SQLite finds wrong with a file, or with one table of it and its indexes: a line each, and none where it is sound. Reads all of it at once. */
export function problemsOf(db: Database, table: string | null = null): string[] {
  const about = table === null ? '10' : `'${table.replaceAll("'", "''")}'`
  try {
    const found = db.pragma(`quick_check(${about})`) as { quick_check: string }[]
    return found
      .flatMap(({ quick_check: lines }) => lines.split('\n'))
      .filter((line) => line !== 'ok' && !line.startsWith('*** in database'))
  } catch (error) {
    if (!/^SQLITE_(CORRUPT|NOTADB|IOERR)/.test((error as { code?: string }).code ?? '')) throw error
    return [(error as Error).message]
  }
}

/** Is it the disk that did not take it, whoever wrote: SQLite, or we ourselves? */
export const isOfDisk = (error: unknown): boolean =>
  storageFault(error) !== null ||
  /^(ENOSPC|EDQUOT|EFBIG|EIO|EROFS)$/.test((error as { code?: string } | null)?.code ?? '')

/** Why a commit was refused: the disk is full, or the file cannot be written for another reason. */
export type StorageFault = 'storage_full' | 'storage_unavailable'

/**
 * Why SQLite could not do it, where that is the disk's fault and not ours: FULL is a full disk, IOERR one that cannot be written (a
 * file-size limit, a failing device). Null: a defect.
 */
export function storageFault(error: unknown): StorageFault | null {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'SQLITE_FULL') return 'storage_full'
  return /^SQLITE_(IOERR|READONLY|CANTOPEN|BUSY|CORRUPT|NOTADB)/.test(code) ? 'storage_unavailable' : null
}
