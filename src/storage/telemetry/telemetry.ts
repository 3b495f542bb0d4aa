import path from 'node:path'
import type { Log } from '../../log.ts'
import type { Erase } from './eraser.ts'
import type { AskOf, QuestionName } from './questions/index.ts'
import { type Asked, ReaderPool } from './reader-pool.ts'
import type { Append, Receipt } from './wire.ts'
import { WriterClient } from './writer-client.ts'

export interface TelemetryOptions {
  /** The data directory. */
  dir: string
  readerThreads: number
  cacheBytes: number
  log: Log
}

/** `telemetry.db` as the main thread sees it: append, ask, and hear of commits. It never opens the file itself. */
export class Telemetry {
  readonly #listeners = new Set<() => void>()
  #writer!: WriterClient
  #readers!: ReaderPool
  #head = 0

  private constructor() {}

  static async open({ dir, readerThreads, cacheBytes, log }: TelemetryOptions): Promise<Telemetry> {
    const telemetry = new Telemetry()
    const file = path.join(dir, 'telemetry.db')
    const { writer, head } = await WriterClient.open({ file, cacheBytes, logLevel: log.level }, (place) =>
      telemetry.#committed(place),
    )
    telemetry.#writer = writer
    telemetry.#head = head
    telemetry.#readers = await ReaderPool.open({ file, cacheBytes }, readerThreads)
    return telemetry
  }

  /** The last committed place of the log. */
  get head(): number {
    return this.#head
  }

  get alive(): boolean {
    return this.#writer.alive
  }

  /** Resolves once all of it is durable; see `WriterClient.append`. */
  append(append: Append): Promise<Receipt[]> {
    return this.#writer.append(append)
  }

  /** Resolves once it and all that hung on it are gone; see `WriterClient.erase`. `erasing.ts` has the verbs. */
  erase(erase: Erase): Promise<number> {
    return this.#writer.erase(erase)
  }

  /** Puts a question to a reader thread. */
  ask<Q extends QuestionName>(question: Q, ask: AskOf<Q>): Promise<Asked<Q>> {
    return this.#readers.ask(question, ask)
  }

  /** Calls back after each commit that moved the log; answers the function that stops it. */
  onCommit(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Commits what waits, then closes. The writer goes last: only the last connection to close folds the write-ahead log into the file, and readers may not. */
  async close(): Promise<void> {
    await this.#readers.close()
    await this.#writer.close()
  }

  #committed(head: number): void {
    if (head === this.#head) return
    this.#head = head
    for (const listener of this.#listeners) listener()
  }
}
