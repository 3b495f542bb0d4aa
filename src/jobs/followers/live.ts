import type { ProjectId, TenantId } from '../../ids.ts'
import type { NewTrace } from '../../storage/telemetry/questions/new-traces.ts'
import type { Telemetry } from '../../storage/telemetry/telemetry.ts'
import type { Follower } from './follow.ts'

/** Who hears of a tenant's new traces: once of each, in the order in which they came. */
export interface Listener {
  tenantId: TenantId
  projectId: ProjectId | null
  hear(trace: NewTrace): void
  /** The feed ends: the appliance stops. */
  end(): void
}

interface Listening {
  listener: Listener
  /** The last trace that it has heard of, or need not hear of. */
  place: number
}

/** What is told of in one turn must fit into what a client may leave unread, or one that reads would be cut off with those that do not. */
const PAGE = 200

/**
 * The live feed: one reader of new traces for all who listen, so that a thousand listeners cost one question. It goes by the order in
 * which traces came, not by the log of changes: a trace that grows before it is read here must still be told of.
 */
export class LiveFeed {
  readonly #telemetry: Telemetry
  readonly #listening = new Map<TenantId, Set<Listening>>()
  #place = 0
  #running: Promise<void> | null = null
  #again = false

  constructor(telemetry: Telemetry) {
    this.#telemetry = telemetry
  }

  readonly follower: Follower = {
    name: 'live',
    effects: 'passing',
    look: async () => {
      if (this.#listening.size > 0) await this.#catchUp()
    },
  }

  /**
   * Listens from now on, or goes on after a place that an earlier event had; what was missed comes first. Answers the function that
   * stops it. A place that is not reached yet (of a store that was restored since) counts as now.
   */
  async listen(listener: Listener, after: number | null): Promise<() => void> {
    const newest = await this.#telemetry.ask('newestTrace', {})
    const listening = { listener, place: Math.min(after ?? newest, newest) }
    if (this.#listening.size === 0) this.#place = listening.place
    await this.#readMissed(listening)
    const { tenantId } = listener
    const set = this.#listening.get(tenantId) ?? new Set()
    this.#listening.set(tenantId, set.add(listening))
    const stop = () => {
      set.delete(listening)
      if (set.size === 0 && this.#listening.get(tenantId) === set) this.#listening.delete(tenantId)
    }
    try {
      await this.#catchUp()
    } catch (error) {
      stop()
      throw error
    }
    return stop
  }

  /** Ends the feed for all who listen. */
  close(): void {
    for (const set of this.#listening.values()) for (const { listener } of set) listener.end()
    this.#listening.clear()
  }

  /** Up to where the feed stands for all; from there on it comes with the others. */
  async #readMissed(listening: Listening): Promise<void> {
    while (listening.place < this.#place) {
      const missed = await this.#telemetry.ask('newTraces', { after: listening.place, limit: PAGE })
      for (const trace of missed) tell(listening, trace)
      listening.place = Math.max(listening.place, missed.at(-1)?.key ?? this.#place)
    }
  }

  #catchUp(): Promise<void> {
    this.#again = true
    this.#running ??= this.#run().finally(() => {
      this.#running = null
    })
    return this.#running
  }

  async #run(): Promise<void> {
    while (this.#again) {
      this.#again = false
      let page: NewTrace[]
      do {
        page = await this.#telemetry.ask('newTraces', { after: this.#place, limit: PAGE })
        for (const trace of page)
          for (const listening of this.#listening.get(trace.tenantId) ?? []) tell(listening, trace)
        this.#place = page.at(-1)?.key ?? this.#place
      } while (page.length === PAGE)
    }
  }
}

function tell(listening: Listening, trace: NewTrace): void {
  const { listener, place } = listening
  if (trace.key <= place) return
  listening.place = trace.key
  if (trace.tenantId !== listener.tenantId) return
  if (listener.projectId === null || listener.projectId === trace.projectId) listener.hear(trace)
}
