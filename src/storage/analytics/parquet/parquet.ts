import { createReadStream, rmSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import path from 'node:path'
import type { Worker } from 'node:worker_threads'
import { AppError } from '../../../errors.ts'
import { PASSING_DIR } from '../../disk-use.ts'
import { startThread } from '../../threads.ts'
import type { ParquetForm } from './columns.ts'
import { type FromParquet, type ParquetTask, RESULT, type ToParquet } from './messages.ts'

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
 * Parquet files, for as long as it takes to send them. Such a file ends with where everything in it stands, so it is made on the disk first, in
 * a directory inside the data directory, which is thrown away with it, and at the start.
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

  /** Takes all rows, and answers the bytes of the file. */
  async make({ form, rows, room, signal }: MakeParquet): Promise<AsyncGenerator<Uint8Array>> {
    await mkdir(this.#home, { recursive: true, mode: 0o700 })
    const dir = await mkdtemp(path.join(this.#home, 'parquet-'))
    const making = new Making({ dir, form, memoryBytes: this.#memoryBytes })
    this.#making.add(making)
    const drop = () => making.drop()
    signal.addEventListener('abort', drop)
    try {
      for await (const bytes of rows) {
        room()
        await making.take(bytes)
      }
      await making.finish()
    } catch (error) {
      await making.drop()
      await rm(dir, { recursive: true, force: true })
      throw error
    } finally {
      signal.removeEventListener('abort', drop)
      this.#making.delete(making)
    }
    return thrownAway(dir)
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

async function* thrownAway(dir: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path.join(dir, RESULT), { highWaterMark: PIECE_BYTES })
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

/** One file while it is made. A thread of its own gives all that it took back when it ends. */
class Making {
  readonly #worker: Worker
  readonly #exited: Promise<void>
  #waiting: { resolve(): void; reject(error: Error): void } | null = null
  #ended: Error | null = null

  constructor(task: ParquetTask) {
    this.#worker = startThread('parquet-thread', task)
    this.#exited = new Promise((resolve) => this.#worker.once('exit', () => resolve()))
    this.#worker.on('message', (message: FromParquet) => {
      if (message.kind === 'failed') this.#end(refusal(message.message))
      else this.#settle()
    })
    this.#worker.once('error', (error) => this.#end(error))
    this.#worker.once('exit', () => this.#end(new Error('the thread that writes Parquet has ended')))
  }

  /** Resolves once there is room for more. */
  take(bytes: Uint8Array): Promise<void> {
    return this.#exchange({ kind: 'rows', bytes })
  }

  async finish(): Promise<void> {
    await this.#exchange({ kind: 'end' })
    await this.#exited
  }

  /** Resolves once the thread is gone, and nothing is written any more. */
  drop(): Promise<void> {
    this.#end(new Error('nobody waits for the Parquet file any more'))
    this.#worker.postMessage({ kind: 'drop' } satisfies ToParquet)
    return this.#exited
  }

  #exchange(message: ToParquet): Promise<void> {
    if (this.#ended) return Promise.reject(this.#ended)
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
      this.#worker.postMessage(message)
    })
  }

  #settle(): void {
    this.#waiting?.resolve()
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
  if (/^Out of Memory Error|maximum_object_size/.test(message)) {
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
    'There is no room on the disk for a Parquet file, which is made there before it is sent; make room, or take CSV or JSON lines, which need none.',
    { retryAfterS: 30, ...(cause ? { cause } : {}) },
  )
