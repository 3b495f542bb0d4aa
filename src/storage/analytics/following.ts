import { setImmediate as turnOfOthers } from 'node:timers/promises'
import type { Log } from '../../log.ts'
import type { DuckDBConnection } from './duckdb.ts'
import type { Mirror } from './mirror.ts'
import { Turns } from './turns.ts'

/** How far the log is in, and how far in the file. */
export interface Reached {
  place: number
  kept: number
}

interface FollowingParts {
  mirror: Mirror
  log: Log
  foldMs: number
  onPlace(reached: Reached): void
}

/** How long changes gather before they are brought in, unless somebody asks: a step costs 6 ms of processor besides its rows. */
const PACE_MS = 800
/** While somebody looks at charts, so that little has gathered when the next question comes. */
const LOOKED_AT_PACE_MS = 10
const LOOKED_AT_MS = 5_000
/**
 * Folding costs a sync of the disk, which ingest waits for too, and writes the last rows of each table once more; what is not folded is in
 * memory, and read again after a crash.
 */
const FOLD_ROWS = 250_000
/** A file that is found damaged again within so long is not worth opening once more. */
const DAMAGED_AGAIN_MS = 60 * 60 * 1000
/** How long a question waits for the place that it was asked at; then it is answered with what there is. */
const PATIENCE_MS = 2_000
/** After a failure questions do not make it try again at once; the follower does, when its time has come. */
const REST_MS = 5_000

/** Keeps the mirror with the log, and lets questions be put to it between two steps: paced, hurried by whoever asks. */
export class Following {
  readonly #mirror: Mirror
  readonly #turns = new Turns()
  readonly #log: Log
  readonly #foldMs: number
  readonly #onPlace: (reached: Reached) => void
  #running: Promise<void> | null = null
  #again = false
  #stopped = false
  #lastRun = Number.NEGATIVE_INFINITY
  #askedAt = Number.NEGATIVE_INFINITY
  #failedAt = Number.NEGATIVE_INFINITY
  #hurry: (() => void) | null = null
  #waiting = 0
  /** Called when a step, or all of following, has come to an end. */
  readonly #moved: (() => void)[] = []
  #foldTimer: NodeJS.Timeout | undefined
  #damagedAt = Number.NEGATIVE_INFINITY

  constructor({ mirror, log, foldMs, onPlace }: FollowingParts) {
    this.#mirror = mirror
    this.#log = log
    this.#foldMs = foldMs
    this.#onPlace = onPlace
  }

