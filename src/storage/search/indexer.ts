import type { Database } from 'better-sqlite3'
import { createShard, PARTS, shardOf, tableOf, ZONES_PER_SHARD, zoneOf } from './file.ts'
import { type Columns, TextSource, type TraceHead } from './texts.ts'
import { scopeWord } from './words.ts'

/** The index of texts; another index of this file would have a place of its own. */
const PLACE = 'text'

/** Changes that are read from the log at once. */
const BATCH = 256
/** Characters after which a transaction ends early: what it holds is in memory. */
const MOST_CHARACTERS = 4 * 1024 * 1024

interface Change {
  seq: number
  key: number
  erased: 0 | 1
  tenant: number
  project: number
  name: string | null
  error: string | null
  startedAt: number
}

/** Where the index stands after a step. `head` is the end of the log as it was read then. */
export interface Standing {
  place: number
  head: number
}

/**
 * Brings `search.db` up to the log, a batch a transaction. What is done twice changes nothing: a trace is put in anew, whole, or (a
 * large one) from the last span that is in.
 */
export class TextIndexer {
  readonly #index: Database
  readonly #source: TextSource
  readonly #sql: Statements
  readonly #shards = new Map<number, Shard>()
  #place = 0

  constructor(telemetry: Database, index: Database) {
    this.#index = index
    this.#source = new TextSource(telemetry)
    this.#sql = statements(telemetry, index)
    this.#reload()
  }

  get place(): number {
    return this.#place
  }

  /** One transaction's worth of the log. Throws with nothing of it in the index. */
  step(): Standing {
    try {
      return this.#step()
    } catch (error) {
      this.#reload()
      throw error
    }
  }

  #step(): Standing {
    const head = this.#sql.head.get() ?? 0
    const changes = this.#sql.changes.all({ after: this.#place, limit: BATCH })
    let place = this.#place
    this.#index.transaction(() => {
      let characters = 0
      let done = 0
      const zones = new Zones()
      for (const change of changes) {
        characters += change.erased ? this.#erase(change.key) : this.#put(change)
        if (!change.erased) zones.add(change.key, change.startedAt)
        place = change.seq
        done += 1
        if (characters > MOST_CHARACTERS) break
      }
      zones.write(this.#sql.widenZone)
      // Where the log ends with changes that are gone since, its end is reached all the same.
      if (done === changes.length && changes.length < BATCH) place = Math.max(place, head)
      if (place !== this.#place) this.#sql.setPlace.run(PLACE, place)
    })()
    this.#place = place
    return { place, head: Math.max(head, place) }
  }

  /** Puts a trace in and answers how many characters that were. */
  #put(change: Change): number {
    const head: TraceHead = {
      key: change.key,
      name: change.name,
      error: change.error,
      scope: `${scopeWord('tenant', change.tenant)} ${scopeWord('project', change.project)}`,
    }
    const shard = this.#shard(shardOf(change.key))
    const lastSpan = this.#sql.large.get(change.key)
    if (lastSpan === undefined && !this.#source.isLarge(change.key))
      return shard.put(change.key, this.#source.whole(head))
    if (lastSpan === undefined) shard.remove(change.key)
    return this.#putParts(shard, head, lastSpan ?? 0)
  }

  #putParts(shard: Shard, head: TraceHead, after: number): number {
    let characters = 0
    let lastSpan = after
    for (const part of this.#source.parts(head, after)) {
      const { lastInsertRowid } = this.#sql.addPart.run(head.key, part.firstSpan, part.lastSpan)
      characters += shard.put(PARTS + Number(lastInsertRowid), part.columns)
      lastSpan = part.lastSpan
    }
    this.#sql.setLarge.run(head.key, lastSpan)
    return characters
  }

  #erase(trace: number): number {
    const shard = this.#shards.get(shardOf(trace))
    if (!shard) return 0
    shard.remove(trace)
    if (this.#sql.removeLarge.run(trace).changes > 0) {
      for (const part of this.#sql.removeParts.all(trace)) shard.remove(PARTS + part)
    }
    if (shard.empty) this.#drop(shardOf(trace))
    return 0
  }

  /** Invariant: after a rollback nothing is held in memory that is not in the file. */
  #reload(): void {
    this.#place = this.#sql.place.get(PLACE) ?? 0
    this.#shards.clear()
    for (const shard of this.#sql.shards.all()) this.#shards.set(shard, new Shard(this.#index, shard))
  }

  #shard(number: number): Shard {
    const known = this.#shards.get(number)
    if (known) return known
    this.#sql.addShard.run(number)
    createShard(this.#index, number)
    const made = new Shard(this.#index, number)
    this.#shards.set(number, made)
    return made
  }

  /** A shard of which nothing is left goes whole, with the words of what it held. */
  #drop(number: number): void {
    this.#shards.delete(number)
    this.#index.exec(`DROP TABLE ${tableOf(number)}`)
    this.#sql.removeShard.run(number)
    this.#sql.removeZones.run(number * ZONES_PER_SHARD, (number + 1) * ZONES_PER_SHARD - 1)
  }
}

