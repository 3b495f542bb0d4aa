import { expect, it } from 'vitest'
import { collectGarbage } from '../telemetry/testing.ts'
import { isTimeZone } from './buckets.ts'

it('remembers no more time zones than there is use for, however their names are spelled', () => {
  const spelled = (i: number) =>
    [...'europe/berlin'].map((letter, bit) => ((i >> bit) & 1 ? letter.toUpperCase() : letter)).join('')
  const residentAfter = (from: number, to: number): number => {
    for (let i = from; i < to; i++) {
      expect(isTimeZone(spelled(i))).toBe(true)
      if (i % 100 === 0) collectGarbage()
    }
    return process.memoryUsage().rss / 1_000_000
  }
  // Each takes more than 10 KB outside of the heap.
  const before = residentAfter(0, 200)
  expect(residentAfter(200, 3_000) - before).toBeLessThan(15)
})
