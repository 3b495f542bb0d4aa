import path from 'node:path'
import type { Database, Statement } from 'better-sqlite3'
import { openSqlite } from '../sqlite.ts'
import { firstKeyOf, identityOf, isBroken, PARTS, shardOf, shardOfZone, tableOf, ZONES_PER_SHARD } from './file.ts'
import { matchOfTerm, type Term, type TextQuery } from './query.ts'

/** What a reader thread asks `search.db`: which traces match, by their keys in `telemetry.db`. */

/** Zones of one shard that follow one another, with when their traces started. */
export interface Zone {
  zone: number
  first: number
  last: number
}

/** The file is missing or damaged, or is being put in place right now: it must be built anew by the one who writes it. */
export class IndexBroken extends Error {
  override name = 'IndexBroken'
}

const MOST_STATEMENTS = 128

interface Open {
  db: Database
  identity: string | null
  generation: number
  statements: Map<string, Statement<unknown[], number>>
}

const opened = new WeakMap<Database, Open>()

/** The index that belongs to an open `telemetry.db`. Opened anew where the file has become another one. */
export function indexBeside(telemetry: Database, generation: number): TextIndex {
  const file = path.join(path.dirname(telemetry.name), 'search.db')
  const known = opened.get(telemetry)
  if (known && known.generation === generation && known.identity === identityOf(file)) return new TextIndex(known)
  known?.db.close()
  opened.delete(telemetry)
  const identity = identityOf(file)
  const db = guarded(() => openSqlite(file, { readonly: true, fileMustExist: true }))
  const open = { db, identity, generation, statements: new Map() }
  opened.set(telemetry, open)
  return new TextIndex(open)
}

export class TextIndex {
  readonly #open: Open

  constructor(open: Open) {
    this.#open = open
  }

  /** Zones that have traces which started within the bounds. */
  zones(from: number, to: number): Zone[] {
    return guarded(() =>
      this.#open.db
        .prepare<[number, number], Zone>('SELECT zone, first, last FROM zones WHERE last >= ? AND first <= ?')
        .all(from, to),
    )
  }

  /** Keys of the traces in a row of zones of one shard that match, at most `limit`, the latest first. */
  keys(match: string, first: number, last: number, limit: number): number[] {
    return this.#all(
      `SELECT rowid FROM ${tableOf(shardOfZone(first))} WHERE ${tableOf(shardOfZone(first))} MATCH ?
       AND rowid BETWEEN ? AND ? ORDER BY rowid DESC LIMIT ?`,
      [match, firstKeyOf(first), firstKeyOf(last + 1) - 1, limit],
    )
  }

  /** Those of the keys, all of one shard, that match. Looks each up, so it is for few. */
  among(match: string, shard: number, keys: readonly number[]): number[] {
    return this.#all(
      `SELECT k.value FROM json_each(?) k CROSS JOIN ${tableOf(shard)} f ON f.rowid = k.value WHERE ${tableOf(shard)} MATCH ?`,
      [JSON.stringify(keys), match],
    )
  }

  /** Shards that hold large traces. */
  shardsOfLarge(): number[] {
    return [...new Set(this.#all('SELECT trace FROM large', []).map(shardOf))]
  }

  /** Keys of the large traces of a shard that match: each term may stand in another of their parts. */
  large(query: TextQuery, shard: number, scope: string | null): number[] {
    const having = (term: Term) =>
      new Set(this.#partsWith(shard, scope === null ? matchOfTerm(term) : `"${scope}" AND ${matchOfTerm(term)}`))
    const [first, ...others] = query.clauses.map((terms) => terms.map(having))
    let found = [...union(first ?? [])]
    for (const clause of others) found = found.filter((trace) => clause.some((set) => set.has(trace)))
    if (found.length === 0) return found
    const unwanted = union(query.unwanted.map(having))
    return found.filter((trace) => !unwanted.has(trace))
  }

  /** Spans, from key to key, of the first part of a large trace that has a term; null where none has, or the trace is not large. */
  spansWith(term: Term, trace: number): [first: number, last: number] | null {
    const parts = this.#all('SELECT id FROM parts WHERE trace = ?', [trace])
    if (parts.length === 0) return null
    const [row] = this.among(
      matchOfTerm(term),
      shardOf(trace),
      parts.map((id) => PARTS + id),
    )
    if (row === undefined) return null
    const part = guarded(() =>
      this.#open.db
        .prepare<[number], { first: number; last: number }>(
          'SELECT first_span AS first, last_span AS last FROM parts WHERE id = ?',
        )
        .get(row - PARTS),
    )
    return part ? [part.first, part.last] : null
  }

  #partsWith(shard: number, match: string): number[] {
    return this.#all(
      `SELECT DISTINCT p.trace FROM ${tableOf(shard)} f CROSS JOIN parts p ON p.id = f.rowid - ${PARTS}
       WHERE ${tableOf(shard)} MATCH ? AND f.rowid > ${PARTS}`,
      [match],
    )
  }

  #all(sql: string, values: unknown[]): number[] {
    return guarded(() => {
      try {
        return this.#statement(sql).all(...values)
      } catch (error) {
        // A shard of which everything was erased meanwhile.
        if ((error as Error).message.startsWith('no such table')) return []
        throw error
      }
    })
  }

  #statement(sql: string): Statement<unknown[], number> {
    const { db, statements } = this.#open
    const known = statements.get(sql)
    if (known) return known
    if (statements.size >= MOST_STATEMENTS) statements.clear()
    const made = db.prepare<unknown[], number>(sql).pluck()
    statements.set(sql, made)
    return made
  }
}

/** Zones grouped into rows that one question answers: one after another, in one shard. */
export function rowsOf(zones: readonly Zone[]): [first: number, last: number][] {
  const rows: [number, number][] = []
  for (const { zone } of [...zones].sort((a, b) => a.zone - b.zone)) {
    const row = rows.at(-1)
    if (row && row[1] === zone - 1 && zone % ZONES_PER_SHARD !== 0) row[1] = zone
    else rows.push([zone, zone])
  }
  return rows
}

function union<T>(sets: readonly ReadonlySet<T>[]): Set<T> {
  const all = new Set<T>()
  for (const set of sets) for (const one of set) all.add(one)
  return all
}

function guarded<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (isBroken(error)) throw new IndexBroken((error as Error).message)
    throw error
  }
}
