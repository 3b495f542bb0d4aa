import { sql } from 'kysely'
import type { Clock } from '../../clock.ts'
import { AppError } from '../../errors.ts'
import { newId, type TaskId, type TenantId } from '../../ids.ts'
import type { Actor } from './actor.ts'
import { appendAudit } from './audit.ts'
import type { ControlDb, ControlTrx, TaskRow, TaskState } from './schema.ts'
import { TaskLeases } from './task-leases.ts'

export interface NewTask {
  kind: string
  /** Null: work of the appliance itself. */
  tenantId: TenantId | null
  /** JSON. */
  payload: string
  maxAttempts: number
  /** While a task of this tenant, kind and key is unfinished, another one is not made. */
  key: string | null
  runAt: number
}

export interface TaskPage {
  state?: TaskState | undefined
  kind?: string | undefined
  /** The last task of the page before. */
  before?: TaskId | undefined
  limit: number
}

/** Unfinished and dead tasks; the others are too many to be counted each time somebody looks. */
export interface TaskCount {
  kind: string
  state: 'queued' | 'running' | 'dead'
  count: number
}

/** Tasks: work that outlives the process. Whoever causes one enqueues it in the transaction of the cause; the runner works through `leases`. */
export class Tasks {
  readonly leases: TaskLeases
  readonly #db: ControlDb
  readonly #clock: Clock
  readonly #listeners = new Set<(kind: string) => void>()

  constructor(db: ControlDb, clock: Clock) {
    this.leases = new TaskLeases(db, clock)
    this.#db = db
    this.#clock = clock
  }

