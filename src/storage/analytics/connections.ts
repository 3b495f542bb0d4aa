import type { DuckDBConnection } from './duckdb.ts'

/** A few connections for questions; who finds none free waits in line. */
export class Connections {
  readonly #connect: () => Promise<DuckDBConnection>
  readonly #size: number
  readonly #idle: DuckDBConnection[] = []
  readonly #waiting: (() => void)[] = []
  #used = 0

  constructor(size: number, connect: () => Promise<DuckDBConnection>) {
    this.#size = size
    this.#connect = connect
  }

  async use<T>(work: (db: DuckDBConnection) => Promise<T>): Promise<T> {
    while (this.#used >= this.#size) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    this.#used += 1
    try {
      const db = this.#idle.pop() ?? (await this.#connect())
      try {
        return await work(db)
      } finally {
        this.#idle.push(db)
      }
    } finally {
      this.#used -= 1
      this.#waiting.shift()?.()
    }
  }

  /** Takes all connections, closes them and calls back: whoever asks meanwhile waits, and gets new ones. */
  async exchange(between: () => Promise<void>): Promise<void> {
    while (this.#used > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    this.#used = this.#size
    try {
      for (const db of this.#idle.splice(0)) db.closeSync()
      await between()
    } finally {
      this.#used = 0
      for (const next of this.#waiting.splice(0)) next()
    }
  }
}