  /** Resolves when the log has been brought in up to where it ended when this was called, or later. */
  async follow(): Promise<void> {
    if (this.#running) {
      this.#again = true
      return this.#running
    }
    this.#running = this.#run().finally(() => {
      this.#running = null
    })
    return this.#running
  }

  /**
   * Waits for a place, within reason: until a step has come that far, not until the log has been read to its end. Answers how many changes
   * before it are missing: 0 unless the wait was too long.
   */
  async reach(at: number): Promise<number> {
    const deadline = performance.now() + PATIENCE_MS
    this.#askedAt = performance.now()
    this.#waiting += 1
    try {
      while (this.#mirror.place < at && performance.now() < deadline && !this.#resting && !this.#stopped) {
        const moved = new Promise<void>((resolve) => this.#moved.push(resolve))
        this.#hurry?.()
        this.follow().catch(() => undefined)
        await Promise.race([moved, sleep(deadline - performance.now())])
      }
    } finally {
      this.#waiting -= 1
    }
    return Math.max(0, at - this.#mirror.place)
  }

  /** Puts a question, between two steps: before all that are still to be done. It knows nothing new of tasks. */
  ask<T>(question: (db: DuckDBConnection, standing: string) => Promise<T>): Promise<T> {
    return this.#guard(() => this.#mirror.use(question), 'urgent')
  }

  /** Puts a question that may take long, or is about tasks: what it sees is settled between two steps, then it goes on beside them. */
  async askBeside<T>(question: (db: DuckDBConnection, standing: string) => Promise<T>): Promise<T> {
    const beside = await this.#guard(async () => {
      await this.#mirror.bringOutcomes()
      this.#foldSoon()
      return this.#mirror.beside()
    }, 'urgent')
    return beside.use(question)
  }

  /** In its turn. If it finds the file damaged, that is opened again, or made anew, before the error is passed on. */
  #guard<T>(work: () => Promise<T>, urgency?: 'urgent'): Promise<T> {
    return this.#turns.take(async () => {
      const { place } = this.#mirror
      try {
        return await work()
      } catch (error) {
        if (isDamage(error)) await this.#mend(error as Error)
        this.#onPlace(this.#mirror)
        // What was lost is read again, though nothing new has come.
        if (this.#mirror.place < place && !this.#stopped) setImmediate(() => this.follow().catch(() => undefined))
        throw error
      }
    }, urgency)
  }

  /** Throws the file away, and brings the log in from its start, while questions are answered from what is in. Resolves when that has begun. */
  async startOver(): Promise<void> {
    await this.#beginAnew()
    this.follow().catch(() => undefined)
  }

  async #beginAnew(): Promise<void> {
    this.#log.warn({ file: this.#mirror.file }, 'the analytics file is made anew from the log')
    await this.#turns.take(() => this.#mirror.startOver())
    this.#onPlace(this.#mirror)
  }

  /** Lets the step in hand end. */
  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#foldTimer)
    this.#hurry?.()
    await this.#running?.catch(() => undefined)
    await this.#guard(() => this.#mirror.fold()).catch(() => undefined)
  }

  get #resting(): boolean {
    return performance.now() - this.#failedAt < REST_MS
  }

  async #run(): Promise<void> {
    try {
      do {
        await this.#pace()
        this.#again = false
        this.#lastRun = performance.now()
        if (!this.#mirror.there) await this.#beginAnew()
        let more = true
        while (more && !this.#stopped) {
          if (this.#mirror.unfolded >= FOLD_ROWS) await this.#fold()
          more = await this.#guard(() => this.#mirror.step())
          this.#onPlace(this.#mirror)
          this.#tellMoved()
          // Whoever waited for this step is to get a turn before the next.
          if (more) await turnOfOthers()
        }
        this.#foldSoon()
      } while (this.#again && !this.#stopped)
      this.#failedAt = Number.NEGATIVE_INFINITY
    } catch (error) {
      this.#failedAt = performance.now()
      throw error
    } finally {
      this.#tellMoved()
    }
  }

  #tellMoved(): void {
    for (const resolve of this.#moved.splice(0)) resolve()
  }

  async #fold(): Promise<void> {
    clearTimeout(this.#foldTimer)
    this.#foldTimer = undefined
    await this.#guard(() => this.#mirror.fold())
    this.#onPlace(this.#mirror)
    this.#foldSoon()
  }

  #foldSoon(): void {
    if (!this.#mirror.pending || this.#foldTimer || this.#stopped) return
    this.#foldTimer = setTimeout(() => {
      this.#fold().catch((error: unknown) => {
        this.#log.error({ err: error }, 'analytics could not be folded into its file')
        this.#foldSoon()
      })
    }, this.#foldMs)
  }

  async #pace(): Promise<void> {
    const now = performance.now()
    const pace = now - this.#askedAt < LOOKED_AT_MS ? LOOKED_AT_PACE_MS : PACE_MS
    const wait = this.#lastRun + pace - now
    if (wait <= 0 || this.#waiting > 0 || this.#stopped) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, wait)
      this.#hurry = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.#hurry = null
  }

  async #mend(error: Error): Promise<void> {
    const { file } = this.#mirror
    if (isNoRoom(error)) {
      this.#log.error({ err: error, file }, 'analytics cannot be folded into its file for want of room')
      if (!this.#stopped) await this.#mirror.reopen()
      return
    }
    const now = performance.now()
    const anew = now - this.#damagedAt < DAMAGED_AGAIN_MS
    this.#damagedAt = now
    this.#log.error(
      { err: error, file },
      anew ? 'the analytics file is damaged: it is made anew' : 'the analytics file is damaged',
    )
    await (anew ? this.#mirror.startOver() : this.#mirror.reopen())
  }
}

/** DuckDB's word for what it cannot go on with. */
const isDamage = (error: unknown): boolean =>
  error instanceof Error &&
  /FATAL|INTERNAL Error|invalidated|[Cc]orrupt|checksum|IO Error: (Cannot read|Could not read)/.test(error.message)

/** A full disk takes DuckDB's word for the file, and not the file: opened again it holds what was folded last. */
const isNoRoom = (error: Error): boolean => /No space left|Disk quota|File too large/.test(error.message)

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)).unref())
