import { z } from 'zod'
import type { ControlStore } from '../../storage/control/open.ts'
import { forgetTombstones } from '../../storage/telemetry/erasing.ts'
import type { Telemetry } from '../../storage/telemetry/telemetry.ts'
import type { FollowerHealth } from '../followers/follow.ts'
import { perform, type TaskBinding, taskKind } from '../registry.ts'

export const sweepTombstones = taskKind({
  name: 'tombstones.sweep',
  payload: z.object({}),
  maxAttempts: 3,
  concurrency: 1,
})

interface Services {
  control: ControlStore
  telemetry: Telemetry
  followers(): FollowerHealth[]
}

/**
 * Forgets the tombstones that every follower has passed for good, one that does not run today included: it would keep what it still holds
 * of the erased.
 */
export const sweepTombstonesWork = ({ control, telemetry, followers }: Services): TaskBinding =>
  perform(sweepTombstones, async () => {
    const places = [...followers().map(({ kept }) => kept), ...(await control.places.all())]
    return { forgotten: await forgetTombstones(telemetry, Math.min(...places)) }
  })
