import type { Rows } from './columns.ts'
import { type DuckDBConnection, rowsOf } from './duckdb.ts'

/** Names that are remembered; more are looked up again. */
const MOST_KNOWN = 10_000

/** The numbers by which calls name their models: what is grouped by number takes half the time that it takes by name. */
export class ModelKeys {
  readonly #known = new Map<string, number>()

  /** The number of each name. Rows of those that are new are added; they belong to the transaction that brings their calls. */
  async keysOf(db: DuckDBConnection, names: readonly string[], rows: Rows): Promise<number[]> {
    const unknown = names.filter((name) => !this.#known.has(name))
    if (unknown.length > 0) await this.#learn(db, unknown, rows)
    const keys = names.map((name) => this.#known.get(name) ?? 0)
    if (this.#known.size > MOST_KNOWN) this.forget()
    return keys
  }

  /** What was learned in a transaction that was rolled back, or of another file, is not so. */
  forget(): void {
    this.#known.clear()
  }

  async #learn(db: DuckDBConnection, names: readonly string[], rows: Rows): Promise<void> {
    const found = await rowsOf<{ key: number; name: string }>(
      db,
      `SELECT key, name FROM models WHERE name IN (SELECT unnest(from_json($1, '["VARCHAR"]')))`,
      [JSON.stringify(names)],
    )
    for (const { key, name } of found) this.#known.set(name, key)
    const [newest] = await rowsOf<{ key: number }>(db, 'SELECT coalesce(max(key), 0) AS key FROM models')
    let key = newest?.key ?? 0
    for (const name of names) {
      if (this.#known.has(name)) continue
      key += 1
      this.#known.set(name, key)
      rows.add([key, name])
    }
  }
}
