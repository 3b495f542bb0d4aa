import { randomUUID } from 'node:crypto'
import type { z } from 'zod'
import type { Clock } from '../clock.ts'
import type { TaskId, TenantId } from '../ids.ts'
import type { Log } from '../log.ts'
import type { Actor } from '../storage/control/actor.ts'
import type { ControlStore } from '../storage/control/open.ts'
import type { ControlTrx, TaskRow } from '../storage/control/schema.ts'
import { Attempt, type AttemptParts, type Outcome } from './attempt.ts'
import type { TaskBinding, TaskKind } from './registry.ts'

/** A claim that is not renewed for so long is somebody else's to take. */
const LEASE_MS = 60_000
const BEAT_MS = LEASE_MS / 3
/** Looks again at the latest after so long, whether or not anybody said that there is something to do. */
const RECHECK_MS = 30_000
const AFTER_ERROR_MS = 5_000

export interface JobsOptions {
  control: ControlStore
  clock: Clock
  log: Log
  /** How many tasks run at once, all kinds together. */
  concurrency: number
  /** From 0 to 1, for the jitter of retries; tests pass their own. */
  random?: () => number
}

export interface Enqueue {
  /** Null: work of the appliance itself, which no tenant sees. */
  tenantId: TenantId | null
  /** Idempotency: while a task of this tenant, kind and key is unfinished, enqueuing it again finds that one. */
  key?: string
  /** Not before this time (milliseconds since the epoch). */
  runAt?: number
}

/** Ends of attempts since the start. */
export interface TaskOutcomes extends Record<Outcome, number> {
  kind: string
}

interface Running {
  attempt: Attempt
  ended: Promise<void>
}

/**
 * Runs tasks. Each is claimed for the time of a lease, which is renewed while it runs: after a crash it is claimed again. A task that
 * throws backs off and is dead after its last attempt; one that is cancelled or stopped is told so by its signal.
 */
export class Jobs {
  readonly #control: ControlStore
  readonly #clock: Clock
  readonly #log: Log
  readonly #concurrency: number
  readonly #attempts: AttemptParts
  readonly #bindings = new Map<string, TaskBinding>()
  readonly #running = new Map<TaskId, Running>()
  readonly #outcomes = new Map<string, Record<Outcome, number>>()
  /** Kinds of which some task may be ready, the one that has waited longest first. */
  readonly #maybeReady = new Set<string>()
  /** Every task that was due until then has made its kind `maybeReady`. */
  #lookedUntil = 0
  #pumping: Promise<void> | null = null
  #again = false
  #cancelTimer: () => void = () => undefined
  #cancelBeat: (() => void) | null = null
  #beating: Promise<void> | null = null
  #stopListening: () => void = () => undefined
  #state: 'new' | 'running' | 'stopped' = 'new'

  constructor({ control, clock, log, concurrency, random = Math.random }: JobsOptions) {
    this.#control = control
    this.#clock = clock
    this.#log = log
    this.#concurrency = concurrency
    this.#attempts = { leases: control.tasks.leases, clock, log, random }
  }

