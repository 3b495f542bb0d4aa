import { type Shape, windowOf } from '../settled.ts'
import {
  type CountOrder,
  countParts,
  emptyPart,
  listPart,
  MOST_VALUES,
  type One,
  type Part,
  type Sums,
  type Value,
} from './count-parts.ts'
import type { QuestionSources, Range, Scope } from './filter.ts'
import { type CountedLatencies, Latencies, suffices } from './latencies.ts'
import { divided } from './windows.ts'

/** What was counted of some traces or calls. */
export class Counted<Sum extends string> {
  /** Null: none has the value, or there are none. */
  readonly sums: Sums<Sum>
  readonly #parts: CountedLatencies[] = []

  constructor(names: readonly Sum[]) {
    this.sums = Object.fromEntries(names.map((name) => [name, null])) as Sums<Sum>
  }

  add({ sums, latencies }: One<Sum>): void {
    for (const name of Object.keys(sums) as Sum[]) this.sums[name] = plus(this.sums[name], sums[name])
    this.#parts.push(latencies)
  }

  /** Can their quantiles be told? */
  get suffices(): boolean {
    const [of, known] = (['counted', 'known'] as const).map((of) =>
      this.#parts.reduce((sum, part) => sum + part[of], 0),
    )
    return suffices(of ?? 0, known ?? 0)
  }

  /** Adds them up. */
  latencies(): Latencies {
    const all = new Latencies()
    for (const part of this.#parts) all.addAll(part)
    return all
  }
}

/** Counts the traces of a range, and how many have each latency. Aggregates are such as can be added up. */
export async function counted<Sum extends string>(
  { db }: QuestionSources,
  scope: Scope,
  range: Range,
  aggregates: Record<Sum, string>,
): Promise<Counted<Sum>> {
  const shape = scope.shape<Part<Sum>>('counted', aggregates)
  const order: CountOrder<Sum> = { db, scope, aggregates, from: (of) => scope.traces(of), alias: 't', value: null }
  const { kept, fresh, rest, lengthMs } = divided(range, shape, scope.limits.fewestParts)
  const total = new Counted(Object.keys(aggregates) as Sum[])
  const parts = [...kept, ...(await settle(order, shape, fresh, lengthMs))]
  const others = await countRest(order, shape, { ranges: rest, parts, lengthMs })
  if (others) parts.push(others)
  for (const part of parts) for (const one of part.values()) total.add(one)
  return total
}

/**
 * The same for each value of an expression. Null where that is better asked at once: there are many of them, one has too many latencies that
 * are longer than what is counted, or most of the range was not counted before, in which case some of it is now.
 */
export async function countedByValue<Sum extends string>(
  order: CountOrder<Sum>,
  range: Range,
  name: readonly unknown[],
): Promise<Map<Value, Counted<Sum>> | null> {
  const shape = order.scope.shape<Part<Sum>>('counted by value', name, order.aggregates)
  if (!shape || shape.unfit) return null
  const { kept, fresh, rest, missing, lengthMs } = divided(range, shape, order.scope.limits.fewestParts)
  const settled = await settle(order, shape, fresh, lengthMs)
  const parts = [...kept, ...settled]
  if (parts.length === 0 || missing > fresh.length || shape.unfit) return null
  // Where an hour that goes on has most of the rows, they are read once only at once.
  if ((restRows(shape, rest, lengthMs) ?? 0) > rowsOf(parts)) return null
  const others = await countRest(order, shape, { ranges: rest, parts, lengthMs })
  if (!others) return null
  const values = new Map<Value, Counted<Sum>>()
  const names = Object.keys(order.aggregates) as Sum[]
  for (const part of [...parts, others])
    for (const [value, one] of part) {
      const of = values.get(value) ?? new Counted(names)
      values.set(value, of)
      of.add(one)
    }
  if (values.size <= MOST_VALUES && [...values.values()].every((of) => of.suffices)) return values
  shape.unfit = true
  shape.clear()
  return null
}

/** What is left of a range, and what was counted of its windows. */
interface Rest {
  ranges: readonly Range[]
  parts: readonly Part<string>[]
  lengthMs: number
}

/** Counts what is beside the windows. Null where there are too many values to be told apart. */
async function countRest<Sum extends string>(
  order: CountOrder<Sum>,
  shape: Shape<Part<Sum>> | null,
  rest: Rest,
): Promise<Part<Sum> | null> {
  const { ranges, lengthMs } = rest
  const end = ranges.at(-1)
  if (!end) return emptyPart()
  const { fewRows } = order.scope.limits
  const few = (restRows(shape, ranges, lengthMs) ?? expectedRows(rest)) <= fewRows
  let part = few ? await listPart(order, ranges, fewRows) : null
  if (!part) {
    const counted = await countParts(order, ranges)
    if (!counted) return null
    part = counted.get(0) ?? emptyPart<Sum>()
  }
  if (shape) shape.rest = { lengthMs, hour: windowOf(end.to), rows: rowsOf([part]) }
  return part
}

/** How many rows there were in the rest last; null where that was before the hour in which it ends. */
function restRows(shape: Shape<unknown> | null, ranges: readonly Range[], lengthMs: number): number | null {
  const hour = windowOf(ranges.at(-1)?.to ?? 0)
  return shape?.rest?.hour === hour && shape.rest.lengthMs === lengthMs ? shape.rest.rows : null
}

const rowsOf = (parts: readonly Part<string>[]): number =>
  parts.reduce((sum, part) => [...part.values()].reduce((all, { latencies }) => all + latencies.known, sum), 0)

/** About how many rows are left, if there are as many in a time as in the windows. */
function expectedRows({ ranges, parts, lengthMs }: Rest): number {
  const ms = ranges.reduce((sum, { from, to }) => sum + to + 1 - from, 0)
  return parts.length === 0 ? Number.POSITIVE_INFINITY : (rowsOf(parts) / (parts.length * lengthMs)) * ms
}

/** Counts windows each for itself, and keeps what comes out. */
async function settle<Sum extends string>(
  order: CountOrder<Sum>,
  shape: Shape<Part<Sum>> | null,
  windows: readonly Range[],
  lengthMs: number,
): Promise<Part<Sum>[]> {
  if (!shape || windows.length === 0) return []
  const parts = await countParts(order, windows, lengthMs)
  if (!parts) {
    shape.unfit = true
    shape.clear()
    return []
  }
  return windows.map((window) => {
    const value = parts.get(window.from) ?? emptyPart<Sum>()
    shape.keep({ ...window, value, bytes: bytesOf(value) })
    return value
  })
}

const plus = (a: number | null, b: number | null): number | null => (a === null ? b : b === null ? a : a + b)

/** About what a part takes in memory. */
const bytesOf = <Sum extends string>(part: Part<Sum>): number =>
  [...part.values()].reduce((sum, { latencies: { ms, counts, negative } }) => {
    return sum + 500 + ms.byteLength + counts.byteLength + 100 * negative.length
  }, 200)
