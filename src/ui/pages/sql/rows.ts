import { shortId } from '../../lib/format.ts'
import type { SqlColumn } from './data.ts'

const NUMBER = /^(?:(?:U?(?:TINY|SMALL|BIG|HUGE)?INT(?:EGER)?)|UINTEGER|FLOAT|DOUBLE|DECIMAL.*)$/

/** Whether values of a type of DuckDB stand at the right. */
export const isNumber = (type: string): boolean => NUMBER.test(type)

/** A value whole; what is not a number or a text is as the server wrote it. */
export const whole = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

const EXACT_DIGITS = 12

/** A value as a cell shows it: ids are cut in the middle, and sums lose the noise of their last binary digits. */
export function shown({ type }: SqlColumn, value: unknown): string {
  if (type === 'UUID' && typeof value === 'string') return shortId(value)
  if (typeof value === 'number' && !Number.isInteger(value)) return String(Number(value.toPrecision(EXACT_DIGITS)))
  return whole(value)
}

const CHARACTER = 7.3
const PADDING = 24
const [NARROWEST, WIDEST] = [72, 360]
const SAMPLE = 200

/** Pixels that a column takes: room for what its first rows and its head have, within bounds. */
export function widthOf(column: SqlColumn, rows: readonly (readonly unknown[])[], index: number): number {
  const head = column.name.length + column.type.length + 3
  const longest = rows
    .slice(0, SAMPLE)
    .reduce((most, row) => Math.max(most, shown(column, row[index] ?? null).length), head)
  return Math.min(WIDEST, Math.max(NARROWEST, Math.ceil(longest * CHARACTER) + PADDING))
}

/** Sorted by a column, what is null last; as they came without an order. */
export function arranged(
  rows: readonly unknown[][],
  order: { column: number; down: boolean } | null,
): readonly unknown[][] {
  if (!order) return rows
  const sign = order.down ? -1 : 1
  return rows.toSorted(({ [order.column]: a }, { [order.column]: b }) => {
    if (a === null || b === null) return Number(a === null) - Number(b === null)
    return sign * compared(a, b)
  })
}

function compared(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  const [left, right] = [whole(a), whole(b)]
  // What is too large for a number comes as its digits.
  const [x, y] = [Number(left), Number(right)]
  if (left !== '' && right !== '' && Number.isFinite(x) && Number.isFinite(y)) return x - y
  return left < right ? -1 : left > right ? 1 : 0
}
