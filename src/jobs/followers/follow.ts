import type { Clock } from '../../clock.ts'
import type { Log } from '../../log.ts'
import type { ControlStore } from '../../storage/control/open.ts'
import type { ControlTrx } from '../../storage/control/schema.ts'
import type { Change } from '../../storage/telemetry/questions/log.ts'
import type { Telemetry } from '../../storage/telemetry/telemetry.ts'

/**
 * What happens after a trace is stored. A follower reads the log in order and moves its place only after the effect of a batch: a
 * batch may therefore come twice (after a crash), and an effect twice must change nothing.
 *
 * control    its effects are rows of control.db: effect and place are one transaction
 * elsewhere  its effects are in a file of its own; the place moves after them
 * own        it keeps its place itself, in the same commit as its effects, and reads the log itself
 * passing    it only cares for what happens while it looks: it is called after each commit, reads for itself what it wants, if
 *            anything, and its place is not kept
 */
export type Follower =
  | { name: string; effects: 'control'; apply(batch: readonly Change[], trx: ControlTrx): Promise<void> }
  | { name: string; effects: 'elsewhere'; apply(batch: readonly Change[]): Promise<void> }
  | {
      name: string
      effects: 'own'
      place(): number
      /** How far it will have come if the process ends now. */
      kept(): number
      /** 0 to 1: how much of what the log held when the program started is in. */
      progress(): number
      /** Reads the log to its end. */
      follow(): Promise<void>
    }
  | { name: string; effects: 'passing'; look(): Promise<void> }

export interface FollowerHealth {
  name: string
  state: 'following' | 'backing_off'
  place: number
  /** As far as it will not go back, whatever happens. */
  kept: number
  /** Places of the log that it has not seen yet. */
  lag: number
  failures: number
  error: string | null
  /** 0 to 1, for one that makes its file anew; null for one that does not say. */
  progress: number | null
}

export interface FollowerServices {
  telemetry: Telemetry
  control: ControlStore
  clock: Clock
  log: Log
}

const BATCH = 500
const FIRST_DELAY_MS = 1_000
const LONGEST_DELAY_MS = 60_000

/** Starts a follower; it never throws. Whatever it does wrong holds up nobody but itself, and shows in `health`. */
export async function follow(services: FollowerServices, follower: Follower): Promise<Following> {
  const place = await placeOf(services, follower)
  return new Following(services, follower, place)
}

async function placeOf({ telemetry, control }: FollowerServices, follower: Follower): Promise<number> {
  switch (follower.effects) {
    case 'passing':
      return telemetry.head
    case 'own':
      return follower.place()
    default:
      return control.places.get(follower.name)
  }
}

export class Following {
  readonly #services: FollowerServices
  readonly #follower: Follower
  readonly #stopListening: () => void
  #place: number
  #failures = 0
  #error: string | null = null
  #cancelRetry: (() => void) | null = null
  #stopped = false
  #running: Promise<void> | null = null
  #again = false

  constructor(services: FollowerServices, follower: Follower, place: number) {
    this.#services = services
    this.#follower = follower
    this.#place = place
    this.#stopListening = services.telemetry.onCommit(() => this.#wake())
    this.#wake()
  }

  health(): FollowerHealth {
    const follower = this.#follower
    const place = follower.effects === 'own' ? follower.place() : this.#place
    return {
      name: follower.name,
      state: this.#error === null ? 'following' : 'backing_off',
      place,
      kept: follower.effects === 'own' ? follower.kept() : place,
      lag: Math.max(0, this.#services.telemetry.head - place),
      progress: follower.effects === 'own' ? follower.progress() : null,
      failures: this.#failures,
      error: this.#error,
    }
  }

  /** Lets the batch in hand end, then stops. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#stopListening()
    this.#cancelRetry?.()
    await this.#running
  }

  #wake(): void {
    this.#again = true
    if (this.#running || this.#cancelRetry || this.#stopped) return
    this.#running = this.#run().finally(() => {
      this.#running = null
      // A commit may have come between the last look and now.
      if (this.#again && !this.#cancelRetry) this.#wake()
    })
  }

  async #run(): Promise<void> {
    while (this.#again && !this.#stopped) {
      this.#again = false
      try {
        while (!this.#stopped && (await this.#step())) this.#recovered()
        this.#recovered()
      } catch (error) {
        this.#backOff(error as Error)
        return
      }
    }
  }

  /** One batch. False when the log has been read to its end. */
  async #step(): Promise<boolean> {
    const { telemetry, control } = this.#services
    const follower = this.#follower
    if (follower.effects === 'passing') {
      const { head } = telemetry
      await follower.look()
      this.#place = head
      return false
    }
    if (follower.effects === 'own') {
      if (telemetry.head > follower.place()) await follower.follow()
      return false
    }
    const { head } = telemetry
    const batch = await telemetry.ask('changesAfter', { after: this.#place, limit: BATCH })
    const last = batch.at(-1)
    if (!last) {
      // What was committed up to there are not traces, but facts about them.
      this.#place = Math.max(this.#place, head)
      return false
    }
    switch (follower.effects) {
      case 'control':
        await control.transaction(async (trx) => {
          if (await control.places.advance(trx, follower.name, last.seq)) await follower.apply(batch, trx)
        })
        break
      case 'elsewhere':
        await follower.apply(batch)
        await control.transaction((trx) => control.places.advance(trx, follower.name, last.seq))
        break
      default:
        follower satisfies never
    }
    const more = batch.length === BATCH
    this.#place = more ? last.seq : Math.max(last.seq, head)
    return more
  }

  #recovered(): void {
    this.#failures = 0
    this.#error = null
  }

  #backOff(error: Error): void {
    const { clock, log } = this.#services
    const delay = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** this.#failures)
    this.#failures += 1
    this.#error = error.message
    log.error({ err: error, follower: this.#follower.name, retryInMs: delay }, 'a follower failed; it tries again')
    this.#cancelRetry = clock.after(delay, () => {
      this.#cancelRetry = null
      this.#wake()
    })
  }
}
