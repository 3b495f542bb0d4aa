import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import type { TaskRow } from '../storage/control/schema.ts'
import type { Lease, TaskLeases, TaskProgress } from '../storage/control/task-leases.ts'
import { PermanentFailure, RetryLater, type TaskBinding, type TaskKind } from './registry.ts'

const FIRST_DELAY_MS = 5_000
const LONGEST_DELAY_MS = 3_600_000
const PROGRESS_EVERY_MS = 1_000
const MAX_ERROR = 2_000

export type Outcome = 'done' | 'retried' | 'dead' | 'cancelled'

type Ending = 'stopped' | 'cancelled' | 'lost'

export interface AttemptParts {
  leases: TaskLeases
  clock: Clock
  log: Log
  /** From 0 to 1, for the jitter of retries. */
  random(): number
}

/** One attempt at a claimed task, from its payload to what became of it. */
export class Attempt {
  readonly row: TaskRow
  readonly lease: Lease
  readonly #parts: AttemptParts
  readonly #abort = new AbortController()
  #progress: TaskProgress | null = null
  #progressAt = Number.NEGATIVE_INFINITY
  /** Progress is written one after the other. */
  #writing: Promise<unknown> = Promise.resolve()

  constructor(row: TaskRow, token: string, parts: AttemptParts) {
    this.row = row
    this.lease = { id: row.id, token }
    this.#parts = parts
  }

  /** Tells the work to end, and what it ends as. */
  end(ending: Ending): void {
    this.#abort.abort(ending)
  }

  /** Answers what became of the task; null: nothing that counts, or it is not ours to say any more. */
  async run(binding: TaskBinding): Promise<Outcome | null> {
    const { row, lease } = this
    let result: string | null
    try {
      const payload = readPayload(binding.kind, row.payload)
      const outcome = await binding.run(payload, {
        id: row.id,
        tenantId: row.tenant_id,
        attempt: row.attempts,
        maxAttempts: row.max_attempts,
        signal: this.#abort.signal,
        progress: (progress) => this.#tell(progress),
        log: this.#parts.log.child({ task: row.id, kind: row.kind }),
      })
      result = outcome === undefined ? null : JSON.stringify(outcome)
    } catch (error) {
      await this.#writeProgress()
      return this.#failed(binding.kind, error)
    }
    await this.#writeProgress()
    return (await this.#parts.leases.succeed(lease, result)) ? 'done' : null
  }

  async #failed(kind: TaskKind, error: unknown): Promise<Outcome | null> {
    const { row, lease } = this
    const { leases, clock, log } = this.#parts
    const { signal } = this.#abort
    const ending = signal.aborted ? (signal.reason as Ending) : null
    switch (ending) {
      case 'lost':
        return null
      case 'stopped':
        await leases.release(lease)
        return null
      case 'cancelled':
        return (await leases.cancelled(lease)) ? 'cancelled' : null
      case null: {
        const message = (error instanceof Error ? error.message : String(error)).slice(0, MAX_ERROR)
        const about = { err: error, task: row.id, kind: row.kind, attempt: row.attempts }
        if (error instanceof PermanentFailure || row.attempts >= row.max_attempts) {
          log.error(about, 'a task is dead')
          return (await leases.kill(lease, message)) ? 'dead' : null
        }
        const delay = error instanceof RetryLater ? error.afterMs : this.#delay(kind)
        log.warn({ ...about, retryInMs: delay }, 'a task failed; it is tried again')
        return (await leases.putBack(lease, clock.now() + delay, message)) ? 'retried' : null
      }
      default:
        return ending satisfies never
    }
  }

  /** Doubled each time, and off by up to a quarter, so that what failed together does not come back together. */
  #delay({ firstDelayMs = FIRST_DELAY_MS, longestDelayMs = LONGEST_DELAY_MS }: TaskKind): number {
    const delay = Math.min(longestDelayMs, firstDelayMs * 2 ** (this.row.attempts - 1))
    return Math.round(delay * (0.75 + this.#parts.random() / 2))
  }

  #tell({ done, total, message }: { done?: number; total?: number; message?: string }): void {
    const { row } = this
    const before = this.#progress
    this.#progress = {
      done: done ?? before?.done ?? row.progress_done,
      total: total ?? before?.total ?? row.progress_total,
      message: message ?? before?.message ?? row.progress_message,
    }
    const now = this.#parts.clock.now()
    if (now - this.#progressAt < PROGRESS_EVERY_MS) return
    this.#progressAt = now
    void this.#writeProgress()
  }

  /** Never rejects: what is said about a task must not fail it. */
  #writeProgress(): Promise<unknown> {
    const { lease, row } = this
    const { leases, log } = this.#parts
    this.#writing = this.#writing.then(async () => {
      const progress = this.#progress
      if (!progress) return
      this.#progress = null
      Object.assign(row, {
        ...{ progress_done: progress.done, progress_total: progress.total },
        progress_message: progress.message,
      })
      try {
        if (!(await leases.progress(lease, progress))) this.end('lost')
      } catch (error) {
        log.warn({ err: error, task: row.id }, 'the progress of a task could not be written down')
      }
    })
    return this.#writing
  }
}

/** A payload that another version wrote, and this one does not understand, will not be understood the next time either. */
function readPayload(kind: TaskKind, text: string): unknown {
  const result = kind.payload.safeParse(JSON.parse(text))
  if (result.success) return result.data
  throw new PermanentFailure(`The task's payload is not what ${kind.name} takes: ${result.error.issues[0]?.message}`)
}
