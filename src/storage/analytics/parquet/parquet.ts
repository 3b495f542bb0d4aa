import { rmSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import path from 'node:path'
import type { Worker } from 'node:worker_threads'
import { AppError } from '../../../errors.ts'
import { PASSING_DIR } from '../../disk-use.ts'
import { startThread } from '../../threads.ts'
import type { ParquetForm } from './columns.ts'
import type { FromParquet, ParquetTask, ToParquet } from './messages.ts'

export interface MakeParquet {
  form: ParquetForm
  /** JSON lines of that form. */
  rows: AsyncIterable<Uint8Array>
  /** Asked before each piece of them; throws when there is no room. */
  room(): void
  /** Nobody waits for the file any more. */
  signal: AbortSignal
}

const PIECE_BYTES = 256 * 1024

/**
 * Parquet files that are sent as they are made: part by part, each of which lies in a directory inside the data directory until it is sent. That is
 * thrown away with the last one, and at the start.
 */
export class ParquetFiles {
  readonly #home: string
  readonly #memoryBytes: number
  readonly #making = new Set<Making>()

  constructor({ dir, memoryBytes }: { dir: string; memoryBytes: number }) {
    this.#home = path.join(dir, PASSING_DIR)
    this.#memoryBytes = memoryBytes
    this.#clear()
  }

  /** The bytes of the file, once there are some: what cannot be begun is refused before the answer is. */
  async make(ask: MakeParquet): Promise<AsyncGenerator<Uint8Array>> {
    await mkdir(this.#home, { recursive: true, mode: 0o700 })
    const dir = await mkdtemp(path.join(this.#home, 'parquet-'))
    const pieces = this.#made(ask, dir)
    const first = await pieces.next()
    return first.done === true ? pieces : begunWith(first.value, pieces)
  }

  async *#made({ form, rows, room, signal }: MakeParquet, dir: string): AsyncGenerator<Uint8Array> {
    const making = new Making({ dir, form, memoryBytes: this.#memoryBytes })
    this.#making.add(making)
    const drop = async () => {
      await making.drop()
      this.#making.delete(making)
      await rm(dir, { recursive: true, force: true })
    }
    // Who has gone may not ask for another piece.
    signal.addEventListener('abort', drop)
    try {
      for await (const bytes of rows) {
        room()
        const made = await making.take(bytes)
        if (made !== null) yield* inPieces(made)
      }
      yield* inPieces(await making.finish())
    } catch (error) {
      // Who has gone is told nothing, and nobody else need be.
      if (!signal.aborted) throw error
    } finally {
      signal.removeEventListener('abort', drop)
      await drop()
    }
  }

  /** Stops what is being made. */
  async close(): Promise<void> {
    await Promise.all([...this.#making].map((making) => making.drop()))
    this.#clear()
  }

  #clear(): void {
    rmSync(this.#home, { recursive: true, force: true })
  }
}

async function* begunWith(first: Uint8Array, rest: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield first
    yield* rest
  } finally {
    await rest.return(undefined)
  }
}

function* inPieces(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += PIECE_BYTES) yield bytes.subarray(at, at + PIECE_BYTES)
}

/** One file while it is made. A thread of its own gives all that it took back when it ends. */
class Making {
  readonly #worker: Worker
  readonly #exited: Promise<void>
  #waiting: { resolve(made: Uint8Array | null): void; reject(error: Error): void } | null = null
  #ended: Error | null = null

  constructor(task: ParquetTask) {
    this.#worker = startThread('parquet-thread', task)
    this.#exited = new Promise((resolve) => this.#worker.once('exit', () => resolve()))
    this.#worker.on('message', (message: FromParquet) => {
      if (message.kind === 'failed') this.#end(refusal(message.message))
      else this.#settle(message.made)
    })
    this.#worker.once('error', (error) => this.#end(error))
    this.#worker.once('exit', () => this.#end(new Error('the thread that writes Parquet has ended')))
  }

  /** Resolves once there is room for more, with what of the file is made by now. */
  take(bytes: Uint8Array): Promise<Uint8Array | null> {
    return this.#exchange({ kind: 'rows', bytes })
  }

  /** The rest of the file. */
  async finish(): Promise<Uint8Array> {
    const made = await this.#exchange({ kind: 'end' })
    await this.#exited
    return made ?? new Uint8Array()
  }

  /** Resolves once the thread is gone, and nothing is written any more. */
  drop(): Promise<void> {
    this.#end(new Error('nobody waits for the Parquet file any more'))
    this.#worker.postMessage({ kind: 'drop' } satisfies ToParquet)
    return this.#exited
  }

  #exchange(message: ToParquet): Promise<Uint8Array | null> {
    if (this.#ended) return Promise.reject(this.#ended)
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
      this.#worker.postMessage(message)
    })
  }

  #settle(made: Uint8Array | null): void {
    this.#waiting?.resolve(made)
    this.#waiting = null
  }

  #end(error: Error): void {
    this.#ended ??= error
    this.#waiting?.reject(this.#ended)
    this.#waiting = null
  }
}

function refusal(message: string): Error {
  const cause = new Error(message)
  if (/Out of Memory Error|maximum_object_size/.test(message)) {
    return new AppError(
      'storage_unavailable',
      'One of the traces is too large to be written as Parquet in exports.parquet_memory_bytes; raise that, or take JSON lines.',
      { cause },
    )
  }
  return /no space left on device|max_temp_directory_size/i.test(message) ? noRoom(cause) : cause
}

/** What a Parquet export is refused with where there is no room for the file. */
export const noRoom = (cause?: Error): AppError =>
  new AppError(
    'storage_full',
    'There is no room on the disk for the parts of a Parquet file, which are made there; make room, or take CSV or JSON lines, which need none.',
    { retryAfterS: 30, ...(cause ? { cause } : {}) },
  )
