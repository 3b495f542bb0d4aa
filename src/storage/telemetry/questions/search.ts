import type { Database } from 'better-sqlite3'
import { firstKeyOf, shardOf, shardOfZone, ZONES_PER_SHARD } from '../../search/file.ts'
import { matchOf, type TextQuery } from '../../search/query.ts'
import { indexBeside, rowsOf, type TextIndex, type Zone } from '../../search/reader.ts'
import { scopeWord } from '../../search/words.ts'
import type { ListTraces } from './filter.ts'
import {
  pageAfter,
  rarestTerm,
  residual,
  type Scope,
  SORTS,
  scopeOf,
  TRACE_COLUMNS,
  type TraceRow,
  walk,
} from './list.ts'

/**
 * A page of traces that match a text. The index of texts answers keys, this file's own indexes all other filters; which of the two leads
 * depends on what there is less of:
 *
 * - few matches: all of them, sorted;
 * - many, newest first: zone by zone from the latest on, until what is left cannot have started later than what was found;
 * - many, and a filter that leaves few traces, or another order: the traces in their order, each looked up among the matches.
 */
export interface SearchTraces extends ListTraces {
  text: TextAsk
}

export interface TextAsk {
  query: TextQuery
  /** Which `search.db` it is; see `SearchIndex.generation`. */
  generation: number
}

/** What the planner takes for much or little; tests lower it. */
export interface Limits {
  /** Traces that a filter leaves, see `list.ts`. */
  few: number
  /** Matches that are sorted rather than walked. */
  fewMatches: number
  /** Matches of one question to the index. */
  mostOfRow: number
  /** Matches that are looked at before zones that overlap are given up. */
  mostOfZones: number
  /** Traces that are looked up one by one before whole shards are read instead. */
  mostLookedUp: number
}

const LIMITS: Limits = { few: 2_000, fewMatches: 5_000, mostOfRow: 4_096, mostOfZones: 16_384, mostLookedUp: 2_000 }

/** Up to `limit` rows in the order asked for. Throws `IndexBroken` where the index cannot be read. */
export function searchTraces(db: Database, ask: SearchTraces, limits?: Partial<Limits>): TraceRow[] {
  return selectFound<TraceRow>(db, ask, TRACE_COLUMNS, limits)
}

/** The same traces with other columns of a trace `t` and its project `p`. */
export function selectFound<Row>(
  db: Database,
  ask: SearchTraces,
  columns: string,
  limits: Partial<Limits> = {},
): (Row & { sortValue: number })[] {
  const scope = scopeOf(db, ask)
  if (!scope) return []
  const found = new Planner(db, ask, scope, { ...LIMITS, ...limits }).found()
  return db
    .prepare<[string], Row & { sortValue: number }>(
      `SELECT ${SORTS[ask.sort.by].expression} AS sortValue, ${columns} FROM json_each(?) k CROSS JOIN traces t ON t.key = k.value
       CROSS JOIN projects p ON p.key = t.project ORDER BY k.key`,
    )
    .all(JSON.stringify(found.map(({ key }) => key)))
}

interface Found {
  key: number
  value: number
}

class Planner {
  readonly #db: Database
  readonly #ask: SearchTraces
  readonly #scope: Scope
  readonly #limits: Limits
  readonly #index: TextIndex
  readonly #scopeWord: string | null
  readonly #match: string
  readonly #large: number[]
  readonly #check: (keys: readonly number[]) => Found[]

