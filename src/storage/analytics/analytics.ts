import type { Worker } from 'node:worker_threads'
import { AppError } from '../../errors.ts'
import { startThread } from '../threads.ts'
import type { AnalyticsData, FromAnalytics, ToAnalytics } from './messages.ts'
import type { AnalyticsAnswer, AnalyticsAsk, AnalyticsQuestion } from './questions/index.ts'

/** Questions that wait at most; more are refused. */
const MOST_WAITING = 200

/** An answer, and how many changes of the log it has not seen (0 unless the mirror is far behind). */
export interface Answered<T> {
  value: T
  behind: number
}

interface Waiting {
  resolve(message: FromAnalytics): void
  reject(error: Error): void
}

/**
 * `analytics.duckdb` as the main thread sees it. It may be missing or behind at any time; it never holds up anything else. Its thread is started
 * with the first thing that there is to do: DuckDB takes some 50 MB, which an appliance without traces need not have.
 */
export class Analytics {
  readonly #waiting = new Map<number, Waiting>()
  readonly #data: AnalyticsData
  readonly #listeners = new Set<(progress: number) => void>()
  #worker: Worker | null = null
  #started: Promise<void> | null = null
  #lastId = 0
  #place = 0
  #kept = 0
  /** Where the log ended when the mirror was opened, or how far it was in when that was taken back; null before it is open. */
  #goal: number | null = null
  #dead: Error | null = null
  #closing = false

  constructor(data: AnalyticsData) {
    this.#data = data
  }

  /** How far the log is in the mirror. */
  get place(): number {
    return this.#place
  }

  /** How far it will be after a crash. */
  get kept(): number {
    return this.#kept
  }

  /** How much of what the log held at the start, or the mirror held already, is in, 0 to 1: below 1 while it is made anew. Null before it is open. */
  get progress(): number | null {
    if (this.#goal === null) return null
    return this.#goal === 0 ? 1 : Math.min(1, this.#place / this.#goal)
  }

  /** Calls back as the mirror comes on; answers the function that stops it. */
  onProgress(listener: (progress: number) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Brings the log in up to its end. A thread that died, or could not open the file, is started again. */
  async follow(): Promise<void> {
    if (this.#dead) this.#started = null
    await this.#running()
    await this.#exchange((id) => ({ kind: 'follow', id }))
  }

  /** Has the file thrown away and made anew. Resolves when that has begun. */
  async startOver(): Promise<void> {
    await this.#running()
    await this.#exchange((id) => ({ kind: 'startOver', id }))
  }

  /** Puts a question, to be answered from all that was committed up to the place `at`. */
  async ask<Q extends AnalyticsQuestion>(
    question: Q,
    ask: AnalyticsAsk<Q>,
    at: number,
  ): Promise<Answered<AnalyticsAnswer<Q>>> {
    if (this.#waiting.size >= MOST_WAITING)
      throw new AppError('queue_full', 'Too many questions are waiting; try again shortly.', { retryAfterS: 1 })
    await this.#running()
    const message = await this.#exchange((id) => ({ kind: 'ask', id, question, ask, at }))
    if (message.kind !== 'answer') throw new Error(`the analytics thread said ${message.kind} to a question`)
    return { value: message.value as AnalyticsAnswer<Q>, behind: message.behind }
  }

  /** Lets the step in hand end, then closes the file. */
  close(): Promise<void> {
    this.#closing = true
    const worker = this.#worker
    if (this.#dead || !worker) return Promise.resolve()
    return new Promise((resolve) => {
      worker.once('exit', () => resolve())
      worker.postMessage({ kind: 'close' } satisfies ToAnalytics)
    })
  }

  /** Resolves once the thread has the file open. */
  #running(): Promise<void> {
    if (this.#closing) return Promise.reject(unavailable(null))
    this.#started ??= this.#start()
    return this.#started
  }

  #start(): Promise<void> {
    this.#dead = null
    return new Promise((resolve, reject) => {
      const worker = startThread('analytics-thread', this.#data)
      this.#worker = worker
      worker.on('message', (message: FromAnalytics) => {
        switch (message.kind) {
          case 'ready':
            this.#place = message.place
            this.#kept = message.kept
            this.#goal = message.head
            return resolve()
          case 'failed':
            this.#fail(new Error(message.message))
            return reject(unavailable(this.#dead))
          case 'place':
            if (message.place < this.#place) this.#goal = Math.max(this.#goal ?? 0, this.#place)
            this.#place = message.place
            this.#kept = message.kept
            for (const listener of this.#listeners) listener(this.progress ?? 0)
            return
          default:
            return this.#settle(message)
        }
      })
      worker.on('error', (error) => {
        this.#fail(error)
        reject(unavailable(error))
      })
    })
  }

  #exchange(make: (id: number) => ToAnalytics): Promise<FromAnalytics> {
    const worker = this.#worker
    if (this.#dead || this.#closing || !worker) return Promise.reject(unavailable(this.#dead))
    const id = ++this.#lastId
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      worker.postMessage(make(id))
    })
  }

  #settle(message: Extract<FromAnalytics, { id: number }>): void {
    const waiting = this.#waiting.get(message.id)
    this.#waiting.delete(message.id)
    if (message.kind === 'error') waiting?.reject(refusal(message))
    else waiting?.resolve(message)
  }

  #fail(error: Error): void {
    this.#dead = error
    for (const { reject } of this.#waiting.values()) reject(unavailable(error))
    this.#waiting.clear()
  }
}

/** What DuckDB says when the limits that it is held to do not do. */
function refusal({ message }: { message: string }): Error {
  if (!/^Out of Memory Error/.test(message)) return new Error(message)
  return new AppError(
    'storage_unavailable',
    'This takes more memory than analytics.memory_bytes allows; ask for a shorter range, or raise the limit.',
    { retryAfterS: 60, cause: new Error(message) },
  )
}

const unavailable = (cause: Error | null): AppError =>
  new AppError(
    'storage_unavailable',
    'Analytics is not available at the moment; traces are taken in and shown all the same.',
    {
      retryAfterS: 10,
      ...(cause ? { cause } : {}),
    },
  )
