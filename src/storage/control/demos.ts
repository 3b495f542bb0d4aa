import type { Clock } from '../../clock.ts'
import { AppError } from '../../errors.ts'
import type { ProjectId, TaskId, TenantId } from '../../ids.ts'
import type { Actor } from './actor.ts'
import { appendAudit } from './audit.ts'
import { addProject } from './project-rows.ts'
import type { ControlDb, ControlTrx, DemoRow, TaskState } from './schema.ts'

export interface DemoWish {
  seed: number
  days: number
}

/** A demo and what became of the task that works on it; null when that is not known any more. */
export type DemoAndTask = DemoRow & { task_state: TaskState | null; task_error: string | null }

export interface DemoProgress {
  /** Parts of the traffic that are stored, and the traces in them. */
  stretches: number
  traces: number
  /** 0 to 1. */
  progress: number
}

/** Adds the task that brings a demo to the state that its row says. */
type Enqueue = (trx: ControlTrx) => Promise<{ id: TaskId }>

const DESCRIPTION =
  'Made-up traffic of the outdoor shop Fjellheim. Whatever is in this project goes when the demo is removed.'

/** The demo of each tenant: at most one, in a project of its own, with which its row goes. */
export class Demos {
  readonly #db: ControlDb
  readonly #clock: Clock

  constructor(db: ControlDb, clock: Clock) {
    this.#db = db
    this.#clock = clock
  }

  get(tenantId: TenantId): Promise<DemoAndTask | undefined> {
    return find(this.#db, tenantId)
  }

  /**
   * Makes the project, and has the demo loaded up to now. One that is there with the same seed and days stays as it is; if its loading
   * failed it goes on. Throws `conflict` when there is another one, or it is being removed.
   */
  begin(actor: Actor, { seed, days }: DemoWish, enqueue: Enqueue): Promise<void> {
    const { tenantId } = actor
    const at = this.#clock.now()
    return this.#db.transaction().execute(async (trx) => {
      const known = await find(trx, tenantId)
      if (known) {
        requireSame(known, { seed, days })
        if (known.state === 'loading' && isOver(known)) await setTask(trx, tenantId, (await enqueue(trx)).id)
        return
      }
      const project = await addProject(
        trx,
        actor,
        { name: await freeName(trx, tenantId), description: DESCRIPTION, at },
        { by: 'demo' },
      )
      const task = await enqueue(trx)
      await trx
        .insertInto('demos')
        .values({
          ...{ tenant_id: tenantId, project_id: project.id, seed, days, state: 'loading', task_id: task.id },
          ...{ ends_at: at, created_at: at, stretches: 0, traces: 0, progress: 0 },
        })
        .execute()
      const target = { type: 'project', id: project.id }
      await appendAudit(trx, { tenantId, actor, action: 'demo.loaded', target, details: { seed, days }, at })
    })
  }

  /** Writes down what is stored. False when the demo is not being loaded any more. */
  async advance(tenantId: TenantId, { stretches, traces, progress }: DemoProgress): Promise<boolean> {
    return this.#change(tenantId, { stretches, traces, progress })
  }

  /** All of it is stored. False when the demo is not being loaded any more. */
  finish(tenantId: TenantId): Promise<boolean> {
    return this.#change(tenantId, { state: 'loaded', progress: 1 })
  }

  /** Stops ingest into the project, and has it removed with all it holds. Nothing happens when there is none, or it goes already. */
  remove(actor: Actor, enqueue: Enqueue): Promise<void> {
    const { tenantId } = actor
    const at = this.#clock.now()
    return this.#db.transaction().execute(async (trx) => {
      const known = await find(trx, tenantId)
      if (!known || (known.state === 'removing' && !isOver(known))) return
      await setTask(trx, tenantId, (await enqueue(trx)).id)
      if (known.state === 'removing') return
      await trx.updateTable('demos').set({ state: 'removing' }).where('tenant_id', '=', tenantId).execute()
      await trx
        .updateTable('projects')
        .set({ archived_at: at, updated_at: at })
        .where('tenant_id', '=', tenantId)
        .where('id', '=', known.project_id)
        .execute()
      const target = { type: 'project', id: known.project_id }
      await appendAudit(trx, { tenantId, actor, action: 'demo.removed', target, at })
    })
  }

  /** Removes the project, and with it everything in `control.db` that is of it, this row too. */
  async forget(actor: Actor, projectId: ProjectId): Promise<void> {
    const { tenantId } = actor
    await this.#db.transaction().execute(async (trx) => {
      const { numDeletedRows } = await trx
        .deleteFrom('projects')
        .where('tenant_id', '=', tenantId)
        .where('id', '=', projectId)
        .executeTakeFirst()
      if (numDeletedRows === 0n) return
      await trx.deleteFrom('anomalies').where('tenant_id', '=', tenantId).where('project_id', '=', projectId).execute()
      const target = { type: 'project', id: projectId }
      await appendAudit(trx, { tenantId, actor, action: 'project.deleted', target, at: this.#clock.now() })
    })
  }

  async #change(tenantId: TenantId, set: Partial<DemoRow>): Promise<boolean> {
    const { numUpdatedRows } = await this.#db
      .updateTable('demos')
      .set(set)
      .where('tenant_id', '=', tenantId)
      .where('state', '=', 'loading')
      .executeTakeFirst()
    return numUpdatedRows === 1n
  }
}

const find = (db: ControlDb | ControlTrx, tenantId: TenantId): Promise<DemoAndTask | undefined> =>
  db
    .selectFrom('demos')
    .leftJoin('tasks', 'tasks.id', 'demos.task_id')
    .selectAll('demos')
    .select(['tasks.state as task_state', 'tasks.error as task_error'])
    .where('demos.tenant_id', '=', tenantId)
    .executeTakeFirst()

/** Does nobody work on it any more? */
export const isOver = ({ task_state: state }: DemoAndTask): boolean => state === 'dead' || state === 'cancelled'

function requireSame(known: DemoRow, { seed, days }: DemoWish): void {
  if (known.state === 'removing') {
    throw new AppError('conflict', 'The demo is being removed; load it again once it is gone.')
  }
  if (known.seed === seed && known.days === days) return
  throw new AppError(
    'conflict',
    `There is a demo already, of seed ${known.seed} and ${known.days} days; remove it before you load another one.`,
  )
}

const setTask = (trx: ControlTrx, tenantId: TenantId, taskId: TaskId) =>
  trx.updateTable('demos').set({ task_id: taskId }).where('tenant_id', '=', tenantId).execute()

/** `Demo`, or with a number when somebody has a project of that name. */
async function freeName(trx: ControlTrx, tenantId: TenantId): Promise<string> {
  const rows = await trx.selectFrom('projects').select('name').where('tenant_id', '=', tenantId).execute()
  const taken = new Set(rows.map(({ name }) => name.toLowerCase()))
  for (let n = 1; ; n++) {
    const name = n === 1 ? 'Demo' : `Demo ${n}`
    if (!taken.has(name.toLowerCase())) return name
  }
}
