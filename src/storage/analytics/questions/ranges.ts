import type { Range } from './filter.ts'

/** Ranges in their order, as no more than so many: those that lie nearest to each other become one, with what is between them. */
export function joined(ranges: readonly Range[], most: number): Range[] {
  const gaps = ranges.slice(1).map(({ from }, i) => ({ at: i + 1, length: from - (ranges[i]?.to ?? from) }))
  const kept = gaps.sort((a, b) => b.length - a.length).slice(0, most - 1)
  const starts = [0, ...kept.map(({ at }) => at).sort((a, b) => a - b), ranges.length]
  return starts.slice(0, -1).flatMap((start, i) => {
    const [first, last] = [ranges[start], ranges[(starts[i + 1] ?? 0) - 1]]
    return first && last ? [{ from: first.from, to: last.to }] : []
  })
}

/** What of a range lies outside of others, which are in their order and do not overlap. */
export function without(range: Range, others: readonly Range[]): Range[] {
  const rest: Range[] = []
  let from = range.from
  for (const other of others) {
    if (other.from > from) rest.push({ from, to: Math.min(range.to, other.from - 1) })
    from = Math.max(from, other.to + 1)
  }
  if (from <= range.to) rest.push({ from, to: range.to })
  return rest
}
