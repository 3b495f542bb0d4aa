import type { Worker } from 'node:worker_threads'
import type { Clock } from '../../clock.ts'
import type { Log } from '../../log.ts'
import { startThread } from '../threads.ts'
import type { FromIndexer, IndexerData, IndexStanding, ToIndexer } from './indexer-thread.ts'

export interface SearchOptions extends IndexerData {
  /** Whether so much comes in that everything else had better wait. */
  busy: () => boolean
  clock: Clock
  log: Log
}

/** How far behind the index may be for a question to wait for it: more than this would not be caught up in `WAIT_MS`. */
const WAIT_CHANGES = 100
const WAIT_MS = 75
/**
 * How long the indexer keeps still between two steps of a tenth of a second, while more comes in meanwhile: `full` where more comes than the
 * processors can do at once. A burst is stored first and read for its words afterwards; who is behind for longer than `BURST_MS` waits less.
 */
const REST_MS = { burst: { full: 2_000, some: 300 }, after: { full: 500, some: 0 } } as const
const BURST_MS = 60_000
/** How often it is looked whether the file still stands there. */
const LOOK_MS = 5_000

interface Waiting {
  place: number
  done(): void
}

/** `search.db` as the main thread sees it: it has the index brought up to the log, and knows how far that is. It never opens the file. */
export class SearchIndex {
  readonly #options: SearchOptions
  readonly #waiting = new Set<Waiting>()
  #worker: Worker | null = null
  #starting: Promise<void> | null = null
  #standing: IndexStanding = { place: 0, head: 0, generation: 0, rebuildingTo: null }
  /** Answers of the thread come in the order of the questions. */
  #asked: { resolve(standing: IndexStanding): void; reject(error: Error): void }[] = []
  /** Generations of threads that died. */
  #generations = 0
  #following = 0
  #closing = false
  #cancelLook: () => void = () => undefined

  /** Its thread is started with the first change of the log that is to be indexed: an appliance without traces need not have it. */
  constructor(options: SearchOptions) {
    this.#options = options
    this.#look()
  }

  /** How far the index has read the log. */
  get place(): number {
    return this.#standing.place
  }

  /** Which file it is: another number each time it was begun anew. */
  get generation(): number {
    return this.#standing.generation
  }

  /** How much of an index that is being built anew there is, from 0 to 1. */
  get progress(): number {
    const { place, rebuildingTo } = this.#standing
    return rebuildingTo === null ? 1 : place / rebuildingTo
  }

  /** Brings the index to the end of the log; it ends early where the index is closed meanwhile. */
  async follow(): Promise<void> {
    const { clock } = this.#options
    const began = clock.now()
    let restMs = 0
    let seen = this.#standing.head
    this.#following += 1
    try {
      while (!this.#closing) {
        if (!this.#worker) await this.#start()
        const { place, head, rebuildingTo } = await this.#ask({ kind: 'advance', restMs })
        if (place >= head) return
        const burst = rebuildingTo === null && clock.now() - began < BURST_MS
        restMs = head > seen ? this.#rest(burst) : 0
        seen = head
      }
    } finally {
      this.#following -= 1
    }
  }

  #rest(burst: boolean): number {
    const { full, some } = burst ? REST_MS.burst : REST_MS.after
    return this.#options.busy() ? full : some
  }

  /** The file turned out to be missing or damaged: it is thrown away and built anew. Resolves when that has begun. */
  async rebuild(): Promise<void> {
    if (!this.#worker) await this.#start()
    // One that is being built is not begun again, whoever else finds fault with it: it would never come to its end.
    else if (this.#standing.rebuildingTo === null) await this.#ask({ kind: 'rebuild' })
  }

  /** Has the file thrown away and made anew, unless that is under way. Resolves when that has begun. */
  async startOver(): Promise<void> {
    if (!this.#worker) await this.#start()
    await this.rebuild()
  }

  /**
   * Resolves when the index has come to `place`, so that what was acknowledged a moment ago is found. Waits only where that is worth it,
   * and never long: an index that is far behind answers at once with what it has.
   */
  caughtUp(place: number): Promise<void> {
    const behind = place - this.#standing.place
    if (behind <= 0 || behind > WAIT_CHANGES) return Promise.resolve()
    return new Promise((resolve) => {
      const waiting: Waiting = {
        place,
        done: () => {
          cancel()
          this.#waiting.delete(waiting)
          resolve()
        },
      }
      const cancel = this.#options.clock.after(WAIT_MS, waiting.done)
      this.#waiting.add(waiting)
    })
  }

  async close(): Promise<void> {
    this.#closing = true
    this.#cancelLook()
    await this.#starting?.catch(() => undefined)
    const worker = this.#worker
    if (!worker) return
    await new Promise<void>((resolve) => {
      worker.once('exit', () => resolve())
      worker.postMessage({ kind: 'close' } satisfies ToIndexer)
    })
  }

  /** A file that was deleted is missed also when nothing happens, and built anew to its end. */
  #look(): void {
    this.#cancelLook = this.#options.clock.after(LOOK_MS, async () => {
      try {
        if (this.#worker && this.#following === 0) await this.follow()
      } catch (error) {
        this.#options.log.error({ err: error }, 'the index of texts cannot be kept; it is tried again')
      }
      if (!this.#closing) this.#look()
    })
  }

  #ask(message: Exclude<ToIndexer, { kind: 'close' }>): Promise<IndexStanding> {
    return new Promise((resolve, reject) => {
      this.#asked.push({ resolve, reject })
      this.#worker?.postMessage(message)
    })
  }

  #start(): Promise<void> {
    this.#starting ??= this.#startThread().finally(() => {
      this.#starting = null
    })
    return this.#starting
  }

  #startThread(): Promise<void> {
    const { dir, cacheBytes } = this.#options
    return new Promise((resolve, reject) => {
      const worker = startThread('indexer-thread', { dir, cacheBytes } satisfies IndexerData)
      worker.on('message', (message: FromIndexer) => {
        if (message.kind === 'failed') {
          this.#asked.shift()?.reject(new Error(message.message))
          return
        }
        this.#stand(message.standing)
        if (message.kind === 'advanced') this.#asked.shift()?.resolve(this.#standing)
        else {
          this.#worker = worker
          resolve()
        }
      })
      worker.on('error', (error) => {
        this.#lost(error)
        reject(error)
      })
    })
  }

  #stand(standing: IndexStanding): void {
    this.#standing = { ...standing, generation: this.#generations + standing.generation }
    for (const waiting of [...this.#waiting]) if (standing.place >= waiting.place) waiting.done()
  }

  /** The next `follow` starts another. */
  #lost(error: Error): void {
    this.#worker = null
    this.#generations = this.#standing.generation
    for (const { reject } of this.#asked.splice(0)) reject(error)
    if (!this.#closing) this.#options.log.error({ err: error }, 'the indexer died')
  }
}
