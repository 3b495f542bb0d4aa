import { columnsOf, type DuckDBConnection, type DuckDBValue, rowsOf } from '../duckdb.ts'

export const LEVELS = [0.5, 0.95, 0.99] as const
export const QUANTILES = `[${LEVELS.join(', ')}]`

/**
 * Up to here, a minute, latencies are counted one by one: what DuckDB knows to be whole numbers of few bits it counts in an array
 * (`COUNTED_BITS`), in a third of the time that its own quantiles take. Of longer ones the array would take longer than they do.
 */
const COUNTED_MS = 65_535

/** How often each latency occurs among some traces, up to a minute. */
export class Latencies {
  /** Each that occurs, ascending, with how many traces have it. */
  readonly counted: readonly (readonly [ms: number, count: number])[]
  /** Traces whose latency is longer than what is counted. */
  readonly longer: number
  readonly #known: number

  constructor(counted: [ms: number, count: number][], known: number) {
    this.counted = counted.sort(([a], [b]) => a - b)
    this.#known = known
    this.longer = known - counted.reduce((sum, [, count]) => sum + count, 0)
  }

  /** Traces whose latency is known. */
  get known(): number {
    return this.#known
  }

  /** Their quantiles at `LEVELS`, interpolated between two traces. Null where one of them is longer than what is counted. */
  get quantiles(): (number | null)[] | null {
    if (this.#known === 0) return LEVELS.map(() => null)
    const ranks = LEVELS.map((level) => (this.#known - 1) * level)
    if (Math.ceil(Math.max(...ranks)) >= this.#known - this.longer) return null
    return ranks.map((rank) => {
      const [low, high] = [this.#at(Math.floor(rank)), this.#at(Math.ceil(rank))]
      return low + (high - low) * (rank - Math.floor(rank))
    })
  }

  /** The latency at a place, from 0, if they were sorted. */
  #at(place: number): number {
    let before = 0
    for (const [ms, count] of this.counted) {
      before += count
      if (place < before) return ms
    }
    throw new RangeError(`${place} of ${before} latencies`)
  }
}

/** Some traces: `traces t WHERE …`, with the values that are bound in it. */
export interface From {
  db: DuckDBConnection
  from: string
  values: readonly DuckDBValue[]
}

/** Runs an aggregate over some traces, and counts their latencies. */
export async function withLatencies<Row>(
  { db, from, values }: From,
  aggregate: string,
): Promise<{ row: Row; latencies: Latencies }> {
  const { names, columns } = await columnsOf(
    db,
    `SELECT ${aggregate}, count(latency_ms)::INTEGER AS n, NULL::DOUBLE AS latency FROM ${from}
     UNION ALL BY NAME
     SELECT count(*)::INTEGER AS n, latency_ms::DOUBLE AS latency FROM ${from} AND latency_ms <= ${COUNTED_MS} GROUP BY latency_ms`,
    values,
  )
  const [n = [], latency = []] = ['n', 'latency'].map((name) => columns[names.indexOf(name)] as (number | null)[])
  const own = latency.indexOf(null)
  const counted = latency.flatMap((ms, at): [number, number][] => (ms === null ? [] : [[ms, n[at] ?? 0]]))
  const row = Object.fromEntries(names.map((name, i) => [name, columns[i]?.[own] ?? null])) as Row
  return { row, latencies: new Latencies(counted, n[own] ?? 0) }
}

/** Those of the traces whose latency is longer than what is counted. */
export const longerOf = ({ from, ...rest }: From): From => ({ ...rest, from: `${from} AND latency_ms > ${COUNTED_MS}` })

/** The quantiles of all latencies, however long, at `LEVELS`. */
export async function quantilesOf({ db, from, values }: From): Promise<(number | null)[]> {
  const [row] = await rowsOf<{ quantiles: (number | null)[] | null }>(
    db,
    `SELECT quantile_cont(latency_ms, ${QUANTILES}) AS quantiles FROM ${from}`,
    values,
  )
  return row?.quantiles ?? []
}
