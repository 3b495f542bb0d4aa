import { z } from 'zod'
import { demoIncidents, type Incident } from '../../demo/traffic.ts'
import type { TenantId } from '../../ids.ts'
import type { Actor } from '../../storage/control/actor.ts'
import { type DemoAndTask, type DemoWish, isOver } from '../../storage/control/demos.ts'
import type { ControlStore } from '../../storage/control/open.ts'
import type { ControlTrx } from '../../storage/control/schema.ts'
import { taskKind } from '../registry.ts'
import type { Jobs } from '../runner.ts'

/**
 * Brings a tenant's demo to the state that its row says. One at a time, so that removing never overtakes a part that is being stored;
 * without a key, so that what is wished for while a task ends gets a task of its own.
 */
export const settleDemo = taskKind({ name: 'demo.settle', payload: z.object({}), maxAttempts: 5, concurrency: 1 })

export type DemoState =
  | { state: 'none' }
  | (Omit<DemoAndTask, 'state'> & { state: 'loading' | 'loaded' | 'removing' | 'failed'; incidents: Incident[] })

/** A demo as it is wished for and looked at; `settle.ts` does the work. */
export class Demo {
  readonly #control: ControlStore
  readonly #jobs: Jobs

  constructor({ control, jobs }: { control: ControlStore; jobs: Jobs }) {
    this.#control = control
    this.#jobs = jobs
  }

  async state(tenantId: TenantId): Promise<DemoState> {
    const row = await this.#control.demos.get(tenantId)
    if (!row) return { state: 'none' }
    const state = row.state !== 'loaded' && isOver(row) ? 'failed' : row.state
    return { ...row, state, incidents: demoIncidents({ seed: row.seed, days: row.days, now: row.ends_at }) }
  }

  /** Throws `conflict` when there is another one, or it is being removed. */
  async load(actor: Actor, wish: DemoWish): Promise<DemoState> {
    await this.#control.demos.begin(actor, wish, (trx) => this.#enqueue(trx, actor))
    return this.state(actor.tenantId)
  }

  async remove(actor: Actor): Promise<DemoState> {
    await this.#control.demos.remove(actor, (trx) => this.#enqueue(trx, actor))
    return this.state(actor.tenantId)
  }

  #enqueue(trx: ControlTrx, { tenantId }: Actor) {
    return this.#jobs.enqueue(trx, settleDemo, {}, { tenantId })
  }
}
