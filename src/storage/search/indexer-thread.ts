import os from 'node:os'
import path from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import type { Database } from 'better-sqlite3'
import { openSqlite } from '../sqlite.ts'
import { discard, identityOf, isBroken, openToWrite } from './file.ts'
import { type Standing, TextIndexer } from './indexer.ts'

/**
 * The thread that owns `search.db`. It reads texts from `telemetry.db` itself, so that none travels over the main thread, and lets
 * everyone else go first: under full load it falls behind, and catches up afterwards.
 */
export interface IndexerData {
  dir: string
  cacheBytes: number
}

/** `restMs`: how long it keeps still before it works. */
export type ToIndexer = { kind: 'advance'; restMs: number } | { kind: 'rebuild' } | { kind: 'close' }
export type FromIndexer =
  | { kind: 'ready'; standing: IndexStanding }
  | { kind: 'advanced'; standing: IndexStanding }
  | { kind: 'failed'; message: string }

/** `generation` is another one each time the file was begun anew: whoever has it open must open it again. */
export interface IndexStanding extends Standing {
  generation: number
  /** The place up to which the file is being built anew; null when it is not. */
  rebuildingTo: number | null
}

if (!parentPort) throw new Error('this file runs as a worker thread')
const port = parentPort
const { dir, cacheBytes } = workerData as IndexerData
const file = path.join(dir, 'search.db')
const say = (message: FromIndexer) => port.postMessage(message)

/** For so long it works before it says how far it is. */
const STEP_MS = 100

class Owner {
  readonly #telemetry: Database
  #index!: Database
  #indexer!: TextIndexer
  #identity: string | null = null
  #generation = 0
  #rebuildingTo: number | null = null

  constructor() {
    this.#telemetry = openSqlite(path.join(dir, 'telemetry.db'), { readonly: true })
    this.#telemetry.pragma(`cache_size = -${Math.floor(cacheBytes / 2048)}`)
    this.#open()
  }

  /** Works for a while, or until the end of the log. */
  advance(): IndexStanding {
    if (identityOf(file) !== this.#identity) this.rebuild()
    try {
      return this.#steps()
    } catch (error) {
      if (!isBroken(error)) throw error
      this.rebuild()
      return this.#steps()
    }
  }

  /** Begins the file anew. */
  rebuild(): void {
    this.#index.close()
    discard(file)
    this.#open()
  }

  standing(): IndexStanding {
    const { place } = this.#indexer
    const head = this.#head()
    return { place, head: Math.max(place, head), generation: this.#generation, rebuildingTo: this.#rebuildingTo }
  }

  close(): void {
    this.#index.close()
    this.#telemetry.close()
  }

  #steps(): IndexStanding {
    const until = performance.now() + STEP_MS
    let standing: Standing
    do standing = this.#indexer.step()
    while (standing.place < standing.head && performance.now() < until)
    if (this.#rebuildingTo !== null && standing.place >= this.#rebuildingTo) this.#rebuildingTo = null
    return { ...standing, generation: this.#generation, rebuildingTo: this.#rebuildingTo }
  }

  #open(): void {
    if (!this.#opened()) {
      discard(file)
      this.#opened()
    }
    this.#identity = identityOf(file)
    this.#generation += 1
  }

  /** False: what stands there cannot be used. */
  #opened(): boolean {
    const head = this.#head()
    const { db, fresh } = openToWrite(file, cacheBytes)
    try {
      this.#indexer = new TextIndexer(this.#telemetry, db)
    } catch (error) {
      db.close()
      if (fresh || !isBroken(error)) throw error
      return false
    }
    if (this.#indexer.place > head) {
      // It was made of another telemetry.db than the one that stands here, such as one that was restored since.
      db.close()
      return false
    }
    this.#index = db
    this.#rebuildingTo = fresh && head > 0 ? head : null
    return true
  }

  #head(): number {
    return this.#telemetry.prepare<[], number>('SELECT seq FROM log_head').pluck().get() ?? 0
  }
}

// On Linux a priority is a thread's own; elsewhere it would be the whole process's.
if (os.platform() === 'linux') os.setPriority(10)
const owner = new Owner()

const resting = new Set<NodeJS.Timeout>()

port.on('message', (message: ToIndexer) => {
  switch (message.kind) {
    case 'advance':
      if (message.restMs === 0) advance()
      else rest(message.restMs)
      break
    case 'rebuild':
      advance(() => owner.rebuild())
      break
    case 'close':
      // Who has asked waits for an answer, and would for ever.
      for (const timer of resting) {
        clearTimeout(timer)
        say({ kind: 'advanced', standing: owner.standing() })
      }
      owner.close()
      port.close()
      break
    default:
      message satisfies never
  }
})

function rest(ms: number): void {
  const timer = setTimeout(() => {
    resting.delete(timer)
    advance()
  }, ms)
  resting.add(timer)
}

function advance(first?: () => void): void {
  try {
    first?.()
    say({ kind: 'advanced', standing: owner.advance() })
  } catch (error) {
    say({ kind: 'failed', message: (error as Error).message })
  }
}

say({ kind: 'ready', standing: owner.standing() })