/** One FTS5 table. */
class Shard {
  readonly #put
  readonly #remove
  readonly #any

  constructor(db: Database, number: number) {
    const table = tableOf(number)
    this.#put = db.prepare<[number, string, string, string, string]>(
      `INSERT OR REPLACE INTO ${table} (rowid, name, input, output, error) VALUES (?, ?, ?, ?, ?)`,
    )
    this.#remove = db.prepare<[number]>(`DELETE FROM ${table} WHERE rowid = ?`)
    this.#any = db.prepare<[], number>(`SELECT id FROM ${table}_docsize LIMIT 1`).pluck()
  }

  get empty(): boolean {
    return this.#any.get() === undefined
  }

  put(row: number, { name, input, output, error }: Columns): number {
    this.#put.run(row, name, input, output, error)
    return name.length + input.length + output.length + error.length
  }

  remove(row: number): void {
    this.#remove.run(row)
  }
}

/** When the traces of each zone started; a zone only ever widens. */
class Zones {
  readonly #spans = new Map<number, { first: number; last: number }>()

  add(trace: number, startedAt: number): void {
    const zone = zoneOf(trace)
    const known = this.#spans.get(zone)
    if (!known) this.#spans.set(zone, { first: startedAt, last: startedAt })
    else {
      known.first = Math.min(known.first, startedAt)
      known.last = Math.max(known.last, startedAt)
    }
  }

  write(widen: Statements['widenZone']): void {
    for (const [zone, { first, last }] of this.#spans) widen.run(zone, first, last)
  }
}

type Statements = ReturnType<typeof statements>

function statements(telemetry: Database, index: Database) {
  return {
    head: telemetry.prepare<[], number>('SELECT seq FROM log_head').pluck(),
    changes: telemetry.prepare<[{ after: number; limit: number }], Change>(
      `SELECT seq, key, 0 AS erased, tenant, project, name, error, started_at AS startedAt
       FROM traces INDEXED BY traces_seq WHERE seq > @after
       UNION ALL SELECT seq, trace_key, 1, tenant, project, NULL, NULL, 0 FROM tombstones WHERE seq > @after
       ORDER BY seq LIMIT @limit`,
    ),
    place: index.prepare<[string], number>('SELECT seq FROM places WHERE name = ?').pluck(),
    setPlace: index.prepare<[string, number]>(
      'INSERT INTO places (name, seq) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET seq = excluded.seq',
    ),
    shards: index.prepare<[], number>('SELECT shard FROM shards').pluck(),
    addShard: index.prepare<[number]>('INSERT INTO shards (shard) VALUES (?)'),
    removeShard: index.prepare<[number]>('DELETE FROM shards WHERE shard = ?'),
    widenZone: index.prepare<[number, number, number]>(
      `INSERT INTO zones (zone, first, last) VALUES (?, ?, ?)
       ON CONFLICT (zone) DO UPDATE SET first = min(first, excluded.first), last = max(last, excluded.last)`,
    ),
    removeZones: index.prepare<[number, number]>('DELETE FROM zones WHERE zone BETWEEN ? AND ?'),
    large: index.prepare<[number], number>('SELECT last_span FROM large WHERE trace = ?').pluck(),
    setLarge: index.prepare<[number, number]>(
      'INSERT INTO large (trace, last_span) VALUES (?, ?) ON CONFLICT (trace) DO UPDATE SET last_span = excluded.last_span',
    ),
    removeLarge: index.prepare<[number]>('DELETE FROM large WHERE trace = ?'),
    addPart: index.prepare<[number, number, number]>(
      'INSERT INTO parts (trace, first_span, last_span) VALUES (?, ?, ?)',
    ),
    removeParts: index.prepare<[number], number>('DELETE FROM parts WHERE trace = ? RETURNING id').pluck(),
  }
}
