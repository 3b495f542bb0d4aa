import type { Database } from 'better-sqlite3'
import { getOrAdd } from '../../get-or-add.ts'
import type { Term } from './terms.ts'

/** How many terms are known by heart, and of what name: metadata may be nested, and its keys be made up, at any length. */
const CACHED_TERMS = 20_000
const LONGEST_NAME = 500

/** The equality index as the writer sees it: terms get numbers, traces are posted under them. */
export class TermIndex {
  /** Tenant → name → value → number. Nested, because to join a key of the three costs more than to look up three. */
  readonly #known = new Map<number, Map<string, Map<string, number>>>()
  #knownSize = 0
  readonly #find
  readonly #create
  readonly #post
  readonly #unpost
  readonly #used
  readonly #drop

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
    this.#used = db.prepare<[number], number>('SELECT 1 FROM postings WHERE term = ? LIMIT 1').pluck()
    this.#drop = db.prepare<[number]>('DELETE FROM terms WHERE key = ?')
  }

  post(tenant: number, term: Term, startedAt: number, trace: number): void {
    this.#post.run(this.keyOf(tenant, term), startedAt, trace)
  }

  /** Takes a posting away whose term goes on to be used. */
  unpost(tenant: number, term: Term, startedAt: number, trace: number): void {
    this.#unpost.run(this.keyOf(tenant, term), startedAt, trace)
  }

  /** Takes a posting away for good. A term that no trace has any more goes too, for it may be a person's name. */
  erase(tenant: number, [name, value]: Term, startedAt: number, trace: number): void {
    const term = this.#known.get(tenant)?.get(name)?.get(value) ?? this.#find.get(tenant, name, value)
    if (term === undefined) return
    this.#unpost.run(term, startedAt, trace)
    if (this.#used.get(term) !== undefined) return
    this.#drop.run(term)
    if (this.#known.get(tenant)?.get(name)?.delete(value)) this.#knownSize -= 1
  }

  /** After a rollback: numbers that were given in it are void. */
  forget(): void {
    this.#known.clear()
    this.#knownSize = 0
  }

  /** The number of a term; one is given where it has none yet. */
  keyOf(tenant: number, [name, value]: Term): number {
    if (name.length > LONGEST_NAME) return this.#findOrCreate(tenant, name, value)
    const values = this.#valuesOf(tenant, name)
    const known = values.get(value)
    if (known !== undefined) return known
    const key = this.#findOrCreate(tenant, name, value)
    this.#knownSize += 1
    values.set(value, key)
    return key
  }

  #findOrCreate(tenant: number, name: string, value: string): number {
    return this.#find.get(tenant, name, value) ?? Number(this.#create.run(tenant, name, value).lastInsertRowid)
  }

  #valuesOf(tenant: number, name: string): Map<string, number> {
    if (this.#knownSize >= CACHED_TERMS) this.forget()
    const names = getOrAdd(this.#known, tenant, () => new Map<string, Map<string, number>>())
    return getOrAdd(names, name, () => new Map<string, number>())
  }
}
