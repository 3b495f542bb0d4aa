import type { ProjectId, TenantId } from '../../ids.ts'
import type { Change } from '../../storage/telemetry/questions/log.ts'
import type { Telemetry } from '../../storage/telemetry/telemetry.ts'
import type { Follower } from './follow.ts'

/** Who hears of a tenant's new traces. `hear` is called in the order of the log, once for each trace. */
export interface Listener {
  tenantId: TenantId
  projectId: ProjectId | null
  hear(trace: Change): void
  /** The feed ends: the appliance stops. */
  end(): void
}

const PAGE = 500

/** The live feed: one follower for all who listen, so that a thousand listeners cost one read of the log. */
export class LiveFeed {
  readonly #telemetry: Telemetry
  readonly #listeners = new Map<TenantId, Set<Listener>>()
  #place: number

  constructor(telemetry: Telemetry) {
    this.#telemetry = telemetry
    this.#place = telemetry.head
  }

  readonly follower: Follower = {
    name: 'live',
    effects: 'passing',
    apply: (batch) => {
      for (const change of batch) this.#tell(change)
      this.#place = batch.at(-1)?.seq ?? this.#place
    },
  }

  get listeners(): number {
    let count = 0
    for (const set of this.#listeners.values()) count += set.size
    return count
  }

  /**
   * Listens from now on, or from a place of the log on: what was missed is read first. Answers the function that stops it.
   * `after` beyond the head (a store that was restored) counts as now.
   */
  async listen(listener: Listener, after: number | null): Promise<() => void> {
    let place = after === null ? this.#place : Math.min(after, this.#place)
    // Read up to where the follower stands; from there it goes on itself, so nothing is missed and nothing comes twice.
    while (place < this.#place) {
      const missed = await this.#telemetry.ask('changesAfter', { after: place, limit: PAGE })
      for (const change of missed) {
        if (change.seq > this.#place) break
        if (concerns(listener, change) && change.createdSeq > place) listener.hear(change)
        place = change.seq
      }
      if (missed.length < PAGE || (missed.at(-1)?.seq ?? 0) > this.#place) break
    }
    const set = this.#listeners.get(listener.tenantId) ?? new Set()
    this.#listeners.set(listener.tenantId, set.add(listener))
    return () => {
      set.delete(listener)
      if (set.size === 0) this.#listeners.delete(listener.tenantId)
    }
  }

  /** Ends the feed for all who listen. */
  close(): void {
    for (const set of this.#listeners.values()) for (const listener of set) listener.end()
    this.#listeners.clear()
  }

  #tell(change: Change): void {
    if (change.createdSeq <= this.#place) return
    for (const listener of this.#listeners.get(change.tenantId) ?? []) {
      if (concerns(listener, change)) listener.hear(change)
    }
  }
}

const concerns = ({ tenantId, projectId }: Listener, change: Change): boolean =>
  change.tenantId === tenantId && (projectId === null || change.projectId === projectId)
