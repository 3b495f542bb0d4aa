/**
 * Why SQLite could not do it, where that is the disk's fault and not ours: FULL is a full disk, IOERR one that cannot be written (a
 * file-size limit, a failing device). Null: a defect.
 */
export function storageFault(error: unknown): 'storage_full' | 'storage_unavailable' | null {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'SQLITE_FULL') return 'storage_full'
  return /^SQLITE_(IOERR|READONLY|CANTOPEN|BUSY|CORRUPT|NOTADB)/.test(code) ? 'storage_unavailable' : null
}
