import path from 'node:path'
import type { Log } from '../../log.ts'
import type { StorageFault } from '../faults.ts'
import type { Erase } from './eraser.ts'
import type { Standing } from './messages.ts'
import type { AskOf, QuestionName } from './questions/index.ts'
import { type Asked, ReaderPool } from './reader-pool.ts'
import type { ReaderData } from './reader-thread.ts'
import type { Repriced } from './repricer.ts'
import type { WalBounds } from './wal.ts'
import type { Append, Receipt } from './wire.ts'
import { WriterClient } from './writer-client.ts'

export interface TelemetryOptions {
  /** The data directory. */
  dir: string
  readerThreads: number
  cacheBytes: number
  log: Log
  /** See `openTrueFile`. */
  readThroughBytes?: number
  /** Bounds of the write-ahead log; for tests. */
  wal?: WalBounds
}

/** A long question reads each page once. */
const LONG_CACHE_BYTES = 8 * 1024 * 1024

/** `telemetry.db` as the main thread sees it: append, ask, and hear of commits. It never opens the file itself. */
export class Telemetry {
  readonly #listeners = new Set<() => void>()
  readonly #timers = new Set<(ms: number) => void>()
  readonly #judges = new Set<(refused: StorageFault | null) => void>()
  #writer!: WriterClient
  #readers!: ReaderPool
  readonly #forLong: ReaderData
  #long: Promise<ReaderPool> | null = null
  #at: Standing = { head: 0, freeBytes: 0 }

  private constructor(forLong: ReaderData) {
    this.#forLong = forLong
  }

  static async open({
    dir,
    readerThreads,
    cacheBytes,
    log,
    readThroughBytes,
    wal,
  }: TelemetryOptions): Promise<Telemetry> {
    const file = path.join(dir, 'telemetry.db')
    const telemetry = new Telemetry({ file, cacheBytes: Math.min(cacheBytes, LONG_CACHE_BYTES) })
    const [{ writer, at }, readers] = await Promise.all([
      WriterClient.open({ file, cacheBytes, logLevel: log.level, readThroughBytes, wal }, (now, took, refused) =>
        telemetry.#committed(now, took, refused),
      ),
      ReaderPool.open({ file, cacheBytes }, readerThreads),
    ])
    telemetry.#writer = writer
    telemetry.#at = at
    telemetry.#readers = readers
    return telemetry
  }

  /** The last committed place of the log. */
  get head(): number {
    return this.#at.head
  }

  /** Bytes of the file's pages that hold nothing and are filled before it grows, as of the last commit. */
  get freeBytes(): number {
    return this.#at.freeBytes
  }

  /** Where the file is, for threads that read it by themselves. */
  get file(): string {
    return this.#forLong.file
  }

  get alive(): boolean {
    return this.#writer.alive
  }

  /** Appends that wait for their commit. */
  get appends(): number {
    return this.#writer.waiting
  }

  /** Questions that wait for a reader thread's answer. */
  get questions(): number {
    return this.#readers.waiting
  }

  /** Resolves once all of it is durable; see `WriterClient.append`. */
  append(append: Append): Promise<Receipt[]> {
    return this.#writer.append(append)
  }

  /** Resolves once it and all that hung on it are gone; see `WriterClient.erase`. `erasing.ts` has the verbs. */
  erase(erase: Erase): Promise<number> {
    return this.#writer.erase(erase)
  }

  /** Resolves once the new costs are durable; see `WriterClient.reprice`. */
  reprice(changes: readonly Repriced[]): Promise<number> {
    return this.#writer.reprice(changes)
  }

  /** Puts a question to a reader thread. */
  ask<Q extends QuestionName>(question: Q, ask: AskOf<Q>): Promise<Asked<Q>> {
    return this.#readers.ask(question, ask)
  }

  /**
   * Puts a question that may take minutes, such as an export, to a thread of its own: no list waits behind it. The thread starts with the
   * first such question and stays.
   */
  async askLong<Q extends QuestionName>(question: Q, ask: AskOf<Q>): Promise<Asked<Q>> {
    this.#long ??= ReaderPool.open({ ...this.#forLong, givesWayTo: this.#readers.asked }, 1).catch((error: unknown) => {
      this.#long = null
      throw error
    })
    return (await this.#long).ask(question, ask)
  }

  /** Calls back after each commit that moved the log; answers the function that stops it. */
  onCommit(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Calls back with how long each commit of what was appended took, in milliseconds. */
  onTiming(listener: (ms: number) => void): void {
    this.#timers.add(listener)
  }

  /** Calls back whenever something was to be written: with null if it was, else with why the disk did not take it. */
  onOutcome(listener: (refused: StorageFault | null) => void): void {
    this.#judges.add(listener)
  }

  /** Folds the write-ahead log into the file, as far as nobody reads from it, and gives its space back. */
  fold(): Promise<boolean> {
    return this.#writer.fold()
  }

  /**
   * Commits what waits, then closes. The writer goes last: only the last connection to close folds the write-ahead log into the
   * file, and readers may not.
   */
  async close(): Promise<void> {
    await this.#readers.close()
    await (await this.#long)?.close()
    await this.#writer.close()
  }

  #committed(at: Standing, took: number | null, refused: StorageFault | null | undefined): void {
    if (took !== null) for (const listener of this.#timers) listener(took)
    if (refused !== undefined) for (const listener of this.#judges) listener(refused)
    const moved = at.head !== this.#at.head
    this.#at = at
    if (!moved) return
    for (const listener of this.#listeners) listener()
  }
}