  /** Adds a task in the transaction of what causes it. Throws when the payload is not what the kind says. */
  enqueue<K extends TaskKind>(
    trx: ControlTrx,
    kind: K,
    payload: z.input<K['payload']>,
    { tenantId, key, runAt = this.#clock.now() }: Enqueue,
  ): Promise<{ id: TaskId; fresh: boolean }> {
    const { name, maxAttempts } = kind
    const checked = JSON.stringify(kind.payload.parse(payload))
    return this.#control.tasks.enqueue(trx, {
      ...{ kind: name, tenantId, maxAttempts, runAt },
      payload: checked,
      key: key ?? null,
    })
  }

  /** Begins to claim. The data directory is ours alone, so whatever still counts as running was left by a process that is gone. */
  async start(bindings: readonly TaskBinding[]): Promise<void> {
    for (const binding of bindings) {
      if (this.#bindings.has(binding.kind.name)) throw new Error(`two tasks are called ${binding.kind.name}`)
      this.#bindings.set(binding.kind.name, binding)
    }
    const left = await this.#control.tasks.leases.recover('all')
    if (left > 0) this.#log.info({ tasks: left }, 'tasks that were running when the process ended are taken up again')
    this.#state = 'running'
    this.#stopListening = this.#control.tasks.onReady((kind) => this.#wake([kind]))
    this.#wakeAll()
  }

  /** Tells what runs to end, waits for it, at most `graceMs`, and gives the rest back. */
  async stop(graceMs: number): Promise<void> {
    this.#state = 'stopped'
    this.#stopListening()
    this.#cancelTimer()
    await this.#pumping
    for (const { attempt } of this.#running.values()) attempt.end('stopped')
    const ended = Promise.all([...this.#running.values()].map(({ ended }) => ended))
    await Promise.race([ended, this.#pause(graceMs)])
    this.#cancelBeat?.()
    for (const { attempt } of this.#running.values()) {
      const { lease, row } = attempt
      this.#log.warn({ task: row.id, kind: row.kind }, 'a task did not end in time; it runs again at the next start')
      await this.#control.tasks.leases.release(lease)
    }
  }

  /** Calls a task off; see `Tasks.cancel`. */
  async cancel(actor: Actor, id: TaskId): Promise<TaskRow | undefined> {
    const row = await this.#control.tasks.cancel(actor, id)
    if (row?.state === 'running') this.#running.get(id)?.attempt.end('cancelled')
    return row
  }

  outcomes(): TaskOutcomes[] {
    return [...this.#outcomes].map(([kind, counts]) => ({ kind, ...counts }))
  }

  #wakeAll(): void {
    this.#lookedUntil = this.#clock.now()
    this.#wake(this.#bindings.keys())
  }

  #wake(kinds: Iterable<string>): void {
    for (const kind of kinds) if (this.#bindings.has(kind)) this.#maybeReady.add(kind)
    this.#again = true
    if (this.#pumping || this.#state !== 'running') return
    this.#pumping = this.#pump().finally(() => {
      this.#pumping = null
      if (this.#again) this.#wake([])
    })
  }

  async #pump(): Promise<void> {
    this.#cancelTimer()
    try {
      while (this.#again && this.#state === 'running') {
        this.#again = false
        await this.#claimAll()
        const due = await this.#control.tasks.leases.nextDue(this.#lookedUntil)
        const wait = Math.min(due === null ? RECHECK_MS : due - this.#clock.now(), RECHECK_MS)
        if (wait > 0) this.#lookAgainAfter(wait)
        else await this.#look()
      }
    } catch (error) {
      this.#log.error({ err: error }, 'tasks could not be claimed; trying again')
      this.#lookAgainAfter(AFTER_ERROR_MS)
    }
  }

  #lookAgainAfter(ms: number): void {
    this.#cancelTimer()
    if (this.#state !== 'running') return
    this.#cancelTimer = this.#clock.after(ms, () => {
      this.#look().catch((error: unknown) => {
        this.#log.error({ err: error }, 'tasks could not be looked at; trying again')
        this.#lookAgainAfter(AFTER_ERROR_MS)
      })
    })
  }

  /** Looks at every kind, after taking back what somebody has let go; our own leases first, in case time has leapt, and as of the same time. */
  async #look(): Promise<void> {
    const now = this.#clock.now()
    await this.#beat(now)
    await this.#control.tasks.leases.recover({ overBefore: now })
    this.#wakeAll()
  }

  async #claimAll(): Promise<void> {
    for (let next = this.#nextKind(); next && this.#state === 'running'; next = this.#nextKind()) {
      const { binding, free } = next
      const { name } = binding.kind
      this.#maybeReady.delete(name)
      const token = randomUUID()
      const until = this.#clock.now() + LEASE_MS
      const rows = await this.#control.tasks.leases.claim(name, free, { token, until })
      // Behind the others, if there may be more of it.
      if (rows.length === free) this.#maybeReady.add(name)
      for (const row of rows) this.#begin(binding, row, token)
    }
  }

  #nextKind(): { binding: TaskBinding; free: number } | null {
    const left = this.#concurrency - this.#running.size
    if (left <= 0) return null
    for (const name of this.#maybeReady) {
      const binding = this.#bindings.get(name)
      if (!binding) continue
      let ofKind = 0
      for (const { attempt } of this.#running.values()) if (attempt.row.kind === name) ofKind += 1
      const free = Math.min(left, binding.kind.concurrency - ofKind)
      if (free > 0) return { binding, free }
    }
    return null
  }

  #begin(binding: TaskBinding, row: TaskRow, token: string): void {
    const running: Running = { attempt: new Attempt(row, token, this.#attempts), ended: Promise.resolve() }
    this.#running.set(row.id, running)
    this.#beatLater()
    running.ended = running.attempt
      .run(binding)
      .then((outcome) => {
        if (outcome !== null) this.#count(row.kind, outcome)
      })
      .catch((error: unknown) => {
        // Its lease runs out, and then it is tried again.
        this.#log.error({ err: error, task: row.id, kind: row.kind }, 'the end of a task could not be written down')
      })
      .finally(() => {
        this.#running.delete(row.id)
        this.#wake([row.kind])
      })
  }

  #beatLater(): void {
    this.#cancelBeat ??= this.#clock.after(BEAT_MS, () => {
      this.#cancelBeat = null
      if (this.#running.size === 0) return
      this.#beatLater()
      // Where that takes longer than it is to the next, they do not gather.
      this.#beating ??= this.#beat(this.#clock.now())
        .catch((error: unknown) => this.#log.error({ err: error }, 'leases could not be renewed'))
        .finally(() => {
          this.#beating = null
        })
    })
  }

  async #beat(now: number): Promise<void> {
    const held = [...this.#running.values()]
    if (held.length === 0) return
    const tokens = [...new Set(held.map(({ attempt }) => attempt.lease.token))]
    const still = await this.#control.tasks.leases.extend(tokens, now + LEASE_MS)
    const cancelled = new Map(still.map((one) => [one.id, one.cancelled]))
    for (const { attempt } of held) {
      const { id } = attempt.row
      // Those that ended meanwhile are not ours to hold any more.
      if (!this.#running.has(id)) continue
      const off = cancelled.get(id)
      if (off === undefined) attempt.end('lost')
      else if (off) attempt.end('cancelled')
    }
  }

  #count(kind: string, outcome: Outcome): void {
    const counts = this.#outcomes.get(kind) ?? { done: 0, retried: 0, dead: 0, cancelled: 0 }
    counts[outcome] += 1
    this.#outcomes.set(kind, counts)
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.#clock.after(ms, resolve))
  }
}
