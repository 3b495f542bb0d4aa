import type { z } from 'zod'
import type { Clock } from '../clock.ts'
import { AppError } from '../errors.ts'
import type { Log } from '../log.ts'
import type { Actor } from '../storage/control/actor.ts'
import { appendAudit } from '../storage/control/audit.ts'
import type { ControlStore } from '../storage/control/open.ts'
import type { ControlTrx, ScheduleRow, TaskRow } from '../storage/control/schema.ts'
import { type CronExpression, cronExpression } from './cron-expression.ts'
import type { TaskKind } from './registry.ts'
import type { Jobs } from './runner.ts'

/** Looks again at the latest after so long, in case the clock was set. */
const RECHECK_MS = 3_600_000
const RETRY_MS = 60_000

/** Work of the appliance that comes round. Each run is a task without a tenant: durable, retried, and never two at once. */
export interface Schedule {
  /** As people call it: `retention`. Unique. */
  name: string
  /** What it does, in a sentence. */
  summary: string
  /** Five cron fields, in UTC. */
  cron: string
  kind: TaskKind
  payload: unknown
}

/** Ties a schedule to what it enqueues, with the payload typed by its kind. */
export const schedule = <K extends TaskKind>(
  given: Omit<Schedule, 'kind' | 'payload'> & { kind: K; payload: z.input<K['payload']> },
): Schedule => given

export interface ScheduleState {
  schedule: Schedule
  nextAt: number | null
  /** The task of its last run, while that is kept. */
  lastTask: TaskRow | null
}

interface CronServices {
  control: ControlStore
  clock: Clock
  log: Log
  jobs: Jobs
}

/** Enqueues what is due. Times that passed while the appliance was down are made up for by one run. */
export class Cron {
  readonly #services: CronServices
  readonly #schedules = new Map<string, { schedule: Schedule; expression: CronExpression }>()
  #cancelTimer: () => void = () => undefined
  #looking: Promise<void> = Promise.resolve()
  #stopped = false

  constructor(services: CronServices, schedules: readonly Schedule[]) {
    this.#services = services
    for (const one of schedules) {
      if (this.#schedules.has(one.name)) throw new Error(`two schedules are called ${one.name}`)
      this.#schedules.set(one.name, { schedule: one, expression: cronExpression(one.cron) })
    }
  }

  async start(): Promise<void> {
    for (const name of this.#schedules.keys()) await this.#services.control.schedules.introduce(name)
    await this.#look()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#cancelTimer()
    await this.#looking
  }

  /** In the order of their names. */
  async list(): Promise<ScheduleState[]> {
    const { control } = this.#services
    const states: ScheduleState[] = []
    for (const row of await control.schedules.list()) {
      const known = this.#schedules.get(row.name)
      if (!known) continue
      const lastTask = row.task_id === null ? undefined : await control.tasks.find(row.task_id)
      states.push({
        schedule: known.schedule,
        nextAt: known.expression.next(row.due_at),
        lastTask: lastTask ?? null,
      })
    }
    return states
  }

  /** Runs a schedule now, beside its times. One that is under way is found, and one that waits to be tried again is tried now. */
  async runNow(actor: Actor, name: string): Promise<TaskRow> {
    const known = this.#schedules.get(name)
    if (!known) throw new AppError('not_found', 'There is no schedule with this name.')
    const { control, clock } = this.#services
    const { tenantId } = actor
    const id = await control.transaction(async (trx) => {
      const taskId = await this.#enqueue(trx, known.schedule)
      await control.tasks.hasten(trx, taskId)
      const target = { type: 'schedule', id: name }
      await appendAudit(trx, { tenantId, actor, action: 'schedule.run', target, at: clock.now() })
      return taskId
    })
    const task = await control.tasks.find(id)
    if (!task) throw new Error(`the task of the schedule ${name} is gone`)
    return task
  }

  #look(): Promise<void> {
    this.#looking = this.#enqueueDue()
      .catch((error: unknown) => {
        this.#services.log.error({ err: error }, 'schedules could not be looked at; trying again')
        return RETRY_MS
      })
      .then((wait) => {
        this.#cancelTimer()
        if (this.#stopped) return
        this.#cancelTimer = this.#services.clock.after(wait, () => void this.#look())
      })
    return this.#looking
  }

  /** Answers how long nothing is due. */
  async #enqueueDue(): Promise<number> {
    const { control, clock } = this.#services
    let wait = RECHECK_MS
    for (const row of await control.schedules.list()) {
      const known = this.#schedules.get(row.name)
      if (!known) continue
      const due = known.expression.next(row.due_at)
      if (due === null) continue
      const now = clock.now()
      const next = due <= now ? await this.#run(row, known) : due
      if (next !== null) wait = Math.min(wait, Math.max(0, next - clock.now()))
    }
    return wait
  }

  async #run(row: ScheduleRow, { schedule: due, expression }: { schedule: Schedule; expression: CronExpression }) {
    const { control, clock } = this.#services
    await control.transaction(async (trx) => {
      if (await control.schedules.advance(trx, row.name, row.due_at)) await this.#enqueue(trx, due)
    })
    return expression.next(clock.now())
  }

  /** The schedule's name is the key: while its last run is unfinished there is no other. */
  async #enqueue(trx: ControlTrx, { name, kind, payload }: Schedule): Promise<TaskRow['id']> {
    const { control, jobs } = this.#services
    const { id } = await jobs.enqueue(trx, kind, payload, { tenantId: null, key: `schedule:${name}` })
    await control.schedules.became(trx, name, id)
    return id
  }
}
