import { rfc3339 } from '../../clock.ts'
import { VERSION } from '../../version.ts'
import { type Binding, bind } from '../http/mount.ts'
import { ok } from '../http/reply.ts'
import type { Services } from '../services.ts'
import { getHealth, getReady } from './contract.ts'

export const healthHandlers = ({
  clock,
  telemetry,
  admission,
  disk,
  soundness,
  followers,
}: Pick<Services, 'clock' | 'telemetry' | 'admission' | 'disk' | 'soundness' | 'followers'>): Binding[] => [
  bind(getHealth, () => ok({ status: 'ok', time: rfc3339(clock.now()), version: VERSION })),

  bind(getReady, () => {
    const { state, limit, fault } = disk.health
    const storage = telemetry.alive ? (fault === 'storage_unavailable' ? 'unwritable' : 'open') : 'failed'
    const reasons: ('storage_failed' | 'storage_unwritable' | 'disk_full' | 'stopping')[] = []
    if (storage !== 'open') reasons.push(`storage_${storage}`)
    if (state === 'full') reasons.push('disk_full')
    if (!admission.open) reasons.push('stopping')
    const ready = reasons.length === 0
    const body = {
      status: ready ? ('ready' as const) : ('not_ready' as const),
      reasons,
      storage,
      disk: { state, limit },
      files: soundness.files.map(({ name, reading, soundAt }) => ({
        name,
        progress: reading && (reading.total === 0 ? 1 : reading.done / reading.total),
        sound_at: soundAt === null ? null : rfc3339(soundAt),
      })),
      // What failed is for the log: this page is open to everyone.
      followers: followers().map(({ name, state, lag, failures, progress }) => ({
        name,
        state,
        lag,
        failures,
        progress,
      })),
    }
    return { status: ready ? 200 : 503, body }
  }),
]
