import type { Database } from 'better-sqlite3'

/** Bytes of the file's pages that hold nothing and are filled before the file grows. Read from the file's header. */
export const freeBytes = (db: Database, _: object): number =>
  Number(db.pragma('freelist_count', { simple: true })) * Number(db.pragma('page_size', { simple: true }))
