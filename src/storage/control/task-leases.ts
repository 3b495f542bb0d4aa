import type { Clock } from '../../clock.ts'
import type { TaskId } from '../../ids.ts'
import type { ControlDb, ControlTrx, TaskRow, TaskState } from './schema.ts'

/** The right to say what became of a task; void once the lease was lost to somebody else. */
export interface Lease {
  id: TaskId
  token: string
}

export interface TaskProgress {
  done: number | null
  total: number | null
  message: string | null
}

const LEASED = { lease_until: null, lease_token: null } as const

/**
 * The runner's side of tasks: it claims them for the time of a lease. Every transition is a conditional update, and who has lost the lease
 * changes nothing.
 */
export class TaskLeases {
  readonly #db: ControlDb
  readonly #clock: Clock

  constructor(db: ControlDb, clock: Clock) {
    this.#db = db
    this.#clock = clock
  }

  /** Leases up to `limit` tasks of a kind that are due, the longest due first. Each claim is an attempt. */
  claim(kind: string, limit: number, { token, until }: { token: string; until: number }): Promise<TaskRow[]> {
    const at = this.#clock.now()
    return this.#db
      .updateTable('tasks')
      .set((eb) => ({
        state: 'running' as const,
        attempts: eb('attempts', '+', 1),
        lease_until: until,
        lease_token: token,
        updated_at: at,
      }))
      .where('id', 'in', (eb) =>
        eb
          .selectFrom('tasks')
          .select('id')
          .where('state', '=', 'queued')
          .where('kind', '=', kind)
          .where('run_at', '<=', at)
          .orderBy('run_at')
          .orderBy('id')
          .limit(limit),
      )
      .returningAll()
      .execute()
  }

  /** When the first queued task is due that is due after a time; null when there is none. */
  async nextDue(after: number): Promise<number | null> {
    const next = await this.#db
      .selectFrom('tasks')
      .select('run_at')
      .where('state', '=', 'queued')
      .where('run_at', '>', after)
      .orderBy('run_at')
      .limit(1)
      .executeTakeFirst()
    return next?.run_at ?? null
  }

  /** Holds on to the tasks of a claim. Answers those still held, and whether each is to be called off. */
  async extend(tokens: readonly string[], until: number): Promise<(Lease & { cancelled: boolean })[]> {
    const rows = await this.#db
      .updateTable('tasks')
      .set({ lease_until: until })
      .where('state', '=', 'running')
      .where('lease_token', 'in', tokens)
      .returning(['id', 'lease_token', 'cancel_requested_at'])
      .execute()
    return rows.map(({ id, lease_token, cancel_requested_at }) => ({
      id,
      token: lease_token ?? '',
      cancelled: cancel_requested_at !== null,
    }))
  }

  /** Takes back what was claimed by somebody who is gone: those whose lease was over before a time, or all when nobody else can be alive. */
  async recover(which: { overBefore: number } | 'all'): Promise<number> {
    const at = this.#clock.now()
    const overBefore = which === 'all' ? null : which.overBefore
    const lost = (trx: ControlTrx) => {
      const running = trx.updateTable('tasks').where('state', '=', 'running')
      return overBefore === null ? running : running.where('lease_until', '<', overBefore)
    }
    const found = await this.#db
      .selectFrom('tasks')
      .select('id')
      .where('state', '=', 'running')
      .$if(overBefore !== null, (q) => q.where('lease_until', '<', overBefore))
      .limit(1)
      .executeTakeFirst()
    if (!found) return 0
    return this.#db.transaction().execute(async (trx) => {
      const over = { ...LEASED, finished_at: at, updated_at: at }
      const cancelled = await lost(trx)
        .set({ ...over, state: 'cancelled' })
        .where('cancel_requested_at', 'is not', null)
        .executeTakeFirst()
      const dead = await lost(trx)
        .set({ ...over, state: 'dead', error: 'The process ended while it ran.' })
        .whereRef('attempts', '>=', 'max_attempts')
        .executeTakeFirst()
      const queued = await lost(trx)
        .set({ ...LEASED, state: 'queued', run_at: at, updated_at: at })
        .executeTakeFirst()
      return Number(cancelled.numUpdatedRows + dead.numUpdatedRows + queued.numUpdatedRows)
    })
  }

  progress(lease: Lease, { done, total, message }: TaskProgress): Promise<boolean> {
    return this.#held(lease, { progress_done: done, progress_total: total, progress_message: message })
  }

  /** `result` is JSON, or null when there is nothing to say. */
  succeed(lease: Lease, result: string | null): Promise<boolean> {
    return this.#finish(lease, { state: 'done', result, error: null })
  }

  cancelled(lease: Lease): Promise<boolean> {
    return this.#finish(lease, { state: 'cancelled' })
  }

  /** Not to be tried again; stays, with its error, until somebody retries it or it is swept away. */
  kill(lease: Lease, error: string): Promise<boolean> {
    return this.#finish(lease, { state: 'dead', error })
  }

  /** To be tried again. */
  putBack(lease: Lease, runAt: number, error: string): Promise<boolean> {
    return this.#held(lease, { ...LEASED, state: 'queued', run_at: runAt, error })
  }

  /** Gives back what could not be finished because the appliance stops; the attempt does not count. */
  async release({ id, token }: Lease): Promise<void> {
    const at = this.#clock.now()
    await this.#db
      .updateTable('tasks')
      .set((eb) => ({
        ...LEASED,
        state: 'queued' as const,
        run_at: at,
        attempts: eb('attempts', '-', 1),
        updated_at: at,
      }))
      .where('id', '=', id)
      .where('lease_token', '=', token)
      .execute()
  }

  #finish(lease: Lease, set: { state: TaskState; error?: string | null; result?: string | null }): Promise<boolean> {
    return this.#held(lease, { ...LEASED, ...set, finished_at: this.#clock.now() })
  }

  async #held({ id, token }: Lease, set: Partial<TaskRow>): Promise<boolean> {
    const { numUpdatedRows } = await this.#db
      .updateTable('tasks')
      .set({ ...set, updated_at: this.#clock.now() })
      .where('id', '=', id)
      .where('lease_token', '=', token)
      .executeTakeFirst()
    return numUpdatedRows === 1n
  }
}
