import type { z } from 'zod'
import type { TaskId, TenantId } from '../ids.ts'
import type { Log } from '../log.ts'

/**
 * kind      what a task does, as data: whoever enqueues one imports the kind, not the work
 * binding   a kind with the work that it stands for; `app.ts` gives all of them to the runner
 * run       one attempt, as the work sees it
 *
 * A task may run more than once (after a crash, or when its end could not be written down): doing the work twice must change nothing.
 */
export interface TaskKind<S extends z.ZodType = z.ZodType> {
  /** `thing.done`, unique: `prices.recompute`. Stored with each task, so it never changes. */
  name: string
  /** JSON that a task carries: checked when it is enqueued, and again when it runs. */
  payload: S
  maxAttempts: number
  /** How many of this kind run at once; all kinds together are bounded by `jobs.concurrency`. */
  concurrency: number
  /** Before the second attempt; doubled for each one after it, up to `longestDelayMs`. Default 5 s. */
  firstDelayMs?: number
  /** Default one hour. */
  longestDelayMs?: number
}

export interface TaskRun {
  id: TaskId
  /** Null for work of the appliance itself. */
  tenantId: TenantId | null
  /** 1 for the first. */
  attempt: number
  maxAttempts: number
  /** Aborted when the task is cancelled or the appliance stops: end soon, by throwing (`signal.throwIfAborted()`) or by being done. */
  signal: AbortSignal
  /** Says how far it is; kept at most once a second. */
  progress(progress: { done?: number; total?: number; message?: string }): void
  log: Log
}

/** What a finished task has to say, for whoever looks at it later. */
export type TaskResult = Record<string, unknown> | undefined

export interface TaskBinding {
  kind: TaskKind
  run(payload: unknown, run: TaskRun): Promise<TaskResult>
}

/** Keeps the literal types of a kind, so that its payload is typed where it is enqueued and where it runs. */
export const taskKind = <const K extends TaskKind>(kind: K): K => kind

/** Ties a kind to its work. */
export function perform<K extends TaskKind>(
  kind: K,
  work: (payload: z.output<K['payload']>, run: TaskRun) => Promise<TaskResult> | Promise<void>,
): TaskBinding {
  return { kind, run: async (payload, run) => (await work(payload as z.output<K['payload']>, run)) ?? undefined }
}

/** Thrown by the work when trying again would be of no use: the task is dead at once. */
export class PermanentFailure extends Error {
  override name = 'PermanentFailure'
}

/** Thrown by the work to say when to try again, as a provider's `Retry-After` does. Counts as an attempt. */
export class RetryLater extends Error {
  override name = 'RetryLater'
  readonly afterMs: number

  constructor(message: string, afterMs: number) {
    super(message)
    this.afterMs = afterMs
  }
}
