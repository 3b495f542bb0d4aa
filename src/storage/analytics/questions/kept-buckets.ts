import type { columnsOf } from '../duckdb.ts'
import type { Range, Scope } from './filter.ts'
import { joined } from './ranges.ts'

type Answer = Awaited<ReturnType<typeof columnsOf>>
type Value = Answer['columns'][number][number]
/** Rows of a bucket, without it. */
type Rows = readonly (readonly Value[])[]

/** What is known of buckets: by their numbers, some rows of these columns. */
export interface BucketRows {
  columns: readonly string[]
  rows: ReadonlyMap<number, Rows>
}

/** What is asked of buckets. */
export interface BucketQuestion {
  columns: readonly string[]
  /** For some ranges, so many rows at most. */
  of(ranges: readonly Range[], most: number): Promise<BucketRows>
  /** Tells it apart from others with the same columns. */
  name: readonly unknown[]
}

/** Ranges that are read apart. */
const MOST_RANGES = 8
/** The buckets of a chart. What was counted of one that lies wholly in its range is kept while nothing changes in it. */
export class KeptBuckets {
  readonly #scope: Scope
  readonly #ranges: readonly Range[]
  readonly #buckets: readonly Range[]

  constructor(scope: Scope, ranges: readonly Range[], edges: readonly number[]) {
    this.#scope = scope
    this.#ranges = ranges
    this.#buckets = edges.slice(0, -1).map((from, i) => ({ from, to: (edges[i + 1] ?? from) - 1 }))
  }

  /** What of the ranges lies in these buckets; or, where that is in too many places, with some of what is between. */
  rangesOf(buckets: readonly number[]): Range[] {
    const runs: Range[] = []
    for (const at of buckets) {
      const { from, to } = this.#bucket(at)
      const last = runs.at(-1)
      if (last && last.to + 1 === from) last.to = to
      else runs.push({ from, to })
    }
    const inside = this.#ranges.flatMap((range) =>
      runs
        .map(({ from, to }) => ({ from: Math.max(from, range.from), to: Math.min(to, range.to) }))
        .filter(({ from, to }) => from <= to),
    )
    return this.#ranges.flatMap((range) =>
      joined(
        inside.filter(({ from, to }) => from >= range.from && to <= range.to),
        MOST_RANGES,
      ),
    )
  }

  /** Answers a question for some buckets, or all. Null where that is too many rows. */
  async ask(question: BucketQuestion, buckets = [...this.#buckets.keys()]): Promise<BucketRows | null> {
    const shape = this.#scope.shape<Rows>(...question.name, question.columns)
    if (shape?.unfit) return null
    const rows = new Map<number, Rows>()
    for (const at of buckets) {
      const { from, to } = this.#bucket(at)
      const kept = this.#isWhole(at) ? shape?.find(from, to) : null
      if (kept) rows.set(at, kept)
    }
    const ranges = this.rangesOf(buckets.filter((at) => !rows.has(at)))
    if (ranges.length > 0) {
      const { rows: most } = this.#scope.limits
      const { rows: asked } = await question.of(ranges, most + 1)
      if (countOf(rows) + countOf(asked) > most) {
        if (shape) shape.unfit = true
        shape?.clear()
        return null
      }
      for (const at of buckets.filter((bucket) => ranges.some((range) => overlap(this.#bucket(bucket), range)))) {
        const own = asked.get(at) ?? []
        rows.set(at, own)
        const bytes = 200 + own.length * 32 * (2 + question.columns.length)
        if (this.#isWhole(at)) shape?.keep({ ...this.#bucket(at), value: own, bytes })
      }
    }
    return { columns: question.columns, rows }
  }

  /** Does all of a bucket lie in the range, or in the one before? */
  #isWhole(at: number): boolean {
    const { from, to } = this.#bucket(at)
    return this.#ranges.some((range) => range.from <= from && to <= range.to)
  }

  #bucket(at: number): Range {
    return this.#buckets[at] ?? { from: 0, to: -1 }
  }
}

const overlap = (one: Range, other: Range): boolean => one.from <= other.to && other.from <= one.to

const countOf = (rows: ReadonlyMap<number, Rows>): number =>
  [...rows.values()].reduce((sum, own) => sum + own.length, 0)

/** The answer of a statement whose first column is the bucket. */
export function bucketRows({ names, columns }: Answer): BucketRows {
  const [bucket = [], ...others] = columns
  const rows = new Map<number, Value[][]>()
  for (const [row, at] of bucket.entries()) {
    const own = rows.get(Number(at)) ?? []
    rows.set(Number(at), own)
    own.push(others.map((column) => column[row] ?? null))
  }
  return { columns: names.slice(1), rows }
}
