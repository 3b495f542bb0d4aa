import type { Worker } from 'node:worker_threads'
import { AppError } from '../../errors.ts'
import type { StorageFault } from '../faults.ts'
import { SchemaError } from '../migrate.ts'
import { startThread } from '../threads.ts'
import type { Erase } from './eraser.ts'
import type { Answer, FromWriter, Refusal, Standing, ToWriter } from './messages.ts'
import { pack } from './pack.ts'
import type { Repriced } from './repricer.ts'
import type { Append, Receipt } from './wire.ts'
import type { WriterData } from './writer-thread.ts'

/**
 * Told of each commit: how the file stands, the milliseconds it took to write what was appended (null if nothing was), and why something was
 * refused (null if nothing was, undefined if there was nothing to keep).
 */
export type OnCommit = (at: Standing, took: number | null, refused: StorageFault | null | undefined) => void

type Kept = Exclude<Answer, Refusal>

interface Waiting {
  resolve(answer: Kept): void
  reject(error: Error): void
}

/** The main thread's end of the writer: one promise for each append, kept when its commit is on disk. */
export class WriterClient {
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiting>()
  readonly #onCommit: OnCommit
  #lastId = 0
  #dead: Error | null = null

  private constructor(worker: Worker, onCommit: OnCommit) {
    this.#worker = worker
    this.#onCommit = onCommit
  }

  /** Opens (and migrates) the file on its thread. Rejects with `SchemaError` where a newer version wrote it. */
  static open(data: WriterData, onCommit: OnCommit): Promise<{ writer: WriterClient; at: Standing }> {
    return new Promise((resolve, reject) => {
      const worker = startThread('writer-thread', data)
      const writer = new WriterClient(worker, onCommit)
      worker.on('message', (message: FromWriter) => {
        if (message.kind === 'ready') resolve({ writer, at: message.at })
        else if (message.kind === 'failed') reject(failure(message))
        else writer.#take(message)
      })
      worker.on('error', (error) => {
        reject(error)
        writer.#fail(error)
      })
    })
  }

  /** Is the thread that writes alive? */
  get alive(): boolean {
    return this.#dead === null
  }

  /** What was asked of it, and is not answered yet. */
  get waiting(): number {
    return this.#waiting.size
  }

  /**
   * Resolves once all of it is durable. Rejects with `storage_full` or `storage_unavailable` (503, nothing of it is stored) when the
   * commit failed.
   */
  append(append: Append): Promise<Receipt[]> {
    const { packed, transfer } = pack(append)
    // Not awaited here: what waits for a commit must not hold the batch.
    return this.#request((id) => ({ kind: 'append', id, append: packed }), transfer).then(receiptsOf)
  }

  /**
   * Resolves with how many went, once they and all that hung on them are gone. Rejects like `append`, or with `shutting_down`; what
   * went until then is gone, and asking again goes on with the rest.
   */
  erase(erase: Erase): Promise<number> {
    return this.#request((id) => ({ kind: 'erase', id, erase })).then(erasedOf)
  }

  /**
   * Gives spans new costs, in one commit, so few at a time that ingest need not wait. Resolves with how many traces changed;
   * rejects like `append`.
   */
  reprice(changes: readonly Repriced[]): Promise<number> {
    return this.#request((id) => ({ kind: 'reprice', id, changes })).then((answer) =>
      'repriced' in answer ? answer.repriced : 0,
    )
  }

  /** Folds the write-ahead log into the file and gives its space back. False: somebody was reading from it. */
  fold(): Promise<boolean> {
    return this.#request((id) => ({ kind: 'fold', id })).then((answer) => 'folded' in answer && answer.folded)
  }

  /** Commits what waits, then closes the file. */
  close(): Promise<void> {
    if (this.#dead) return Promise.resolve()
    return new Promise((resolve) => {
      this.#worker.once('exit', () => resolve())
      this.#worker.postMessage({ kind: 'close' } satisfies ToWriter)
    })
  }

  #request(message: (id: number) => ToWriter, transfer: ArrayBuffer[] = []): Promise<Kept> {
    if (this.#dead) return Promise.reject(unavailable(this.#dead))
    const id = ++this.#lastId
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#worker.postMessage(message(id), transfer)
    })
  }

  #take(message: Exclude<FromWriter, { kind: 'ready' | 'failed' }>): void {
    if (message.kind === 'closed') return
    for (const answer of message.answers) this.#answer(answer)
    this.#onCommit(message.at, message.took, outcomeOf(message.answers))
  }

  #answer(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id)
    this.#waiting.delete(answer.id)
    if ('refused' in answer) waiting?.reject(refusal(answer))
    else waiting?.resolve(answer)
  }

  #fail(error: Error): void {
    this.#dead = error
    for (const { reject } of this.#waiting.values()) reject(unavailable(error))
    this.#waiting.clear()
  }
}

/** Whether what was to be written was: the first refusal that is the disk's fault, null: all of it, undefined: there was nothing. */
function outcomeOf(answers: readonly Answer[]): StorageFault | null | undefined {
  let outcome: null | undefined
  for (const answer of answers) {
    if ('refused' in answer) {
      if (answer.refused === 'storage_full' || answer.refused === 'storage_unavailable') return answer.refused
    } else if (!('folded' in answer)) outcome = null
  }
  return outcome
}

const receiptsOf = (answer: Kept): Receipt[] => ('receipts' in answer ? answer.receipts : [])
const erasedOf = (answer: Kept): number => ('erased' in answer ? answer.erased : 0)

function failure({ name, message }: { name: string; message: string }): Error {
  return name === 'SchemaError' ? new SchemaError(message) : new Error(message)
}

function refusal({ refused, message }: Refusal): Error {
  const cause = new Error(message)
  switch (refused) {
    case 'storage_full':
      return new AppError('storage_full', 'The disk is full: nothing of this was stored; try again later.', {
        retryAfterS: 10,
        cause,
      })
    case 'storage_unavailable':
      return unavailable(cause)
    case 'shutting_down':
      return new AppError('shutting_down', 'The appliance is stopping; try again shortly.', { retryAfterS: 5, cause })
    case 'internal':
      return cause
  }
}

const unavailable = (cause: Error): AppError =>
  new AppError('storage_unavailable', 'The store cannot be written: nothing of this was stored; try again later.', {
    retryAfterS: 10,
    cause,
  })
