import { SLOT_MS } from '../buckets.ts'
import { answerOf, type DuckDBConnection } from '../duckdb.ts'
import { int, type Range, type Scope } from './filter.ts'
import { COUNTED_MS, type CountedLatencies } from './latencies.ts'
import { joined } from './ranges.ts'
import { MOST_RANGES } from './windows.ts'

export type Sums<Sum extends string> = Record<Sum, number | null>
export type Value = string | number | null

export interface One<Sum extends string> {
  sums: Sums<Sum>
  latencies: CountedLatencies
}

/** What was counted of some rows, by the value of an expression; by null, where there is none. */
export type Part<Sum extends string> = ReadonlyMap<Value, One<Sum>>
export const emptyPart = <Sum extends string>(): Part<Sum> => new Map()

export interface CountOrder<Sum extends string> {
  db: DuckDBConnection
  scope: Scope
  aggregates: Record<Sum, string>
  /** Rows with `slot` and `latency_ms`, as `FROM` and `WHERE` that may go on with ` AND`, and what they are called there. */
  from(ranges: readonly Range[]): string
  alias: 't' | 'c'
  /** An expression, as SQL. */
  value: (() => string) | null
}

/** Values that are told apart; of more DuckDB finds the largest sooner. */
export const MOST_VALUES = 100

/**
 * Counts the rows of some ranges: as one part, by 0; or those of some windows of this length, by when these begin. Null where there are too
 * many values to be told apart.
 */
export async function countParts<Sum extends string>(
  order: CountOrder<Sum>,
  ranges: readonly Range[],
  lengthMs: number | null = null,
): Promise<Map<number, Part<Sum>> | null> {
  const { db, scope, aggregates, value } = order
  const names = Object.keys(aggregates) as Sum[]
  const read = lengthMs ? joined(ranges, MOST_RANGES) : ranges
  const from = order.from(read)
  const part = lengthMs ? [`floor(slot / ${int(lengthMs / SLOT_MS)})::INTEGER AS part`] : []
  const by = [...part, ...(value ? [`${value()} AS value`] : [])]
  const keys = [...(lengthMs ? ['part'] : []), ...(value ? ['value'] : [])]
  const [selected, grouped] = [[...by, ''].join(', '), keys.length === 0 ? '' : `GROUP BY ${keys}`]
  const windows = lengthMs ? read.reduce((sum, range) => sum + (range.to + 1 - range.from) / lengthMs, 0) : 1
  // Two rows for each value.
  const most = 2 * MOST_VALUES * windows
  const answer = await answerOf(
    db,
    `WITH each AS (
       SELECT ${selected}latency_ms AS ms, count(*) AS n FROM ${from} AND latency_ms <= ${COUNTED_MS} GROUP BY ${[...keys, 'latency_ms']}
     )
     SELECT ${selected}${sumsOf(aggregates)} AS sums, count(latency_ms) AS known,
       NULL::DOUBLE[] AS ms, NULL::DOUBLE[] AS counts
     FROM ${from} ${grouped}
     UNION ALL BY NAME
     SELECT ${[...keys, ''].join(', ')}list(ms::DOUBLE) AS ms, list(n::DOUBLE) AS counts FROM each ${grouped}
     LIMIT ${int(most + 1)}`,
    scope.values.list,
  )
  scope.values.list.length = 0
  const at = (name: string) => answer.names.indexOf(name)
  const values = (name: string) => (at(name) < 0 ? [] : answer.values(at(name)))
  const [places, groups, sums, known] = ['part', 'value', 'sums', 'known'].map(values)
  const [ms, counts] = [answer.lists(at('ms')), answer.lists(at('counts'))]
  if (ms.length > most) return null
  const parts = new Map<number, Map<Value, One<Sum>>>()
  for (let row = 0; row < ms.length; row += 1) {
    const key = Number(places?.[row] ?? 0) * (lengthMs ?? 0)
    const part = parts.get(key) ?? new Map<Value, One<Sum>>()
    parts.set(key, part)
    const group = (groups?.[row] ?? null) as Value
    const one = part.get(group) ?? emptyOne(names)
    part.set(group, one)
    const told = sums?.[row] as (number | null)[] | null
    const [ofMs, ofCounts] = [ms[row], counts[row]]
    if (told) {
      for (const [i, name] of names.entries()) one.sums[name] = told[i] ?? null
      one.latencies.known = Number(known?.[row])
    } else if (ofMs && ofCounts) Object.assign(one.latencies, compact(ofMs, ofCounts))
  }
  return [...parts.values()].some(({ size }) => size > MOST_VALUES) ? null : parts
}

