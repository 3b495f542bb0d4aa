import { type DuckDBConnection, rowsOf } from '../duckdb.ts'
import type { Range, Scope } from './filter.ts'

export const LEVELS = [0.5, 0.95, 0.99] as const
export const QUANTILES = `[${LEVELS.join(', ')}]`

/**
 * Up to here, a minute, latencies are counted one by one: what DuckDB knows to be whole numbers of few bits it counts in an array
 * (`ARRAY_BITS`), in a third of the time that its own quantiles take. Of longer ones the array would take longer than they do.
 */
export const COUNTED_MS = 65_535

/** Some latencies, each with how many traces have it, in the least room. */
export interface CountedLatencies {
  /** From 0 on. */
  ms: Uint16Array
  counts: Uint32Array
  /** Absurd ones. */
  negative: readonly (readonly [ms: number, count: number])[]
  /** Traces whose latency is among these. */
  counted: number
  /** Traces whose latency is known, longer ones included. */
  known: number
}

const HIGHEST = Math.max(...LEVELS)

/** Can all quantiles be told where so many of the known latencies are counted, the shortest ones? */
export const suffices = (counted: number, known: number): boolean =>
  known === 0 || Math.ceil((known - 1) * HIGHEST) < counted

/** How often each latency occurs among some traces, up to a minute. */
export class Latencies {
  readonly #counts = new Uint32Array(COUNTED_MS + 1)
  readonly #negative = new Map<number, number>()
  #counted = 0
  #known = 0

  /** So many traces have this latency. */
  add(ms: number, count: number): void {
    if (ms < 0) this.#negative.set(ms, (this.#negative.get(ms) ?? 0) + count)
    else this.#counts[ms] = (this.#counts[ms] ?? 0) + count
    this.#counted += count
  }

  /** Of so many more traces the latency is known, counted or not. */
  know(count: number): void {
    this.#known += count
  }

  addAll({ ms, counts, negative, counted, known }: CountedLatencies): void {
    // There may be a hundred thousand of them to add up.
    const own = this.#counts
    for (let i = 0; i < ms.length; i += 1) {
      const one = ms[i] ?? 0
      own[one] = (own[one] ?? 0) + (counts[i] ?? 0)
    }
    for (const [one, count] of negative) this.#negative.set(one, (this.#negative.get(one) ?? 0) + count)
    this.#counted += counted
    this.know(known)
  }

  /** Traces whose latency is longer than what is counted. */
  get longer(): number {
    return this.#known - this.#counted
  }

  /** Traces whose latency is known. */
  get known(): number {
    return this.#known
  }

  /** Each that occurs, ascending, with how many traces have it. */
  *counted(): Generator<readonly [ms: number, count: number]> {
    yield* [...this.#negative].sort(([a], [b]) => a - b)
    for (let ms = 0; ms <= COUNTED_MS; ms += 1) {
      const count = this.#counts[ms] ?? 0
      if (count > 0) yield [ms, count]
    }
  }

  /** The shortest and the longest that was counted; null where none was. */
  get least(): number | null {
    for (const [ms] of this.counted()) return ms
    return null
  }

  get most(): number | null {
    const ms = this.#counts.findLastIndex((count) => count > 0)
    if (ms >= 0) return ms
    return this.#negative.size === 0 ? null : Math.max(...this.#negative.keys())
  }

  /** Their quantiles at `LEVELS`, interpolated between two traces. Null where one of them is longer than what is counted. */
  get quantiles(): (number | null)[] | null {
    if (this.#known === 0) return LEVELS.map(() => null)
    const ranks = LEVELS.map((level) => (this.#known - 1) * level)
    if (!suffices(this.#counted, this.#known)) return null
    const at = this.#at(new Set(ranks.flatMap((rank) => [Math.floor(rank), Math.ceil(rank)])))
    return ranks.map((rank) => {
      const [low = 0, high = 0] = [at.get(Math.floor(rank)), at.get(Math.ceil(rank))]
      return low + (high - low) * (rank - Math.floor(rank))
    })
  }

  /** The latencies at these places, from 0, if they were sorted. */
  #at(places: ReadonlySet<number>): Map<number, number> {
    const ascending = [...places].sort((a, b) => a - b)
    const found = new Map<number, number>()
    let before = 0
    const pass = (ms: number, count: number) => {
      before += count
      for (let next = ascending[found.size]; next !== undefined && next < before; next = ascending[found.size])
        found.set(next, ms)
    }
    for (const [ms, count] of [...this.#negative].sort(([a], [b]) => a - b)) pass(ms, count)
    for (let ms = 0; ms <= COUNTED_MS && found.size < ascending.length; ms += 1) {
      const count = this.#counts[ms] ?? 0
      if (count > 0) pass(ms, count)
    }
    return found
  }
}

/** The quantiles of all latencies of a range, however long, at `LEVELS`. */
export async function quantilesOf(db: DuckDBConnection, scope: Scope, range: Range): Promise<(number | null)[]> {
  const from = scope.traces([range])
  const [row] = await rowsOf<{ quantiles: (number | null)[] | null }>(
    db,
    `SELECT quantile_cont(latency_ms, ${QUANTILES}) AS quantiles FROM ${from}`,
    scope.values.list,
  )
  scope.values.list.length = 0
  return row?.quantiles ?? []
}
