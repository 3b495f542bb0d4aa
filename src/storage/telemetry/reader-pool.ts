import type { Worker } from 'node:worker_threads'
import { AppError } from '../../errors.ts'
import { startThread } from '../threads.ts'
import { drawnAhead } from './drawn-ahead.ts'
import type { AnswerOf, AskOf, QuestionName } from './questions/index.ts'
import type { FromReader, ReaderData, ToReader } from './reader-thread.ts'

/** Questions that wait at most, over all threads; more are refused, so that memory stays bounded. */
const MOST_WAITING = 1_000

/** What a question answers on this side: the value, or the stream of its pieces. */
export type Asked<Q extends QuestionName> =
  | Exclude<AnswerOf<Q>, Generator<Uint8Array>>
  | (Extract<AnswerOf<Q>, Generator<Uint8Array>> extends never ? never : AsyncGenerator<Uint8Array>)

interface Waiting {
  resolve(message: FromReader): void
  reject(error: Error): void
}

interface Reader {
  worker: Worker
  /** By question; of a stream several pieces are waited for, which come in order. */
  waiting: Map<number, Waiting[]>
}

/**
 * Read-only threads over `telemetry.db`. A question goes to the thread with the least to do; the event loop never scans. One is there from
 * the start, and another is started whenever all have something to do, up to as many as there may be: each takes some 10 MB.
 */
export class ReaderPool {
  readonly #data: ReaderData
  readonly #most: number
  readonly #starting = new Set<Promise<void>>()
  readonly #readers: Reader[] = []
  /** Counts what is asked of the threads, for those that give way to them. */
  readonly asked = new SharedArrayBuffer(4)
  readonly #asked = new Int32Array(this.asked)
  #lastId = 0
  #closing = false

  private constructor(data: ReaderData, most: number) {
    this.#data = data
    this.#most = most
  }

  /** Answers once the first thread runs. It opens the file with the first question, which must not come before there is one. */
  static async open(data: ReaderData, threads: number): Promise<ReaderPool> {
    const pool = new ReaderPool(data, threads)
    await pool.#start()
    return pool
  }

  /** Questions that wait for their answer. */
  get waiting(): number {
    return this.#readers.reduce((sum, reader) => sum + reader.waiting.size, 0)
  }

  async ask<Q extends QuestionName>(question: Q, ask: AskOf<Q>): Promise<Asked<Q>> {
    if (this.waiting >= MOST_WAITING)
      throw new AppError('queue_full', 'Too many reads are waiting; try again shortly.', { retryAfterS: 1 })
    const reader = this.#leastBusy()
    if (reader.waiting.size > 0) this.#grow()
    const id = ++this.#lastId
    const first = await this.#exchange(reader, id, { kind: 'ask', id, question, ask })
    return (
      first.kind === 'stream' ? this.#pieces(reader, id) : first.kind === 'answer' ? first.value : null
    ) as Asked<Q>
  }

  async close(): Promise<void> {
    this.#closing = true
    await Promise.all(this.#starting)
    await Promise.all(
      this.#readers.map(
        ({ worker }) =>
          new Promise<void>((resolve) => {
            worker.once('exit', () => resolve())
            worker.postMessage({ kind: 'close' } satisfies ToReader)
          }),
      ),
    )
  }

  async *#pieces(reader: Reader, id: number): AsyncGenerator<Uint8Array> {
    let done = false
    const draw = async () => {
      const message = await this.#exchange(reader, id, { kind: 'more', id })
      return message.kind === 'piece' ? message.bytes : null
    }
    try {
      yield* drawnAhead(draw)
      done = true
    } finally {
      if (!done) reader.worker.postMessage({ kind: 'drop', id } satisfies ToReader)
    }
  }

  #exchange(reader: Reader, id: number, message: ToReader): Promise<FromReader> {
    return new Promise((resolve, reject) => {
      const waiting = reader.waiting.get(id)
      if (waiting) waiting.push({ resolve, reject })
      else reader.waiting.set(id, [{ resolve, reject }])
      Atomics.add(this.#asked, 0, 1)
      reader.worker.postMessage(message)
    })
  }

  #leastBusy(): Reader {
    const [first, ...others] = this.#readers
    if (!first)
      throw new AppError('storage_unavailable', 'No reader is running; try again shortly.', { retryAfterS: 1 })
    return others.reduce((best, reader) => (reader.waiting.size < best.waiting.size ? reader : best), first)
  }

  #grow(): void {
    if (this.#closing || this.#readers.length + this.#starting.size >= this.#most) return
    this.#start().catch(() => undefined)
  }

  #start(): Promise<void> {
    const started = new Promise<void>((resolve, reject) => {
      const worker = startThread('reader-thread', this.#data)
      const reader: Reader = { worker, waiting: new Map() }
      worker.on('message', (message: FromReader) => {
        if (message.kind === 'ready') {
          this.#readers.push(reader)
          return resolve()
        }
        this.#settle(reader, message)
      })
      worker.on('error', (error) => {
        reject(error)
        this.#lost(reader, error)
      })
    })
    const settled = started.catch(() => undefined).finally(() => this.#starting.delete(settled))
    this.#starting.add(settled)
    return started
  }

  #settle({ waiting }: Reader, message: Exclude<FromReader, { kind: 'ready' }>): void {
    const queue = waiting.get(message.id)
    const first = queue?.shift()
    if (queue?.length === 0) waiting.delete(message.id)
    if (message.kind === 'error') first?.reject(new Error(message.message))
    else first?.resolve(message)
  }

  /** A thread that died takes its questions with it; another takes its place. */
  #lost(reader: Reader, error: Error): void {
    const at = this.#readers.indexOf(reader)
    if (at >= 0) this.#readers.splice(at, 1)
    for (const { reject } of [...reader.waiting.values()].flat()) reject(error)
    reader.waiting.clear()
    if (at >= 0 && !this.#closing) this.#start().catch(() => undefined)
  }
}
