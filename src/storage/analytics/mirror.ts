import { existsSync, mkdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import type { Database } from 'better-sqlite3'
import type { Log } from '../../log.ts'
import { consoleHome } from './console/messages.ts'
import { type DuckDBConnection, type DuckDBInstance, type DuckDbOptions, openDuckDb, rowsOf } from './duckdb.ts'
import { ModelKeys } from './models.ts'
import { Outcomes } from './outcomes.ts'
import { FactReader } from './reading.ts'
import { CATALOG, CREATE, LOGGED_TABLES, VERSION } from './schema.ts'
import { Settled } from './settled.ts'
import { writeFacts } from './write-facts.ts'

/** DuckDB folds only when it is told to, since it has to be known how far the file is. */
const NEVER = '1TB'
/** Once the file is open nothing else is; and what was not folded is not, at the end either, whose moment would be nobody's choice. */
const LOCKS = [
  'PRAGMA disable_checkpoint_on_shutdown',
  'SET enable_external_access = false',
  'SET lock_configuration = true',
]

/**
 * Of a new file. Each column of a table has a block of its own in memory until it is folded, so of DuckDB's own 256 KB those of 250,000 rows took
 * 46 MB, and of these take 20; charts are a fifth quicker besides, for 6 bytes a trace more in the file.
 */
const BLOCK_BYTES = 65_536
const INTERRUPT_MS = 20
/** Groups are counted in an array where DuckDB knows that they are whole numbers of no more bits together; by itself it does up to 12. */
export const ARRAY_BITS = 18

/** A reading transaction that was begun. */
export interface Beside {
  use<T>(work: (db: DuckDBConnection, standing: string) => Promise<T>): Promise<T>
}

export interface MirrorOptions extends Omit<DuckDbOptions, 'spillDir'> {
  /** The data directory. */
  dir: string
  telemetry: Database
  control: Database
  log: Log
  settled?: Settled
}

/**
 * `analytics.duckdb`, filled from the log step by step. What a step brings and what it replaces are one transaction. It is in memory until
 * it is folded into the file together with others, and with the place that was reached: the log is a write-ahead log already, so the
 * mirror has none of its own, and after a crash what was not folded is read from the log again. The file is therefore always the log up to the
 * place in it, whenever the process ends. One that is missing, damaged, of another version or ahead of the log (which was then restored)
 * is made anew.
 */
export class Mirror {
  readonly file: string
  readonly settled: Settled
  readonly #options: MirrorOptions
  readonly #reader: FactReader
  readonly #outcomes: Outcomes
  readonly #models = new ModelKeys()
  #instance!: DuckDBInstance
  #writer!: DuckDBConnection
  readonly #beside = new Map<DuckDBConnection, Promise<unknown>>()
  #place = 0
  #kept = 0
  #newestProject = 0
  #unfolded = 0
  #dirty = false

  private constructor(options: MirrorOptions) {
    this.#options = options
    this.settled = options.settled ?? new Settled()
    this.file = path.join(options.dir, 'analytics.duckdb')
    this.#reader = new FactReader(options.telemetry)
    this.#outcomes = new Outcomes(options.control)
  }

  static async open(options: MirrorOptions): Promise<Mirror> {
    const mirror = new Mirror(options)
    await mirror.#open()
    return mirror
  }

  /** How far the log is in. */
  get place(): number {
    return this.#place
  }

  /** How far it is in the file, which is where it goes on after a crash. */
  get kept(): number {
    return this.#kept
  }

  /** The last committed place of the log. */
  get head(): number {
    return this.#reader.head
  }

  /** False: somebody deleted the file, and what is written goes nowhere. */
  get there(): boolean {
    return existsSync(this.file)
  }

  /** Rows that are in memory until they are folded into the file. */
  get unfolded(): number {
    return this.#unfolded
  }

  /** Is there anything that is not in the file? */
  get pending(): boolean {
    return this.#dirty
  }

  /** Brings the next piece of the log, to be folded later. False when it has been read to its end. */
  async step(): Promise<boolean> {
    const facts = this.#reader.after(this.#place, this.#newestProject)
    if (facts.place === this.#place) return false
    const rows = LOGGED_TABLES.reduce((sum, table) => sum + facts.rows[table].count, 0)
    const changed = await this.#transaction((db) => writeFacts(db, facts, this.#models))
    this.settled.change(changed)
    this.#place = facts.place
    this.#newestProject = facts.newestProject
    this.#unfolded += rows
    return facts.more
  }

  /** Brings what became of tasks since the last time, to be folded later. */
  async bringOutcomes(): Promise<void> {
    if (!this.#outcomes.stale) return
    try {
      await this.#transaction((db) => this.#outcomes.bring(db))
    } catch (error) {
      await this.#outcomes.reload(this.#writer).catch(() => undefined)
      throw error
    }
  }

  /** Names what is in: the same again means that nothing changed. Only for as long as the file is open. */
  get standing(): string {
    return `${this.#place}-${this.#outcomes.changes}`
  }

  /** Does something on the connection, which sees all that was brought. Nobody else may use it meanwhile. */
  use<T>(work: (db: DuckDBConnection, standing: string) => Promise<T>): Promise<T> {
    return work(this.#writer, this.standing)
  }

  /**
   * A transaction of its own that sees what is in now and nothing that comes, for what takes long: meanwhile the mirror goes on, and so do others.
   * If the mirror is closed under it, it is interrupted.
   */
  async beside(): Promise<Beside> {
    const db = await this.#instance.connect()
    const { standing } = this
    this.#beside.set(db, Promise.resolve())
    // The snapshot is that of the first statement.
    await db.run(`BEGIN; FROM ${CATALOG}.place`)
    return {
      use: (work) => {
        const done = work(db, standing).finally(() => {
          this.#beside.delete(db)
          db.closeSync()
        })
        this.#beside.set(db, done)
        return done
      },
    }
  }

  /** Ends what is done beside. Again and again, for between two statements there is nothing to interrupt. */
  async #endBeside(): Promise<void> {
    const interrupt = () => {
      for (const db of this.#beside.keys()) db.interrupt()
    }
    interrupt()
    const again = setInterval(interrupt, INTERRUPT_MS)
    await Promise.allSettled(this.#beside.values())
    clearInterval(again)
  }

  /** Writes into the file what is in memory only, and syncs the disk. Not while something is done beside: DuckDB refuses it then. */
  async fold(): Promise<void> {
    if (!this.#dirty || this.#beside.size > 0) return
    // Not with each step: it would take a sixth of what a step takes besides its rows.
    await this.#transaction((db) => db.run(`UPDATE place SET seq = ${this.#place}`))
    await this.#writer.run(`CHECKPOINT ${CATALOG}`)
    this.#kept = this.#place
    this.#unfolded = 0
    this.#dirty = false
  }

  /** All of it, or nothing. */
  async #transaction<T>(work: (db: DuckDBConnection) => Promise<T>): Promise<T> {
    await this.#writer.run('BEGIN')
    try {
      const done = await work(this.#writer)
      await this.#writer.run('COMMIT')
      this.#dirty = true
      return done
    } catch (error) {
      await this.#writer.run('ROLLBACK').catch(() => undefined)
      this.#models.forget()
      throw error
    }
  }

  /** Opens the file again, for one that was found damaged while it was used; if that fails it is made anew. */
  async reopen(): Promise<void> {
    await this.close()
    await this.#open()
  }

  /** Throws the file away and begins again at the start of the log. */
  async startOver(): Promise<void> {
    await this.close()
    this.#remove()
    await this.#open()
  }

  /** What is not folded is lost, and read from the log again. */
  async close(): Promise<void> {
    await this.#endBeside()
    this.#dirty = false
    this.#writer?.closeSync()
    this.#instance?.closeSync()
  }

  async #open(): Promise<void> {
    await this.#openOrMake()
    await this.#outcomes.reload(this.#writer)
  }

  async #openOrMake(): Promise<void> {
    const { log } = this.#options
    const existed = existsSync(this.file)
    try {
      await this.#connect()
      const wrong = existed ? await this.#mismatch() : null
      if (wrong === null) return
      log.warn({ file: this.file }, `${wrong}: it is made anew from the log`)
      await this.close()
    } catch (error) {
      if (!existed) throw error
      log.warn({ err: error, file: this.file }, 'the analytics file cannot be used: it is made anew from the log')
      // It did not open in the first place.
      await this.close().catch(() => undefined)
    }
    this.#remove()
    await this.#connect()
  }

  async #connect(): Promise<void> {
    const { dir, memoryBytes, threads } = this.#options
    const spillDir = path.join(dir, 'analytics.tmp')
    rmSync(spillDir, { recursive: true, force: true })
    mkdirSync(spillDir, { recursive: true, mode: 0o700 })
    // Of an earlier version, which had a write-ahead log: what is in there is in the log too.
    rmSync(`${this.file}.wal`, { force: true })
    const options = { checkpoint_threshold: NEVER, enable_external_access: 'true' }
    this.#instance = await openDuckDb(':memory:', { memoryBytes, threads, spillDir }, options)
    this.#writer = await this.#instance.connect()
    const size = existsSync(this.file) ? '' : `, BLOCK_SIZE ${BLOCK_BYTES}`
    await this.#writer.run(`ATTACH '${quoted(this.file)}' AS ${CATALOG} (RECOVERY_MODE NO_WAL_WRITES${size})`)
    // The copies for the SQL console are the one thing that it may write besides.
    const home = `SET allowed_directories = ['${quoted(consoleHome(dir))}/']`
    const arrays = `SET perfect_ht_threshold = ${ARRAY_BITS}`
    for (const sql of [`USE ${CATALOG}`, arrays, home, ...LOCKS]) await this.#writer.run(sql)
    const [table] = await rowsOf(this.#writer, `SELECT 1 FROM duckdb_tables() WHERE table_name = 'place'`)
    if (!table) await this.#writer.run(`BEGIN; ${CREATE}; COMMIT`)
    const [place] = await rowsOf<{ seq: number }>(this.#writer, 'SELECT seq FROM place')
    this.#place = place?.seq ?? 0
    const [newest] = await rowsOf<{ key: number | null }>(this.#writer, 'SELECT max(key) AS key FROM projects')
    this.#newestProject = newest?.key ?? 0
    this.#kept = this.#place
    this.#unfolded = 0
    this.#dirty = false
    this.#models.forget()
    this.settled.forget()
  }

  /** Why the file is not the mirror of this log; null when it is. */
  async #mismatch(): Promise<string | null> {
    const [place] = await rowsOf<{ version: number }>(this.#writer, 'SELECT version FROM place')
    if (place?.version !== VERSION) return 'the analytics file is of another version'
    if (this.#place > this.#reader.head) return 'the analytics file is ahead of the log'
    const [newest] = await rowsOf<{ key: number; id: unknown }>(
      this.#writer,
      'SELECT key, id::VARCHAR AS id FROM traces ORDER BY key DESC LIMIT 1',
    )
    if (newest && !this.#reader.knows(newest.key, String(newest.id), this.#place))
      return 'the analytics file is of another log'
    return null
  }

  #remove(): void {
    rmSync(this.file, { force: true })
  }
}

const quoted = (text: string): string => text.replaceAll("'", "''")
