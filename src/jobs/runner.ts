import { randomUUID } from 'node:crypto'
import type { z } from 'zod'
import type { Clock } from '../clock.ts'
import type { TaskId, TenantId } from '../ids.ts'
import type { Log } from '../log.ts'
import type { Actor } from '../storage/control/actor.ts'
import type { ControlStore } from '../storage/control/open.ts'
import type { ControlTrx, TaskRow } from '../storage/control/schema.ts'
import type { Lease, TaskProgress } from '../storage/control/tasks.ts'
import { PermanentFailure, RetryLater, type TaskBinding, type TaskKind } from './registry.ts'

/** A claim that is not renewed for so long is somebody else's to take. */
const LEASE_MS = 60_000
const BEAT_MS = LEASE_MS / 3
/** Looks again at the latest after so long, whether or not anybody said that there is something to do. */
const RECHECK_MS = 30_000
const FIRST_DELAY_MS = 5_000
const LONGEST_DELAY_MS = 3_600_000
const PROGRESS_EVERY_MS = 1_000
const MAX_ERROR = 2_000

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
export interface TaskOutcomes {
  kind: string
  done: number
  retried: number
  dead: number
  cancelled: number
}

interface Running {
  row: TaskRow
  lease: Lease
  abort: AbortController
  progress: TaskProgress | null
  progressAt: number
  /** Progress is written one after the other. */
  writing: Promise<unknown>
  ended: Promise<void>
}

type Ending = 'stopped' | 'cancelled' | 'lost'

/**
 * Runs tasks. Each is claimed for the time of a lease, which is renewed while it runs: after a crash it is claimed again. A task that
 * throws backs off and is dead after its last attempt; one that is cancelled or stopped is told so by its signal.
 */
export class Jobs {
  readonly #control: ControlStore
  readonly #clock: Clock
  readonly #log: Log
  readonly #concurrency: number
  readonly #random: () => number
  readonly #bindings = new Map<string, TaskBinding>()
  readonly #running = new Map<TaskId, Running>()
  readonly #outcomes = new Map<string, Omit<TaskOutcomes, 'kind'>>()
  /** Kinds of which some task may be ready, the one that has waited longest first. */
  readonly #maybeReady = new Set<string>()
  /** Every task that was due until then has made its kind `maybeReady`. */
  #lookedUntil = 0
  #pumping: Promise<void> | null = null
  #again = false
  #cancelTimer: () => void = () => undefined
  #cancelBeat: (() => void) | null = null
  #stopListening: () => void = () => undefined
  #state: 'new' | 'running' | 'stopped' = 'new'

  constructor({ control, clock, log, concurrency, random = Math.random }: JobsOptions) {
    this.#control = control
    this.#clock = clock
    this.#log = log
    this.#concurrency = concurrency
    this.#random = random
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
    const left = await this.#control.tasks.recover('all')
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
    for (const { abort } of this.#running.values()) abort.abort('stopped' satisfies Ending)
    const ended = Promise.all([...this.#running.values()].map(({ ended }) => ended))
    await Promise.race([ended, this.#pause(graceMs)])
    this.#cancelBeat?.()
    for (const { lease, row } of this.#running.values()) {
      this.#log.warn({ task: row.id, kind: row.kind }, 'a task did not end in time; it runs again at the next start')
      await this.#control.tasks.release(lease)
    }
  }

  /** Calls a task off; see `Tasks.cancel`. */
  async cancel(actor: Actor, id: TaskId): Promise<TaskRow | undefined> {
    const row = await this.#control.tasks.cancel(actor, id)
    if (row?.state === 'running') this.#running.get(id)?.abort.abort('cancelled' satisfies Ending)
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
        const due = await this.#control.tasks.nextDue(this.#lookedUntil)
        const wait = Math.min(due === null ? RECHECK_MS : due - this.#clock.now(), RECHECK_MS)
        if (wait > 0) this.#lookAgainAfter(wait)
        else await this.#look()
      }
    } catch (error) {
      this.#log.error({ err: error }, 'tasks could not be claimed; trying again')
      this.#lookAgainAfter(FIRST_DELAY_MS)
    }
  }

  #lookAgainAfter(ms: number): void {
    this.#cancelTimer()
    if (this.#state !== 'running') return
    this.#cancelTimer = this.#clock.after(ms, () => {
      this.#look().catch((error: unknown) => {
        this.#log.error({ err: error }, 'tasks could not be looked at; trying again')
        this.#lookAgainAfter(FIRST_DELAY_MS)
      })
    })
  }

