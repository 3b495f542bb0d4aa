import { rfc3339 } from '../../clock.ts'
import { VERSION } from '../../version.ts'
import { type Binding, bind } from '../http/mount.ts'
import { ok } from '../http/reply.ts'
import type { Services } from '../services.ts'
import { getHealth, getReady } from './contract.ts'

export const healthHandlers = ({
  clock,
  telemetry,
  followers,
}: Pick<Services, 'clock' | 'telemetry' | 'followers'>): Binding[] => [
  bind(getHealth, () => ok({ status: 'ok', time: rfc3339(clock.now()), version: VERSION })),

  bind(getReady, () => {
    const open = telemetry.alive
    const body = {
      status: open ? ('ready' as const) : ('not_ready' as const),
      storage: open ? ('open' as const) : ('failed' as const),
      // What failed is for the log: this page is open to everyone.
      followers: followers().map(({ name, state, lag, failures, progress }) => ({
        name,
        state,
        lag,
        failures,
        progress,
      })),
    }
    return { status: open ? 200 : 503, body }
  }),
]
