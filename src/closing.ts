import type { Log } from './log.ts'
import { isOfDisk } from './storage/faults.ts'

/**
 * Does one thing after another, each whatever became of those before it, so that a stop leaves nothing open. What the disk did not take at a stop
 * was told to nobody as done, so it is logged and no failure. Throws the others in the end.
 */
export async function closeAll(steps: readonly (() => unknown)[], log: Log): Promise<void> {
  const failures: unknown[] = []
  for (const step of steps) {
    try {
      await step()
    } catch (error) {
      if (isOfDisk(error))
        log.warn(
          { err: error },
          'the disk did not take what was to be noted at the stop; nothing that was acknowledged is lost',
        )
      else failures.push(error)
    }
  }
  if (failures.length > 0)
    throw failures.length === 1 ? failures[0] : new AggregateError(failures, 'several things could not be closed')
}