  /** Looks at every kind, after taking back what somebody has let go; our own leases first, in case time has leapt. */
  async #look(): Promise<void> {
    await this.#beat()
    await this.#control.tasks.recover('expired')
    this.#wakeAll()
  }

  async #claimAll(): Promise<void> {
    for (let next = this.#nextKind(); next && this.#state === 'running'; next = this.#nextKind()) {
      const { binding, free } = next
      const { name } = binding.kind
      this.#maybeReady.delete(name)
      const token = randomUUID()
      const until = this.#clock.now() + LEASE_MS
      const rows = await this.#control.tasks.claim(name, free, { token, until })
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
      for (const { row } of this.#running.values()) if (row.kind === name) ofKind += 1
      const free = Math.min(left, binding.kind.concurrency - ofKind)
      if (free > 0) return { binding, free }
    }
    return null
  }

  #begin(binding: TaskBinding, row: TaskRow, token: string): void {
    const running: Running = {
      row,
      lease: { id: row.id, token },
      abort: new AbortController(),
      progress: null,
      progressAt: Number.NEGATIVE_INFINITY,
      writing: Promise.resolve(),
      ended: Promise.resolve(),
    }
    this.#running.set(row.id, running)
    this.#beatLater()
    running.ended = this.#attempt(binding, running)
      .catch((error: unknown) => {
        // Its lease runs out, and then it is tried again.
        this.#log.error({ err: error, task: row.id, kind: row.kind }, 'the end of a task could not be written down')
      })
      .finally(() => {
        this.#running.delete(row.id)
        this.#wake([row.kind])
      })
  }

  async #attempt(binding: TaskBinding, running: Running): Promise<void> {
    const { row, lease, abort } = running
    const { tasks } = this.#control
    let result: string | null
    try {
      const payload = readPayload(binding.kind, row.payload)
      const outcome = await binding.run(payload, {
        id: row.id,
        tenantId: row.tenant_id,
        attempt: row.attempts,
        maxAttempts: row.max_attempts,
        signal: abort.signal,
        progress: (progress) => this.#progress(running, progress),
        log: this.#log.child({ task: row.id, kind: row.kind }),
      })
      result = outcome === undefined ? null : JSON.stringify(outcome)
    } catch (error) {
      await this.#writeProgress(running)
      await this.#failed(binding.kind, running, error)
      return
    }
    await this.#writeProgress(running)
    if (await tasks.succeed(lease, result)) this.#count(row.kind, 'done')
  }

  async #failed(kind: TaskKind, { row, lease, abort }: Running, error: unknown): Promise<void> {
    const { tasks } = this.#control
    const ending = abort.signal.aborted ? (abort.signal.reason as Ending) : null
    switch (ending) {
      case 'lost':
        return
      case 'stopped':
        return tasks.release(lease)
      case 'cancelled':
        if (await tasks.cancelled(lease)) this.#count(row.kind, 'cancelled')
        return
      case null: {
        const message = (error instanceof Error ? error.message : String(error)).slice(0, MAX_ERROR)
        const dead = error instanceof PermanentFailure || row.attempts >= row.max_attempts
        const about = { err: error, task: row.id, kind: row.kind, attempt: row.attempts }
        if (dead) {
          this.#log.error(about, 'a task is dead')
          if (await tasks.kill(lease, message)) this.#count(row.kind, 'dead')
          return
        }
        const delay = error instanceof RetryLater ? error.afterMs : this.#delay(kind, row.attempts)
        this.#log.warn({ ...about, retryInMs: delay }, 'a task failed; it is tried again')
        if (await tasks.putBack(lease, this.#clock.now() + delay, message)) this.#count(row.kind, 'retried')
        return
      }
      default:
        ending satisfies never
    }
  }

  /** Doubled each time, and off by up to a quarter, so that what failed together does not come back together. */
  #delay({ firstDelayMs = FIRST_DELAY_MS, longestDelayMs = LONGEST_DELAY_MS }: TaskKind, attempt: number): number {
    const delay = Math.min(longestDelayMs, firstDelayMs * 2 ** (attempt - 1))
    return Math.round(delay * (0.75 + this.#random() / 2))
  }

  #progress(running: Running, { done, total, message }: { done?: number; total?: number; message?: string }): void {
    const { progress: before, row } = running
    running.progress = {
      done: done ?? before?.done ?? row.progress_done,
      total: total ?? before?.total ?? row.progress_total,
      message: message ?? before?.message ?? row.progress_message,
    }
    const now = this.#clock.now()
    if (now - running.progressAt < PROGRESS_EVERY_MS) return
    running.progressAt = now
    void this.#writeProgress(running)
  }

  /** Never rejects: what is said about a task must not fail it. */
  #writeProgress(running: Running): Promise<unknown> {
    const { lease, row } = running
    running.writing = running.writing.then(async () => {
      const { progress } = running
      if (!progress) return
      running.progress = null
      Object.assign(row, {
        ...{ progress_done: progress.done, progress_total: progress.total },
        progress_message: progress.message,
      })
      try {
        if (!(await this.#control.tasks.progress(lease, progress))) running.abort.abort('lost' satisfies Ending)
      } catch (error) {
        this.#log.warn({ err: error, task: row.id }, 'the progress of a task could not be written down')
      }
    })
    return running.writing
  }

  #beatLater(): void {
    this.#cancelBeat ??= this.#clock.after(BEAT_MS, () => {
      this.#cancelBeat = null
      if (this.#running.size === 0) return
      this.#beatLater()
      this.#beat().catch((error: unknown) => this.#log.error({ err: error }, 'leases could not be renewed'))
    })
  }

  async #beat(): Promise<void> {
    const held = [...this.#running.values()]
    if (held.length === 0) return
    const tokens = [...new Set(held.map(({ lease }) => lease.token))]
    const still = await this.#control.tasks.extend(tokens, this.#clock.now() + LEASE_MS)
    const cancelled = new Map(still.map((one) => [one.id, one.cancelled]))
    for (const { row, abort } of held) {
      // Those that ended meanwhile are not ours to hold any more.
      if (!this.#running.has(row.id)) continue
      const off = cancelled.get(row.id)
      if (off === undefined) abort.abort('lost' satisfies Ending)
      else if (off) abort.abort('cancelled' satisfies Ending)
    }
  }

  #count(kind: string, outcome: 'done' | 'retried' | 'dead' | 'cancelled'): void {
    const counts = this.#outcomes.get(kind) ?? { done: 0, retried: 0, dead: 0, cancelled: 0 }
    counts[outcome] += 1
    this.#outcomes.set(kind, counts)
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.#clock.after(ms, resolve))
  }
}

/** A payload that another version wrote, and this one does not understand, will not be understood the next time either. */
function readPayload(kind: TaskKind, text: string): unknown {
  const result = kind.payload.safeParse(JSON.parse(text))
  if (result.success) return result.data
  throw new PermanentFailure(`The task's payload is not what ${kind.name} takes: ${result.error.issues[0]?.message}`)
}
