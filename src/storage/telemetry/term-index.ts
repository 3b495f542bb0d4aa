import type { Database } from 'better-sqlite3'
import type { Term } from './terms.ts'

const CACHED_TERMS = 20_000

/** The equality index as the writer sees it: terms get numbers, traces are posted under them. */
export class TermIndex {
  readonly #known = new Map<string, number>()
  readonly #find
  readonly #create
  readonly #post
  readonly #unpost

  constructor(db: Database) {
    this.#find = db
      .prepare<[number, string, string], number>('SELECT key FROM terms WHERE tenant = ? AND name = ? AND value = ?')
      .pluck()
    this.#create = db.prepare<[number, string, string]>('INSERT INTO terms (tenant, name, value) VALUES (?, ?, ?)')
    this.#post = db.prepare<[number, number, number]>(
      'INSERT INTO postings (term, started_at, trace) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
    )
    this.#unpost = db.prepare<[number, number, number]>(
      'DELETE FROM postings WHERE term = ? AND started_at = ? AND trace = ?',
    )
  }

  post(tenant: number, [name, value]: Term, startedAt: number, trace: number): void {
    this.#post.run(this.#keyOf(tenant, name, value), startedAt, trace)
  }

  unpost(tenant: number, [name, value]: Term, startedAt: number, trace: number): void {
    this.#unpost.run(this.#keyOf(tenant, name, value), startedAt, trace)
  }

  /** After a rollback: numbers that were given in it are void. */
  forget(): void {
    this.#known.clear()
  }

  #keyOf(tenant: number, name: string, value: string): number {
    const at = `${tenant}\u0000${name}\u0000${value}`
    const known = this.#known.get(at)
    if (known !== undefined) return known
    const key = this.#find.get(tenant, name, value) ?? Number(this.#create.run(tenant, name, value).lastInsertRowid)
    if (this.#known.size >= CACHED_TERMS) this.#known.clear()
    this.#known.set(at, key)
    return key
  }
}
