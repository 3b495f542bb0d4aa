import { z } from 'zod'
import type { Clock } from '../../clock.ts'
import type { ControlStore } from '../../storage/control/open.ts'
import { perform, type TaskBinding, taskKind } from '../registry.ts'

const KEEP_DAYS = 30
const DAY_MS = 86_400_000
const BATCH = 500

export const sweepTasks = taskKind({ name: 'tasks.sweep', payload: z.object({}), maxAttempts: 3, concurrency: 1 })

/** Removes tasks that were finished a month ago, a little at a time: between two batches others get their turn. */
export const sweepTasksWork = ({ control, clock }: { control: ControlStore; clock: Clock }): TaskBinding =>
  perform(sweepTasks, async (_, { signal, progress }) => {
    const before = clock.now() - KEEP_DAYS * DAY_MS
    let removed = 0
    for (let batch = BATCH; batch === BATCH; ) {
      signal.throwIfAborted()
      batch = await control.tasks.sweep(before, BATCH)
      removed += batch
      progress({ done: removed })
    }
    return { removed }
  })
