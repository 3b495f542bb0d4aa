/** Work that must not overlap: each waits for the one before it, however that ended. What is urgent goes before all else that waits. */
export class Turns {
  readonly #urgent: (() => void)[] = []
  readonly #others: (() => void)[] = []
  #taken = false

  async take<T>(work: () => Promise<T>, urgency: 'urgent' | 'usual' = 'usual'): Promise<T> {
    if (this.#taken) {
      const queue = urgency === 'urgent' ? this.#urgent : this.#others
      await new Promise<void>((resolve) => queue.push(resolve))
    }
    this.#taken = true
    try {
      return await work()
    } finally {
      this.#pass()
    }
  }

  /** The turn goes on without anybody else getting in between. */
  #pass(): void {
    const next = this.#urgent.shift() ?? this.#others.shift()
    if (next) next()
    else this.#taken = false
  }
}
