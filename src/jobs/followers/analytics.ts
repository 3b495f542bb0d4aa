import type { Log } from '../../log.ts'
import type { Analytics } from '../../storage/analytics/analytics.ts'
import type { Telemetry } from '../../storage/telemetry/telemetry.ts'
import type { Follower } from './follow.ts'

/**
 * Keeps `analytics.duckdb` with the log. The reading and writing is done by the thread that owns the file, which also keeps the place: in
 * the file, in the transaction that brings what lies before it.
 */
export function analyticsFollower(analytics: Analytics, telemetry: Pick<Telemetry, 'head'>, log: Log): Follower {
  let told = TOLD_PARTS
  return {
    name: 'analytics',
    effects: 'own',
    place: () => analytics.place,
    kept: () => analytics.kept,
    // It is opened with the first trace; until then nobody knows what the file holds.
    progress: () => analytics.progress ?? (telemetry.head === 0 ? 1 : 0),
    async follow() {
      const stop = analytics.onProgress((progress) => {
        const parts = Math.floor(progress * TOLD_PARTS)
        if (parts === told) return
        told = parts
        log.info({ percent: parts * (100 / TOLD_PARTS) }, 'analytics is made from the log')
      })
      await analytics.follow().finally(stop)
    },
  }
}

/** A mirror that is made anew is told of in so many parts. */
const TOLD_PARTS = 10
