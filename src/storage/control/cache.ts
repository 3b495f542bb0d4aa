import type Database from 'better-sqlite3'

/** More than any appliance has keys and projects; beyond it the cache starts afresh instead of growing. */
const MAX_ENTRIES = 20_000

/**
 * Answers from `control.db` kept in memory until anything in the file changes, by this process or another. A revoked key or an
 * archived project therefore acts on the very next request, while an unchanged one costs two reads of a counter.
 *
 * Both counters are SQLite's own, so no writer has to remember to tell: `total_changes()` counts the rows this connection ever
 * changed, `PRAGMA data_version` moves when another connection commits.
 */
export class ControlCache {
  readonly #ownChanges: Database.Statement<[], number>
  readonly #othersVersion: Database.Statement<[], number>
  readonly #kept = new Map<string, unknown>()
  #version = ''

  constructor(db: Database.Database) {
    this.#ownChanges = db.prepare<[], number>('SELECT total_changes()').pluck()
    this.#othersVersion = db.prepare<[], number>('PRAGMA data_version').pluck()
  }

  /** What is kept under `key`, else what `load` finds. "Not there" is never kept: strangers could fill the memory with it. */
  async get<T>(key: string, load: () => Promise<T | undefined>): Promise<T | undefined> {
    const before = this.#dropIfChanged()
    const kept = this.#kept.get(key)
    if (kept !== undefined) return kept as T
    const loaded = await load()
    // A write between the question and its answer makes the answer old: use it once, but do not keep it.
    if (loaded === undefined || this.#dropIfChanged() !== before) return loaded
    if (this.#kept.size >= MAX_ENTRIES) this.#kept.clear()
    this.#kept.set(key, loaded)
    return loaded
  }

  #dropIfChanged(): string {
    const version = `${this.#ownChanges.get()}:${this.#othersVersion.get()}`
    if (version !== this.#version) {
      this.#kept.clear()
      this.#version = version
    }
    return version
  }
}