  constructor(db: Database, ask: SearchTraces, scope: Scope, limits: Limits) {
    this.#db = db
    this.#ask = ask
    this.#scope = scope
    this.#limits = limits
    this.#index = indexBeside(db, ask.text.generation)
    this.#scopeWord = scopeWordOf(db, scope)
    this.#match = matchOf(ask.text.query, this.#scopeWord)
    this.#large = this.#index
      .shardsOfLarge()
      .flatMap((shard) => this.#index.large(ask.text.query, shard, this.#scopeWord))
    this.#check = checker(db, ask, scope)
  }

  found(): Found[] {
    const { from, to, sort, limit } = this.#ask
    const zones = this.#index.zones(from ?? Number.MIN_SAFE_INTEGER, to ?? Number.MAX_SAFE_INTEGER)
    if (zones.length === 0) return []
    const byTime = sort.by === 'started_at'
    const rare = rarestTerm(this.#db, this.#ask, this.#scope, this.#limits.few)
    const isRare = rare !== null && rare.count < this.#limits.few
    const atOnce = byTime && !isRare ? this.#byZone(zones, FIRST_ZONES) : null
    if (atOnce) return atOnce
    const matches = this.#matches(zones)
    if (matches.all) return this.#sorted(this.#check(matches.keys)).slice(0, limit)
    // To look a trace up among the matches costs as much as to look up so many matches among the traces.
    const filterLeads = isRare && rare.count * LOOK_UP_COST < matches.share * tracesIn(zones)
    return (byTime && !filterLeads ? this.#byZone(zones, zones.length) : null) ?? this.#byOrder()
  }

  /** The matches, if they are few; else some of them, and which share of the traces matches. */
  #matches(zones: readonly Zone[]): { all: boolean; keys: number[]; share: number } {
    const { fewMatches } = this.#limits
    const keys = [...this.#large]
    const shards = [...new Set(zones.map(({ zone }) => shardOfZone(zone)))].sort((a, b) => b - a)
    for (const shard of shards) {
      const first = shard * ZONES_PER_SHARD
      keys.push(...this.#index.keys(this.#match, first, first + ZONES_PER_SHARD - 1, fewMatches + 1 - keys.length))
      if (keys.length > fewMatches) {
        const from = keys.at(-1) ?? 0
        const read = tracesIn(zones.filter(({ zone }) => firstKeyOf(zone + 1) > from))
        return { all: false, keys, share: Math.min(1, keys.length / Math.max(1, read)) }
      }
    }
    return { all: true, keys, share: 0 }
  }

  /** The best of the zones, in the order of time; null where that takes more than `mostZones`, or where too many of them overlap. */
  #byZone(zones: readonly Zone[], mostZones: number): Found[] | null {
    const { sort, limit, after } = this.#ask
    const down = sort.descending
    const [value = down ? Number.MAX_SAFE_INTEGER : Number.MIN_SAFE_INTEGER] = after ?? []
    const open = zones.filter(({ first, last }) => (down ? first <= value : last >= value))
    const rest = open.sort((a, b) => (down ? b.last - a.last : a.first - b.first))
    let best = this.#sorted(this.#check(this.#large)).slice(0, limit)
    let seen = 0
    for (let at = 0, size = 1; at < rest.length; ) {
      const worst = best.length === limit ? best.at(-1)?.value : undefined
      const next = rest[at]
      if (worst !== undefined && next && (down ? next.last < worst : next.first > worst)) break
      if (at >= mostZones || (worst !== undefined && seen > this.#limits.mostOfZones)) return null
      const keys = this.#inZones(rest.slice(at, at + size))
      if (keys === null && size > 1) {
        size = Math.max(1, Math.floor(size / 4))
        continue
      }
      seen += keys?.length ?? 0
      best = this.#sorted([...best, ...this.#check(keys ?? [])]).slice(0, limit)
      at += size
      if (best.length < limit) size *= 2
    }
    return best
  }

  /** Null: more than one question should answer. */
  #inZones(zones: readonly Zone[]): number[] | null {
    const { mostOfRow } = this.#limits
    const keys: number[] = []
    for (const [first, last] of rowsOf(zones)) {
      const most = zones.length === 1 ? firstKeyOf(first + 1) - firstKeyOf(first) : mostOfRow + 1 - keys.length
      keys.push(...this.#index.keys(this.#match, first, last, most))
      if (zones.length > 1 && keys.length > mostOfRow) return null
    }
    return keys
  }

  #byOrder(): Found[] {
    const matches = new Matches(this.#index, this.#match, this.#ask.text.query, this.#large, this.#limits.mostLookedUp)
    const found: Found[] = []
    let chunk: Found[] = []
    let size = FIRST_CHUNK
    const take = (): boolean => {
      const matching = matches.among(chunk.map(({ key }) => key))
      found.push(...chunk.filter(({ key }) => matching.has(key)))
      chunk = []
      size = Math.min(LAST_CHUNK, size * 2)
      return found.length >= this.#ask.limit
    }
    for (const one of inOrder(this.#db, this.#ask, this.#scope, this.#limits.few)) {
      chunk.push(one)
      if (chunk.length === size && take()) break
    }
    if (chunk.length > 0) take()
    return found.slice(0, this.#ask.limit)
  }

  #sorted(found: Found[]): Found[] {
    const sign = this.#ask.sort.descending ? -1 : 1
    return found.sort((a, b) => sign * (a.value - b.value || a.key - b.key))
  }
}

/** A page of what is frequent is full after so many. */
const FIRST_ZONES = 3
const LOOK_UP_COST = 15
const tracesIn = (zones: readonly Zone[]): number => zones.length * firstKeyOf(1)

const FIRST_CHUNK = 128
const LAST_CHUNK = 4_096

/** The word by which the index itself leaves out other tenants, or other projects. Where there is but one tenant it would cost for nothing. */
function scopeWordOf(db: Database, { tenant, project }: Scope): string | null {
  if (project !== null) return scopeWord('project', project)
  const tenants = db.prepare<[], number>('SELECT count(*) FROM tenants').pluck().get() ?? 0
  return tenants > 1 ? scopeWord('tenant', tenant) : null
}

/** Those of some keys that pass all other filters and come after the page before, with what they are sorted by. */
function checker(db: Database, ask: ListTraces, scope: Scope): (keys: readonly number[]) => Found[] {
  const where = ['t.tenant = ?']
  const values: unknown[] = [scope.tenant]
  residual(ask, scope, null, where, values)
  pageAfter(ask, where, values)
  const statement = db.prepare<unknown[], Found>(
    `SELECT t.key, ${SORTS[ask.sort.by].expression} AS value FROM json_each(?) k CROSS JOIN traces t ON t.key = k.value WHERE ${where.join(' AND ')}`,
  )
  return (keys) => (keys.length === 0 ? [] : statement.all(JSON.stringify(keys), ...values))
}

/** The traces that pass all other filters, in the order asked for. */
function inOrder(db: Database, ask: ListTraces, scope: Scope, few: number): IterableIterator<Found> {
  const { from, where, values, orderBy } = walk(db, ask, scope, few)
  return db
    .prepare<unknown[], Found>(
      `SELECT t.key, ${SORTS[ask.sort.by].expression} AS value FROM ${from} WHERE ${where.join(' AND ')} ORDER BY ${orderBy}`,
    )
    .iterate(...values)
}

/** Whether traces match, one by one; after many such questions, or where one costs much (a prefix), by all matches of their shard. */
class Matches {
  readonly #index: TextIndex
  readonly #match: string
  readonly #large: ReadonlySet<number>
  readonly #shards = new Map<number, Uint8Array>()
  #left: number

  constructor(index: TextIndex, match: string, query: TextQuery, large: readonly number[], mostLookedUp: number) {
    this.#index = index
    this.#match = match
    this.#large = new Set(large)
    this.#left = hasPrefix(query) ? 0 : mostLookedUp
  }

  among(keys: readonly number[]): Set<number> {
    const matching = new Set<number>()
    for (const [shard, ofShard] of grouped(keys)) {
      for (const key of this.#ofShard(shard, ofShard)) matching.add(key)
    }
    for (const key of keys) if (this.#large.has(key)) matching.add(key)
    return matching
  }

  #ofShard(shard: number, keys: readonly number[]): readonly number[] {
    if (this.#left >= keys.length && !this.#shards.has(shard)) {
      this.#left -= keys.length
      return this.#index.among(this.#match, shard, keys)
    }
    const all = this.#shards.get(shard) ?? this.#read(shard)
    return keys.filter((key) => all[key - firstKeyOf(shard * ZONES_PER_SHARD)] === 1)
  }

  /** One byte for each trace of the shard. */
  #read(shard: number): Uint8Array {
    const first = shard * ZONES_PER_SHARD
    const start = firstKeyOf(first)
    const size = firstKeyOf(first + ZONES_PER_SHARD) - start
    const all = new Uint8Array(size)
    for (const key of this.#index.keys(this.#match, first, first + ZONES_PER_SHARD - 1, size)) all[key - start] = 1
    this.#shards.set(shard, all)
    return all
  }
}

function grouped(keys: readonly number[]): Map<number, number[]> {
  const groups = new Map<number, number[]>()
  for (const key of keys) {
    const group = groups.get(shardOf(key))
    if (group) group.push(key)
    else groups.set(shardOf(key), [key])
  }
  return groups
}

const hasPrefix = ({ clauses, unwanted }: TextQuery): boolean =>
  [...clauses.flat(), ...unwanted].some(({ phrases }) => phrases.some(({ prefix }) => prefix))
