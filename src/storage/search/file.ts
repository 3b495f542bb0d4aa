import { rmSync, statSync } from 'node:fs'
import type { Database } from 'better-sqlite3'
import { openSqlite } from '../sqlite.ts'
import { TOKENIZER } from './words.ts'

/**
 * `search.db`: derived from `telemetry.db`, disposable. One thread writes it; it may be deleted at any time.
 *
 * shard   32,768 traces that came one after another, in an FTS5 table of their own: what a query costs at most, what a merge of the
 *         index may write at once, and what is dropped whole when all of it is erased
 * zone    512 traces that came one after another; it knows when the first and the last of them started, so that the newest-first list
 *         reads only the zones it needs
 * part    a piece of a trace that is too large for one row of the index; its row is numbered from `PARTS` on
 * place   how far the log has been read, for each index of the file; it moves in the transaction of what it stands for
 */
const FORMAT = 1

const SCHEMA = `
CREATE TABLE places (name TEXT PRIMARY KEY, seq INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE shards (shard INTEGER PRIMARY KEY) STRICT;
CREATE TABLE zones (zone INTEGER PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL) STRICT;
CREATE TABLE large (trace INTEGER PRIMARY KEY, last_span INTEGER NOT NULL) STRICT;
CREATE TABLE parts (id INTEGER PRIMARY KEY, trace INTEGER NOT NULL, first_span INTEGER NOT NULL, last_span INTEGER NOT NULL) STRICT;
CREATE INDEX parts_trace ON parts (trace);
`

/** Rows of an FTS5 table from here on are parts; below, they are traces by their key. */
export const PARTS = 2 ** 40

const SHARD_BITS = 15
const ZONE_BITS = 9
export const ZONES_PER_SHARD = 2 ** (SHARD_BITS - ZONE_BITS)

export const shardOf = (trace: number): number => Math.floor(trace / 2 ** SHARD_BITS)
export const zoneOf = (trace: number): number => Math.floor(trace / 2 ** ZONE_BITS)
export const shardOfZone = (zone: number): number => Math.floor(zone / ZONES_PER_SHARD)
export const firstKeyOf = (zone: number): number => zone * 2 ** ZONE_BITS
export const tableOf = (shard: number): string => `text_${shard}`

/** Keeps no text, only what it is found by; rows can be replaced and deleted all the same. */
export const createShard = (db: Database, shard: number): void => {
  db.exec(
    `CREATE VIRTUAL TABLE ${tableOf(shard)} USING fts5(name, input, output, error, content='', contentless_delete=1, tokenize="${TOKENIZER}")`,
  )
}

/** Opens the file for the one who writes it. One of another format, or that is no database, is thrown away and begun anew. */
export function openToWrite(file: string, cacheBytes: number): { db: Database; fresh: boolean } {
  try {
    const db = open(file, cacheBytes)
    const format = db.pragma('user_version', { simple: true })
    if (format === FORMAT) return { db, fresh: false }
    db.close()
  } catch (error) {
    if (!isBroken(error)) throw error
  }
  discard(file)
  const db = open(file, cacheBytes)
  db.transaction(() => {
    db.exec(SCHEMA)
    db.pragma(`user_version = ${FORMAT}`)
  })()
  return { db, fresh: true }
}

/** What is lost in a power cut is read from the log again, so a commit waits for no disk. */
function open(file: string, cacheBytes: number): Database {
  const db = openSqlite(file)
  try {
    db.pragma('journal_mode = WAL')
    db.pragma('synchronous = NORMAL')
    db.pragma('wal_autocheckpoint = 4000')
    db.pragma(`cache_size = -${Math.floor(cacheBytes / 1024)}`)
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

/** Deletes the file and what lies beside it. Safe at any time: whoever has it open keeps what it had, and looks for the new one. */
export function discard(file: string): void {
  for (const end of ['', '-wal', '-shm']) rmSync(file + end, { force: true })
}

/** Which file stands there, if any: another text after it was replaced, though a new file may get the number of the old one. */
export function identityOf(file: string): string | null {
  const stats = statSync(file, { throwIfNoEntry: false })
  return stats ? `${stats.ino} ${stats.birthtimeMs}` : null
}

/** Is the file itself damaged, rather than the disk full or a statement wrong? */
export function isBroken(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return /^SQLITE_(CORRUPT|NOTADB|CANTOPEN|IOERR_SHORT_READ|READONLY_DBMOVED)/.test(code)
}
