import type { Log } from '../../log.ts'
import type { Connections } from './connections.ts'
import type { Mirror } from './mirror.ts'

interface FollowingParts {
  mirror: Mirror
  connections: Connections
  log: Log
  onPlace(place: number): void
}

/** Each commit costs a sync of the disk, which ingest waits for too; so, unless somebody asks, it is made only every so often. */
const PACE_MS = 400
/** How long a question waits for the place that it was asked at; then it is answered with what there is. */
const PATIENCE_MS = 2_000
/** After a failure questions do not make it try again at once; the follower does, when its time has come. */
const REST_MS = 5_000

/** Keeps the mirror with the log: one run at a time, paced, hurried by whoever asks. */
export class Following {
  readonly #mirror: Mirror
  readonly #connections: Connections
  readonly #log: Log
  readonly #onPlace: (place: number) => void
  #running: Promise<void> | null = null
  #again = false
  #stopped = false
  #lastRun = Number.NEGATIVE_INFINITY
  #failedAt = Number.NEGATIVE_INFINITY
  #hurry: (() => void) | null = null
  #waiting = 0
  /** Where the file was found damaged the last time. */
  #damagedAt: number | null = null

  constructor({ mirror, connections, log, onPlace }: FollowingParts) {
    this.#mirror = mirror
    this.#connections = connections
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

  /** Does something with the file; if that finds it damaged, the file is opened again, or made anew, before the error is passed on. */
  async guard<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      if (isDamage(error)) await this.#mend(error as Error)
      throw error
    }
  }

  /** Lets the step in hand end. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#hurry?.()
    await this.#running?.catch(() => undefined)
    await this.#connections.exchange(async () => undefined)
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
          more = await this.guard(() => this.#mirror.step())
          this.#onPlace(this.#mirror.place)
        }
      } while (this.#again && !this.#stopped)
      this.#failedAt = Number.NEGATIVE_INFINITY
    } catch (error) {
      this.#failedAt = performance.now()
      throw error
    }
  }

  async #pace(): Promise<void> {
    const wait = this.#lastRun + PACE_MS - performance.now()
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
    await this.#connections.exchange(() => (anew ? this.#mirror.startOver() : this.#mirror.reopen()))
    this.#onPlace(this.#mirror.place)
  }
}

/** DuckDB's word for what it cannot go on with. */
const isDamage = (error: unknown): boolean =>
  error instanceof Error &&
  /FATAL|INTERNAL Error|invalidated|[Cc]orrupt|checksum|IO Error: (Cannot read|Could not read)/.test(error.message)

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)).unref())
