import { compareValues } from './groups.ts'
import type { BucketRows } from './kept-buckets.ts'

/**
 * The values of the largest groups, in their order, of rows with the columns `value` and `size`: of those that are anywhere in the buckets
 * from `from` on, the ones with the most `size` there.
 */
export function largest(
  { columns, rows }: BucketRows,
  { from, top }: { from: number; top: number },
): (string | null)[] {
  const [value, size] = [columns.indexOf('value'), columns.indexOf('size')]
  const sizes = new Map<string | null, number>()
  for (const [bucket, own] of rows) {
    if (bucket < from) continue
    for (const row of own) {
      const one = row[value] as string | null
      sizes.set(one, (sizes.get(one) ?? 0) + Number(row[size]))
    }
  }
  return [...sizes]
    .sort(([a, ofA], [b, ofB]) => ofB - ofA || compareValues(a, b))
    .slice(0, top)
    .map(([one]) => one)
}
