import { SEPARATOR, TAG_SEPARATOR } from '../schema.ts'
import { int, type Values } from './filter.ts'

/** What traces can be grouped by; of a tag map by the value of one key. */
export type GroupBy = { by: 'model' | 'name' | 'environment' | 'user_id' | 'session_id' } | { by: 'tag'; key: string }

/** One group of a chart. `other` is all that are not among the largest; a null value are the traces that have none. */
export interface Group {
  value: string | null
  other: boolean
}

/** The value that a row of `traces` is grouped by, as SQL. */
export function groupExpression(group: GroupBy, t: string, values: Values): string {
  if (group.by !== 'tag') return `${t}.${group.by}`
  const start = values.text(`${SEPARATOR}${group.key}${TAG_SEPARATOR}`)
  return `CASE WHEN contains(${t}.tags, ${start}) THEN split_part(split_part(${t}.tags, ${start}, 2), '${SEPARATOR}', 1) END`
}

/** The number of a model in `calls`, as SQL. */
export const modelKey = (name: string): string => `(SELECT key FROM models WHERE name = ${name})`

/** Number of a row's group, as SQL: its place among `top`, or one past them all. `keyOf` makes a name what the expression is. */
export function groupNumber(
  expression: () => string,
  top: readonly (string | null)[],
  values: Values,
  keyOf = (name: string) => name,
): string {
  const other = int(top.length)
  if (top.length === 0) return other
  const value = expression()
  const cases = top.map(
    (one, i) => `WHEN ${value} ${one === null ? 'IS NULL' : `= ${keyOf(values.text(one))}`} THEN ${int(i)}`,
  )
  return `CASE ${cases.join(' ')} ELSE ${other} END`
}

/** The order of groups that are equally large: those without a value come last. */
export function compareValues(a: string | null, b: string | null): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null)
  return a < b ? -1 : Number(a > b)
}
