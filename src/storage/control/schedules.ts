import type { Clock } from '../../clock.ts'
import type { TaskId } from '../../ids.ts'
import type { ControlDb, ControlTrx, ScheduleRow } from './schema.ts'

/** Schedules: when each was last due, and the task that it then became. What they are is in the program (`jobs/cron.ts`). */
export class Schedules {
  readonly #db: ControlDb
  readonly #clock: Clock

  constructor(db: ControlDb, clock: Clock) {
    this.#db = db
    this.#clock = clock
  }

  list(): Promise<ScheduleRow[]> {
    return this.#db.selectFrom('schedules').selectAll().orderBy('name').execute()
  }

  /** Makes a schedule known. It counts as having been due now, so that a new appliance does not begin with all its nightly work. */
  async introduce(name: string): Promise<void> {
    const at = this.#clock.now()
    await this.#db
      .insertInto('schedules')
      .values({ name, due_at: at, task_id: null, updated_at: at })
      .onConflict((conflict) => conflict.column('name').doNothing())
      .execute()
  }

  /** Moves on from the time it was last due, in the transaction of what follows. False when somebody else was quicker. */
  async advance(trx: ControlTrx, name: string, from: number): Promise<boolean> {
    const at = this.#clock.now()
    const { numUpdatedRows } = await trx
      .updateTable('schedules')
      .set({ due_at: at, updated_at: at })
      .where('name', '=', name)
      .where('due_at', '=', from)
      .executeTakeFirst()
    return numUpdatedRows === 1n
  }

  async became(trx: ControlTrx, name: string, taskId: TaskId): Promise<void> {
    await trx
      .updateTable('schedules')
      .set({ task_id: taskId, updated_at: this.#clock.now() })
      .where('name', '=', name)
      .execute()
  }
}
