import fc from 'fast-check'
import { v5 } from 'uuid'
import { expect, it } from 'vitest'
import { FOREIGN_IDS, foreignId, isUuid } from './ids.ts'

it('makes of a foreign id the UUIDv5 that everybody would', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (some) => {
      const text = some.toWellFormed()
      expect(foreignId('span', text)).toBe(v5(`span:${text}`, FOREIGN_IDS))
    }),
  )
})

it('makes one of any text, and keeps kinds apart', () => {
  expect(isUuid(foreignId('span', 'half \ud800 a character'))).toBe(true)
  expect(foreignId('span', 'a')).not.toBe(foreignId('trace', 'a'))
})