/**
 * The same of some ranges as one part, from latencies as they come, which takes one look at the rows instead of two. Null where there are
 * more rows than that, or too many values.
 */
export async function listPart<Sum extends string>(
  order: CountOrder<Sum>,
  ranges: readonly Range[],
  mostRows: number,
): Promise<Part<Sum> | null> {
  const { db, scope, aggregates, value, alias } = order
  const names = Object.keys(aggregates) as Sum[]
  const [selected, grouped] = value ? [`${value()} AS value, `, 'GROUP BY value'] : ['', '']
  const { names: columns, ...answer } = await answerOf(
    db,
    `SELECT ${selected}${sumsOf(aggregates)} AS sums, count(*) AS n, count(latency_ms) AS known,
       list(latency_ms::DOUBLE) FILTER (latency_ms <= ${COUNTED_MS}) AS ms
     FROM (SELECT ${alias}.* FROM ${order.from(ranges)} LIMIT ${int(mostRows + 1)}) ${alias} ${grouped} LIMIT ${int(MOST_VALUES + 1)}`,
    scope.values.list,
  )
  scope.values.list.length = 0
  const at = (name: string) => columns.indexOf(name)
  const [sums = [], counts = [], known = []] = ['sums', 'n', 'known'].map((name) => answer.values(at(name)))
  const rows = counts.reduce<number>((sum, n) => sum + Number(n), 0)
  if (rows > mostRows || counts.length > MOST_VALUES) return null
  const values = value ? answer.values(at('value')) : [null]
  const part = new Map<Value, One<Sum>>()
  for (const [row, listed] of answer.lists(at('ms')).entries()) {
    const told = sums[row] as (number | null)[]
    const latencies = { ...tallied(listed ?? new Float64Array()), known: Number(known[row]) }
    const own = Object.fromEntries(names.map((name, i) => [name, told[i] ?? null])) as Sums<Sum>
    part.set((values[row] ?? null) as Value, { sums: own, latencies })
  }
  return part
}

const sumsOf = (aggregates: Readonly<Record<string, string>>): string =>
  `[${Object.values(aggregates).map((aggregate) => `${aggregate}::DOUBLE`)}]`

const emptyOne = <Sum extends string>(names: readonly Sum[]): One<Sum> => ({
  sums: Object.fromEntries(names.map((name) => [name, null])) as Sums<Sum>,
  latencies: { ms: new Uint16Array(), counts: new Uint32Array(), negative: [], counted: 0, known: 0 },
})

/** Of latencies as they come. */
function tallied(listed: Float64Array): Omit<CountedLatencies, 'known'> {
  const [ms, counts] = [new Float64Array(listed.length), new Float64Array(listed.length)]
  let found = 0
  for (const one of listed.toSorted()) {
    if (found === 0 || ms[found - 1] !== one) ms[found++] = one
    counts[found - 1] = (counts[found - 1] ?? 0) + 1
  }
  return compact(ms.subarray(0, found), counts.subarray(0, found))
}

function compact(ms: Float64Array, counts: Float64Array): Omit<CountedLatencies, 'known'> {
  const counted = counts.reduce((sum, count) => sum + count, 0)
  if (ms.every((one) => one >= 0))
    return { ms: Uint16Array.from(ms), counts: Uint32Array.from(counts), negative: [], counted }
  const places = [...ms.keys()]
  const [usual, negative] = [places.filter((at) => (ms[at] ?? 0) >= 0), places.filter((at) => (ms[at] ?? 0) < 0)]
  return {
    ms: Uint16Array.from(usual, (at) => ms[at] ?? 0),
    counts: Uint32Array.from(usual, (at) => counts[at] ?? 0),
    negative: negative.map((at) => [ms[at] ?? 0, counts[at] ?? 0] as const),
    counted,
  }
}