  /** Calls back when a task of a kind may have become ready; its transaction may still be open. */
  onReady(listener: (kind: string) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Adds a task, or finds the unfinished one with the same key (`fresh` is then false). */
  async enqueue(
    trx: ControlTrx,
    { kind, tenantId, payload, maxAttempts, key, runAt }: NewTask,
  ): Promise<{ id: TaskId; fresh: boolean }> {
    const at = this.#clock.now()
    const made = await trx
      .insertInto('tasks')
      .values({
        id: newId<TaskId>(at),
        tenant_id: tenantId,
        kind,
        dedupe_key: key,
        payload,
        state: 'queued',
        run_at: runAt,
        max_attempts: maxAttempts,
        created_at: at,
        updated_at: at,
      })
      .onConflict((conflict) => conflict.doNothing())
      .returning('id')
      .executeTakeFirst()
    if (made) {
      this.#ready(kind)
      return { id: made.id, fresh: true }
    }
    const known = await unfinished(trx, kind, tenantId, key).executeTakeFirstOrThrow()
    return { id: known.id, fresh: false }
  }

  /** Lets a task that waits for its time run now. */
  async hasten(trx: ControlTrx, id: TaskId): Promise<void> {
    const at = this.#clock.now()
    const row = await trx
      .updateTable('tasks')
      .set({ run_at: at, updated_at: at })
      .where('id', '=', id)
      .where('state', '=', 'queued')
      .where('run_at', '>', at)
      .returning('kind')
      .executeTakeFirst()
    if (row) this.#ready(row.kind)
  }

  get(tenantId: TenantId, id: TaskId): Promise<TaskRow | undefined> {
    return this.#of(tenantId).where('id', '=', id).executeTakeFirst()
  }

  /** How many tasks of a tenant were given up, of the kinds that begin so. */
  async countDead(tenantId: TenantId, kindBegins: string): Promise<number> {
    const { count } = await this.#of(tenantId)
      .clearSelect()
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where('state', '=', 'dead')
      .where('kind', 'like', `${kindBegins}%`)
      .executeTakeFirstOrThrow()
    return count
  }

  /** Newest first. */
  list(tenantId: TenantId, { state, kind, before, limit }: TaskPage): Promise<TaskRow[]> {
    let page = this.#of(tenantId)
    if (state !== undefined) page = page.where('state', '=', state)
    if (kind !== undefined) page = page.where('kind', '=', kind)
    if (before !== undefined) page = page.where('id', '<', before)
    return page.orderBy('id', 'desc').limit(limit).execute()
  }

  /** A task whoever it belongs to: for the appliance itself. */
  find(id: TaskId): Promise<TaskRow | undefined> {
    return this.#db.selectFrom('tasks').selectAll().where('id', '=', id).executeTakeFirst()
  }

  /**
   * Calls a task off: at once while it waits; one that runs is asked to end. Undefined: no such task; throws `conflict` when it is
   * finished. Twice changes nothing.
   */
  cancel(actor: Actor, id: TaskId): Promise<TaskRow | undefined> {
    const at = this.#clock.now()
    const { tenantId } = actor
    return this.#db.transaction().execute(async (trx) => {
      const task = await find(trx, tenantId, id)
      if (!task || (task.state === 'running' && task.cancel_requested_at !== null)) return task
      if (task.state !== 'queued' && task.state !== 'running') {
        throw new AppError('conflict', `The task is ${task.state}; only one that waits or runs can be called off.`)
      }
      const row = await trx
        .updateTable('tasks')
        .set({ cancel_requested_at: at, updated_at: at })
        .$if(task.state === 'queued', (q) => q.set({ state: 'cancelled', finished_at: at }))
        .where('id', '=', id)
        .returningAll()
        .executeTakeFirstOrThrow()
      const details = { kind: task.kind }
      await appendAudit(trx, { tenantId, actor, action: 'task.cancelled', target: targetOf(id), details, at })
      return row
    })
  }

  /** Lets a dead or cancelled task run again, with all its attempts. Undefined: no such task; throws `conflict` otherwise. */
  async retry(actor: Actor, id: TaskId): Promise<TaskRow | undefined> {
    const at = this.#clock.now()
    const { tenantId } = actor
    const row = await this.#db.transaction().execute(async (trx) => {
      const task = await find(trx, tenantId, id)
      if (!task) return undefined
      if (task.state !== 'dead' && task.state !== 'cancelled') {
        throw new AppError('conflict', `The task is ${task.state}; only a dead or cancelled one can be retried.`)
      }
      if (await unfinished(trx, task.kind, task.tenant_id, task.dedupe_key).executeTakeFirst()) {
        throw new AppError('conflict', 'Another task is already doing the same; wait for it, or cancel it first.')
      }
      const fresh = { attempts: 0, cancel_requested_at: null, finished_at: null, progress_done: null }
      const cleared = { progress_total: null, progress_message: null }
      const again = await trx
        .updateTable('tasks')
        .set({ ...fresh, ...cleared, state: 'queued', run_at: at, updated_at: at })
        .where('id', '=', id)
        .returningAll()
        .executeTakeFirstOrThrow()
      const details = { kind: task.kind }
      await appendAudit(trx, { tenantId, actor, action: 'task.retried', target: targetOf(id), details, at })
      return again
    })
    if (row) this.#ready(row.kind)
    return row
  }

  async counts(): Promise<TaskCount[]> {
    const rows = await Promise.all(
      (['queued', 'running', 'dead'] as const).map((state) =>
        this.#db
          .selectFrom('tasks')
          .select(({ fn }) => ['kind', sql.lit(state).as('state'), fn.countAll<number>().as('count')])
          .where('state', '=', sql.lit(state))
          .groupBy('kind')
          .orderBy('kind')
          .execute(),
      ),
    )
    return rows.flat()
  }

  /** Removes up to `limit` tasks that finished before a time. Answers how many. */
  async sweep(finishedBefore: number, limit: number): Promise<number> {
    const { numDeletedRows } = await this.#db
      .deleteFrom('tasks')
      .where('id', 'in', (eb) =>
        eb
          .selectFrom('tasks')
          .select('id')
          .where('finished_at', '<', finishedBefore)
          .orderBy('finished_at')
          .limit(limit),
      )
      .executeTakeFirst()
    return Number(numDeletedRows)
  }

  #of(tenantId: TenantId) {
    return this.#db.selectFrom('tasks').selectAll().where('tenant_id', '=', tenantId)
  }

  #ready(kind: string): void {
    for (const listener of this.#listeners) listener(kind)
  }
}

const find = (trx: ControlTrx, tenantId: TenantId, id: TaskId): Promise<TaskRow | undefined> =>
  trx.selectFrom('tasks').selectAll().where('tenant_id', '=', tenantId).where('id', '=', id).executeTakeFirst()

const unfinished = (trx: ControlTrx, kind: string, tenantId: TenantId | null, key: string | null) =>
  trx
    .selectFrom('tasks')
    .select('id')
    .where('kind', '=', kind)
    .where('tenant_id', 'is', tenantId)
    .where('dedupe_key', '=', key)
    .where('state', 'in', ['queued', 'running'])

const targetOf = (id: TaskId) => ({ type: 'task', id })
