import fc from 'fast-check'
import { v5, version } from 'uuid'
import { expect, it } from 'vitest'
import { FOREIGN_IDS, foreignId, isUuid, newId } from './ids.ts'

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

it('makes ids that carry their time, and no two alike', () => {
  const at = Date.parse('2026-03-01T12:00:00.000Z')
  const ids = Array.from({ length: 10_000 }, () => newId<string>(at))
  expect(new Set(ids).size).toBe(ids.length)
  const time = at.toString(16).padStart(12, '0')
  const start = `${time.slice(0, 8)}-${time.slice(8)}-7`
  for (const id of ids) expect([id.startsWith(start), version(id)]).toEqual([true, 7])
  const now = Date.now()
  const timeOf = (id: string) => Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)
  expect(timeOf(newId<string>())).toBeGreaterThanOrEqual(now)
})
