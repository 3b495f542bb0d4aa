import type { Log } from '../../log.ts'
import type { DuckDBConnection } from './duckdb.ts'
import type { Mirror } from './mirror.ts'
import { Turns } from './turns.ts'

interface FollowingParts {
  mirror: Mirror
  log: Log
  onPlace(place: number): void
}

/** How long changes gather before they are brought in, unless somebody asks. */
const PACE_MS = 400
/** While somebody looks at charts, so that little has gathered when the next question comes. */
const LOOKED_AT_PACE_MS = 100
const LOOKED_AT_MS = 5_000
/** Each commit costs a sync of the disk, which ingest waits for too. What is not committed is in memory, so it must not be too much. */
const COMMIT_MS = 1_000
const COMMIT_STEPS = 50
/** How long a question waits for the place that it was asked at; then it is answered with what there is. */
const PATIENCE_MS = 2_000
/** After a failure questions do not make it try again at once; the follower does, when its time has come. */
const REST_MS = 5_000

/** Keeps the mirror with the log, and lets questions be put to it between two steps: paced, hurried by whoever asks. */
export class Following {
  readonly #mirror: Mirror
  readonly #turns = new Turns()
  readonly #log: Log
  readonly #onPlace: (place: number) => void
  #running: Promise<void> | null = null
  #again = false
  #stopped = false
  #lastRun = Number.NEGATIVE_INFINITY
  #askedAt = Number.NEGATIVE_INFINITY
  #failedAt = Number.NEGATIVE_INFINITY
  #hurry: (() => void) | null = null
  #waiting = 0
  #steps = 0
  #commitTimer: NodeJS.Timeout | undefined
  /** Where the file was found damaged the last time. */
  #damagedAt: number | null = null

  constructor({ mirror, log, onPlace }: FollowingParts) {
    this.#mirror = mirror
    this.#log = log
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

  /** Waits for a place, within reason. Answers how many changes before it are missing: 0 unless the wait was too long. */
  async reach(at: number): Promise<number> {
    const deadline = performance.now() + PATIENCE_MS
    this.#askedAt = performance.now()
    this.#waiting += 1
    try {
      while (this.#mirror.place < at && performance.now() < deadline && !this.#resting) {
        this.#hurry?.()
        await Promise.race([this.follow().catch(() => undefined), sleep(deadline - performance.now())])
      }
    } finally {
      this.#waiting -= 1
    }
    return Math.max(0, at - this.#mirror.place)
  }

  /** Puts a question, between two steps. */
  ask<T>(question: (db: DuckDBConnection) => Promise<T>): Promise<T> {
    return this.#guard(async () => {
      await this.#mirror.bringOutcomes()
      this.#commitSoon()
      return this.#mirror.use(question)
    })
  }

  /** In its turn. If it finds the file damaged, that is opened again, or made anew, before the error is passed on. */
  #guard<T>(work: () => Promise<T>): Promise<T> {
    return this.#turns.take(async () => {
      const { place } = this.#mirror
      try {
        return await work()
      } catch (error) {
        if (isDamage(error)) await this.#mend(error as Error)
        this.#onPlace(this.#mirror.place)
        // What was taken back is read again, though nothing new has come.
        if (this.#mirror.place < place && !this.#stopped) setImmediate(() => this.follow().catch(() => undefined))
        throw error
      }
    })
  }

  /** Lets the step in hand end. */
  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#commitTimer)
    this.#hurry?.()
    await this.#running?.catch(() => undefined)
    await this.#guard(() => this.#mirror.commit()).catch(() => undefined)
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
        let more = true
        while (more && !this.#stopped) {
          more = await this.#guard(() => this.#mirror.step())
          this.#onPlace(this.#mirror.place)
          this.#steps += 1
          if (this.#steps >= COMMIT_STEPS) await this.#commit()
        }
        this.#commitSoon()
      } while (this.#again && !this.#stopped)
      this.#failedAt = Number.NEGATIVE_INFINITY
    } catch (error) {
      this.#failedAt = performance.now()
      throw error
    }
  }

  async #commit(): Promise<void> {
    clearTimeout(this.#commitTimer)
    this.#commitTimer = undefined
    this.#steps = 0
    await this.#guard(() => this.#mirror.commit())
  }

  #commitSoon(): void {
    if (!this.#mirror.pending || this.#commitTimer || this.#stopped) return
    this.#commitTimer = setTimeout(() => {
      // What could not be committed was taken back; the follower reads it again with the next change, or when somebody asks.
      this.#commit().catch((error: unknown) => this.#log.error({ err: error }, 'analytics could not be committed'))
    }, COMMIT_MS)
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
    const { place, file } = this.#mirror
    const anew = this.#damagedAt === place
    this.#damagedAt = place
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

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)).unref())
