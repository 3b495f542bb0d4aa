import { statSync } from 'node:fs'
import type { Database, Statement } from 'better-sqlite3'
import { storageFault } from '../faults.ts'

const MIB = 1024 * 1024

export interface WalBounds {
  /** Bytes after which the log is folded into the file as far as readers allow: more means fewer syncs of the file itself. */
  foldAt: number
  /** Bytes from which on a writer waits for readers, so that the log can begin again. */
  restartAt: number
}

export const WAL_BOUNDS: WalBounds = { foldAt: 64 * MIB, restartAt: 128 * MIB }

/** How long ingest may be held up for readers at one attempt. */
const PATIENCE_MS = 50
const BUSY_TIMEOUT_MS = 5_000

interface Checkpoint {
  busy: 0 | 1
}

/**
 * The write-ahead log of `telemetry.db`, as its writer sees it. SQLite folds it into the file after a commit, but begins it anew only
 * in a moment in which nobody reads from it: with readers that take turns that moment may never come, and the log would grow without
 * bound. Past `restartAt` the writer therefore makes the moment: it folds everything, waits a little for those who read (whoever
 * begins meanwhile reads from the file), and tries again after each further `foldAt` bytes.
 */
export class WriteAheadLog {
  readonly #db: Database
  readonly #file: string
  readonly #bounds: WalBounds
  readonly #pageSize: number
  readonly #freePages: Statement<[], number>
  #triedAt = 0

  constructor(db: Database, bounds: WalBounds) {
    this.#db = db
    this.#file = `${db.name}-wal`
    this.#bounds = bounds
    this.#pageSize = Number(db.pragma('page_size', { simple: true }))
    this.#freePages = db.prepare<[], number>('PRAGMA freelist_count').pluck()
    db.pragma(`wal_autocheckpoint = ${Math.ceil(bounds.foldAt / this.#pageSize)}`)
    // What a long reader made it grow to is given back once it begins anew.
    db.pragma(`journal_size_limit = ${bounds.foldAt}`)
  }

  /** Bytes of the file's pages that hold nothing and are filled before it grows. */
  get freeBytes(): number {
    return (this.#freePages.get() ?? 0) * this.#pageSize
  }

  get bytes(): number {
    return statSync(this.#file, { throwIfNoEntry: false })?.size ?? 0
  }

  /** After a commit. True: somebody has been reading for so long that the log could not begin anew. */
  afterCommit(): boolean {
    const { bytes } = this
    if (bytes < this.#bounds.restartAt) {
      this.#triedAt = 0
      return false
    }
    if (bytes < this.#triedAt + this.#bounds.foldAt) return false
    this.#triedAt = bytes
    return !this.#checkpoint('RESTART')
  }

  /** Folds all of it and gives its space back, if nobody reads just now. */
  fold(): boolean {
    return this.#checkpoint('TRUNCATE')
  }

  #checkpoint(mode: 'RESTART' | 'TRUNCATE'): boolean {
    this.#db.pragma(`busy_timeout = ${PATIENCE_MS}`)
    try {
      const [result] = this.#db.pragma(`wal_checkpoint(${mode})`) as Checkpoint[]
      return result?.busy === 0
    } catch (error) {
      // A full disk: the next commit meets it too, and has somebody to tell.
      if (storageFault(error) === null) throw error
      return false
    } finally {
      this.#db.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`)
    }
  }
}
