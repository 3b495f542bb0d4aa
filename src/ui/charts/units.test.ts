import fc from 'fast-check'
import { expect, it } from 'vitest'
import { axisWords, type Unit } from './units.ts'

it.each<[Unit, number[], string[]]>([
  ['count', [0, 50, 100], ['0', '50', '100']],
  ['count', [0, 20_000, 40_000], ['0', '20 k', '40 k']],
  ['duration', [0, 200, 400], ['0', '200', '400 ms']],
  ['duration', [0, 20_000, 40_000, 60_000], ['0', '20', '40', '60 s']],
  ['duration', [0, 120_000, 240_000], ['0', '2', '4 min']],
  ['dollars', [0, 0.05, 0.1], ['0', '0.05', '$0.1']],
  ['percent', [0, 0.5, 1], ['0', '50', '100 %']],
  ['count', [0], ['0']],
])('an axis of %s: %j', (unit, values, words) => expect(axisWords(unit, values)).toEqual(words))

it('says each of its values differently, and its unit once', () => {
  const unit = fc.constantFrom<Unit>('count', 'duration', 'dollars', 'percent')
  const step = fc.constantFrom(0.001, 0.02, 0.5, 1, 20, 500, 20_000, 60_000, 2_000_000)
  fc.assert(
    fc.property(unit, step, fc.integer({ min: 2, max: 5 }), (unit, step, n) => {
      const words = axisWords(
        unit,
        Array.from({ length: n }, (_, i) => i * step),
      )
      expect(new Set(words).size).toBe(n)
      const units = words.filter((word) => /[a-z$%]/i.test(word.replace(/ [kM]$/, '')))
      expect(units.length).toBeLessThanOrEqual(1)
    }),
  )
})
