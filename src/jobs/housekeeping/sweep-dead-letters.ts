import { z } from 'zod'
import type { Clock } from '../../clock.ts'
import type { Config } from '../../config.ts'
import { eraseSettledDeadLetters } from '../../storage/telemetry/erasing.ts'
import type { Telemetry } from '../../storage/telemetry/telemetry.ts'
import { perform, type TaskBinding, taskKind } from '../registry.ts'

const DAY_MS = 86_400_000

export const sweepDeadLetters = taskKind({
  name: 'dead_letters.sweep',
  payload: z.object({}),
  maxAttempts: 3,
  concurrency: 1,
})

/** Erases dead letters that were replayed or set aside so many days ago. */
export const sweepDeadLettersWork = ({ config, telemetry, clock }: Services): TaskBinding =>
  perform(sweepDeadLetters, async () => {
    const before = clock.now() - config.dead_letters.keep_settled_days * DAY_MS
    return { erased: await eraseSettledDeadLetters(telemetry, before) }
  })

interface Services {
  config: Config
  telemetry: Telemetry
  clock: Clock
}
