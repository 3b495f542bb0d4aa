import { SLOT_MS } from './buckets.ts'

/** What changed is noted by the hour: of a day that goes on, all but the last one stays. */
export const WINDOW_MS = 4 * SLOT_MS
export const windowOf = (at: number): number => Math.floor(at / WINDOW_MS)
/** The window of a slot, as SQL, where `//` would round up what is before 1970. */
export const windowOfSlot = (slot: string): string => `floor(${slot} / ${WINDOW_MS / SLOT_MS})::INTEGER`

/** Traces of a tenant started in this window, by the clock of the store or of a client: any whole number. */
export interface Changed {
  tenant: number
  window: number
}

const LIMITS = {
  /** Windows that are told apart; of more it is as if all had changed. */
  windows: 100_000,
  shapes: 500,
  /** What is kept takes no more, as it is estimated by those who keep it. */
  bytes: 32 * 1024 * 1024,
  /** Of all parts of one answer: beyond that it takes longer to look through them than to count anew. */
  rows: 100_000,
  /** So many parts must lie in a range, or it is read as soon as they are added up. */
  fewestParts: 8,
  /** The latencies of so many rows may be listed, and counted here. */
  fewRows: 20_000,
}

/**
 * What was counted of parts of time, kept until something changes there. Who looks at a chart looks at it again, a moment later and with a
 * range that ends a moment later: all but its ends has been counted then. It is asked between two steps of the mirror only, which tells what
 * each of them changed; so what is kept is what would be counted now.
 */
export class Settled {
  readonly limits: Readonly<typeof LIMITS>
  /** The names of models by their numbers, which stay as long as the file does. */
  readonly models = new Map<number, string>()
  readonly #shapes = new Map<string, Shape<unknown>>()
  /** By tenant and window, the step that changed it last. */
  readonly #changed = new Map<number, Map<number, number>>()
  #windows = 0
  #step = 0
  #bytes = 0

  constructor(limits: Partial<typeof LIMITS> = {}) {
    this.limits = { ...LIMITS, ...limits }
  }

  /** Notes what a step has changed. */
  change(changed: readonly Changed[]): void {
    this.#step += 1
    for (const { tenant, window } of changed) {
      const windows = this.#changed.get(tenant) ?? new Map<number, number>()
      this.#changed.set(tenant, windows)
      if (!windows.has(window)) this.#windows += 1
      windows.set(window, this.#step)
    }
    if (this.#windows > this.limits.windows) this.forget()
  }

  /** Anything may be otherwise now. */
  forget(): void {
    this.models.clear()
    this.#shapes.clear()
    this.#changed.clear()
    this.#windows = 0
    this.#bytes = 0
  }

  /**
   * The parts of one question, whatever its range. The name tells all else that its answer depends on, and so the type of its parts.
   */
  shape<P>(tenant: number, name: string): Shape<P> {
    const key = `${tenant} ${name}`
    const shape = this.#shapes.get(key) ?? new Shape(this, tenant)
    // The one that was asked for last comes last.
    this.#shapes.delete(key)
    this.#shapes.set(key, shape)
    shape.asked += 1
    const [oldest] = this.#shapes
    if (oldest && this.#shapes.size > this.limits.shapes) {
      oldest[1].clear()
      this.#shapes.delete(oldest[0])
    }
    return shape as Shape<P>
  }

  get step(): number {
    return this.#step
  }

  /** The step that changed the window last; 0: none since it was opened. */
  changedAt(tenant: number, window: number): number {
    return this.#changed.get(tenant)?.get(window) ?? 0
  }

  /** Takes so many more bytes into account, or fewer. What has not been asked for the longest gives way to them. */
  hold(bytes: number): void {
    this.#bytes += bytes
    if (bytes <= 0) return
    for (const shape of this.#shapes.values()) {
      if (this.#bytes <= this.limits.bytes) return
      shape.clear()
    }
  }
}

interface Part<P> {
  /** The step after which it was counted. */
  step: number
  value: P
  bytes: number
}

export class Shape<P> {
  readonly #settled: Settled
  readonly #tenant: number
  readonly #parts = new Map<string, Part<P>>()
  #bytes = 0
  /** How often it was asked for. */
  asked = 0
  /** How many rows beside parts of this length were counted last, for a range that ended in this hour. */
  rest: { lengthMs: number; hour: number; rows: number } | null = null
  /** Is it of no use to keep anything of it? */
  unfit = false

  constructor(settled: Settled, tenant: number) {
    this.#settled = settled
    this.#tenant = tenant
  }

  /** The step that changed anything from `from` to `to` (inclusive) last; 0: none. */
  changedAt(from: number, to: number): number {
    let step = 0
    for (let window = windowOf(from); window <= windowOf(to); window += 1)
      step = Math.max(step, this.#settled.changedAt(this.#tenant, window))
    return step
  }

  /** What was kept of exactly this part, unless something has changed there. */
  find(from: number, to: number): P | null {
    const part = this.#parts.get(`${from} ${to}`)
    return part && this.changedAt(from, to) <= part.step ? part.value : null
  }

  /** Keeps what was counted of a part just now. */
  keep({ from, to, value, bytes }: { from: number; to: number; value: P; bytes: number }): void {
    const key = `${from} ${to}`
    const before = this.#parts.get(key)?.bytes ?? 0
    this.#parts.set(key, { step: this.#settled.step, value, bytes })
    this.#bytes += bytes - before
    this.#settled.hold(bytes - before)
  }

  /** Forgets all parts. */
  clear(): void {
    this.#settled.hold(-this.#bytes)
    this.#parts.clear()
    this.#bytes = 0
  }
}
