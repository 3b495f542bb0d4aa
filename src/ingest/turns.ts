/**
 * Work that goes on a few at a time, in the order in which it came. Who reads a large request lets others go on between its parts; if those
 * are other large requests, all of them are half read at once, and the collector copies what each of them has made so far.
 */
export class Turns {
  readonly #waiting: (() => void)[] = []
  #free: number

  constructor(atOnce: number) {
    this.#free = atOnce
  }

  /** Does the work once there is a turn for it. Answers or throws what it does. */
  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#free += 1
    }
  }
}
