import fc from 'fast-check'
import { expect, it } from 'vitest'
import { joined, without } from './ranges.ts'

/** Ranges in their order that do not overlap, and may touch. */
const ranges = fc
  .uniqueArray(fc.nat(200), { minLength: 2, maxLength: 40 })
  .map((ends) => ends.sort((a, b) => a - b))
  .map((ends) => ends.slice(0, 2 * Math.floor(ends.length / 2)))
  .map((ends) => ends.flatMap((from, i) => (i % 2 === 0 ? [{ from, to: ends[i + 1] ?? from }] : [])))
const every = Array.from({ length: 201 }, (_, at) => at)
const holds = (some: readonly { from: number; to: number }[]) =>
  every.filter((at) => some.some(({ from, to }) => from <= at && at <= to))

it('joins ranges that lie nearest, until there are few enough', () => {
  fc.assert(
    fc.property(ranges, fc.integer({ min: 1, max: 8 }), (some, most) => {
      const few = joined(some, most)
      expect(few.length).toBe(Math.min(most, some.length))
      expect(holds(few)).toEqual(expect.arrayContaining(holds(some)))
      expect([few[0]?.from, few.at(-1)?.to]).toEqual([some[0]?.from, some.at(-1)?.to])
      // No gap that is left is shorter than one that was closed.
      const left = few.slice(1).map(({ from }, i) => from - (few[i]?.to ?? 0))
      const closed = some
        .slice(1)
        .map(({ from }, i) => ({ from: some[i]?.to ?? 0, to: from }))
        .filter(({ from, to }) => few.some((one) => one.from <= from && to <= one.to))
        .map(({ from, to }) => to - from)
      expect(Math.min(...left, 1_000)).toBeGreaterThanOrEqual(Math.max(...closed, 0))
    }),
  )
  expect(joined([], 3)).toEqual([])
})

it('tells what of a range is left without others', () => {
  fc.assert(
    fc.property(ranges, (some) => {
      const [first, last] = [some[0], some.at(-1)]
      const range = { from: Math.max(0, (first?.from ?? 0) - 3), to: Math.min(200, (last?.to ?? 0) + 3) }
      const rest = without(range, some)
      const taken = new Set(holds(some))
      expect(holds(rest)).toEqual(holds([range]).filter((at) => !taken.has(at)))
    }),
  )
})
