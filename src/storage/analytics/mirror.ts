import { existsSync, mkdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import type { Database } from 'better-sqlite3'
import type { Log } from '../../log.ts'
import { type DuckDBConnection, type DuckDBInstance, type DuckDbOptions, openDuckDb, rowsOf } from './duckdb.ts'
import { Outcomes } from './outcomes.ts'
import { FactReader, type Facts } from './reading.ts'
import { CREATE, LOGGED_TABLES, type TableName, VERSION } from './schema.ts'

/** So much may be committed before it is folded into the file: until then it is in memory too, at twice to three times the size. */
const UNFOLDED = '8MB'

export interface MirrorOptions extends Omit<DuckDbOptions, 'spillDir'> {
  /** The data directory. */
  dir: string
  telemetry: Database
  control: Database
  log: Log
}

/**
 * `analytics.duckdb`, filled from the log step by step. What some steps bring, what they replace and the place that they reach are one
 * transaction, so that the file is always the log up to its place, whenever the process ends. A commit costs a sync of the disk, which
 * ingest waits for too, so it comes only every so often; meanwhile questions are put on the same connection, inside the transaction, and
 * see what it brought. A file that is missing, damaged, of another version or ahead of the log (which was then restored) is made anew.
 */
export class Mirror {
  readonly file: string
  readonly #options: MirrorOptions
  readonly #reader: FactReader
  readonly #outcomes: Outcomes
  #instance!: DuckDBInstance
  #writer!: DuckDBConnection
  #place = 0
  #newestProject = 0
  #begun = false
  #committed = { place: 0, newestProject: 0 }

  private constructor(options: MirrorOptions) {
    this.#options = options
    this.file = path.join(options.dir, 'analytics.duckdb')
    this.#reader = new FactReader(options.telemetry)
    this.#outcomes = new Outcomes(options.control)
  }

  static async open(options: MirrorOptions): Promise<Mirror> {
    const mirror = new Mirror(options)
    await mirror.#open()
    return mirror
  }

  /** How far the log is in the file. */
  get place(): number {
    return this.#place
  }

  /** The last committed place of the log. */
  get head(): number {
    return this.#reader.head
  }

  /** Is there anything that is not committed? */
  get pending(): boolean {
    return this.#begun
  }

  /** Brings the next piece of the log, to be committed later. False when it has been read to its end. */
  async step(): Promise<boolean> {
    const facts = this.#reader.after(this.#place, this.#newestProject)
    if (facts.place === this.#place) return false
    await this.use(async (db) => {
      await this.#begin(db)
      await this.#write(facts)
    })
    this.#place = facts.place
    this.#newestProject = facts.newestProject
    return facts.more
  }

  /** Brings what became of tasks since the last time, to be committed later. */
  async bringOutcomes(): Promise<void> {
    if (!this.#outcomes.stale) return
    await this.use(async (db) => {
      await this.#begin(db)
      await this.#outcomes.bring(db)
    })
  }

  /** Names what is in: the same again means that nothing changed. Only for as long as the file is open. */
  get standing(): string {
    return `${this.#place}-${this.#outcomes.changes}`
  }

  async #begin(db: DuckDBConnection): Promise<void> {
    if (!this.#begun) await db.run('BEGIN')
    this.#begun = true
  }

  /**
   * Does something on the connection that sees all that was brought. Nobody else may use it meanwhile. Whatever fails takes back what is
   * not committed, since DuckDB goes on with no transaction in which something failed; it is then read from the log again.
   */
  async use<T>(work: (db: DuckDBConnection) => Promise<T>): Promise<T> {
    try {
      return await work(this.#writer)
    } catch (error) {
      await this.#takeBack()
      throw error
    }
  }

  async commit(): Promise<void> {
    if (!this.#begun) return
    await this.use((db) => db.run(`UPDATE place SET seq = ${this.#place}; COMMIT`))
    this.#begun = false
    this.#committed = { place: this.#place, newestProject: this.#newestProject }
  }

  async #takeBack(): Promise<void> {
    if (!this.#begun) return
    this.#begun = false
    this.#place = this.#committed.place
    this.#newestProject = this.#committed.newestProject
    await this.#writer.run('ROLLBACK').catch(() => undefined)
    await this.#outcomes.reload(this.#writer).catch(() => undefined)
  }

  /** Opens the file again, for one that was found damaged while it was used; if that fails it is made anew. */
  async reopen(): Promise<void> {
    this.close()
    await this.#open()
  }

  /** Throws the file away and begins again at the start of the log. */
  async startOver(): Promise<void> {
    this.close()
    this.#remove()
    await this.#open()
  }

  /** What is not committed is lost, and read from the log again. */
  close(): void {
    this.#begun = false
    this.#writer?.closeSync()
    this.#instance?.closeSync()
  }

  async #write(facts: Facts): Promise<void> {
    const gone = [...facts.replacedTraces, ...facts.erasedTraces]
    await this.#delete('traces', 'key', gone)
    await this.#delete('spans', 'trace', gone)
    await this.#delete('calls', 'trace', gone)
    await this.#delete('failures', 'trace', gone)
    await this.#delete('feedback', 'trace', facts.erasedTraces)
    await this.#delete('evaluations', 'trace', facts.erasedTraces)
    await this.#delete('feedback', 'key', facts.feedback)
    await this.#delete('evaluations', 'key', facts.evaluations)
    for (const table of LOGGED_TABLES) await facts.rows[table].appendTo(this.#writer, table)
  }

  /** The bounds let DuckDB skip the row groups that cannot hold any of them. */
  async #delete(table: TableName, column: string, keys: readonly number[]): Promise<void> {
    if (keys.length === 0) return
    let [least, most] = [keys[0] ?? 0, keys[0] ?? 0]
    for (const key of keys) {
      least = Math.min(least, key)
      most = Math.max(most, key)
    }
    await this.#writer.run(
      `DELETE FROM ${table} WHERE ${column} BETWEEN ${least} AND ${most}
         AND ${column} IN (SELECT unnest(from_json($1, '["BIGINT"]')))`,
      [JSON.stringify(keys)],
    )
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
      this.close()
    } catch (error) {
      if (!existed) throw error
      log.warn({ err: error, file: this.file }, 'the analytics file cannot be used: it is made anew from the log')
      this.#closeQuietly()
    }
    this.#remove()
    await this.#connect()
  }

  async #connect(): Promise<void> {
    const { dir, memoryBytes, threads } = this.#options
    const spillDir = path.join(dir, 'analytics.tmp')
    rmSync(spillDir, { recursive: true, force: true })
    mkdirSync(spillDir, { recursive: true, mode: 0o700 })
    const options = { checkpoint_threshold: UNFOLDED }
    this.#instance = await openDuckDb(this.file, { memoryBytes, threads, spillDir }, options)
    this.#writer = await this.#instance.connect()
    await this.#writer.run('SET lock_configuration = true')
    const [table] = await rowsOf(this.#writer, `SELECT 1 FROM duckdb_tables() WHERE table_name = 'place'`)
    if (!table) await this.#writer.run(`BEGIN; ${CREATE}; COMMIT`)
    const [place] = await rowsOf<{ seq: number }>(this.#writer, 'SELECT seq FROM place')
    this.#place = place?.seq ?? 0
    const [newest] = await rowsOf<{ key: number | null }>(this.#writer, 'SELECT max(key) AS key FROM projects')
    this.#newestProject = newest?.key ?? 0
    this.#committed = { place: this.#place, newestProject: this.#newestProject }
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

  #closeQuietly(): void {
    try {
      this.close()
    } catch {
      // It did not open in the first place.
    }
  }

  #remove(): void {
    for (const file of [this.file, `${this.file}.wal`]) rmSync(file, { force: true })
  }
}
