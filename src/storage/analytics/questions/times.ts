import { bucketNumber, type Run, runsOf, SLOT_MS } from '../buckets.ts'
import type { Range, Scope } from './filter.ts'

/**
 * What rows are counted by before they are added up to the buckets of a chart: by slot, where no bucket begins within one. DuckDB knows how few
 * slots there are, and counts them in an array.
 */
export class Times {
  readonly #scope: Scope
  readonly #ranges: readonly Range[]
  readonly #runs: readonly Run[]
  readonly #slots: boolean

  constructor(scope: Scope, ranges: readonly Range[], edges: readonly number[]) {
    this.#scope = scope
    this.#ranges = ranges
    this.#runs = runsOf(edges)
    this.#slots = edges.every((edge) => edge % SLOT_MS === 0)
  }

  /** What to group by, as SQL. */
  of(alias: string): string {
    return this.#slots ? `${alias}.slot` : this.bucketOf(alias)
  }

  /** A condition that leaves all rows of the ranges. */
  among(alias: string): string {
    return this.#slots ? ` AND ${this.#scope.whereSlots(alias, this.#ranges)}` : ''
  }

  /** The bucket of what was grouped by, as SQL. */
  bucket(time: string): string {
    return this.#slots ? bucketNumber(this.#runs, `${time}::BIGINT * ${SLOT_MS}`) : time
  }

  /** The bucket of a row, as SQL. */
  bucketOf(alias: string): string {
    return bucketNumber(this.#runs, `${alias}.started_at`)
  }
}
