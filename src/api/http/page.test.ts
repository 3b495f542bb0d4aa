import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AppError } from '../../errors.ts'
import { decodeCursor, encodeCursor, pageOf } from './page.ts'

const value = fc.oneof(
  fc.string().map((text) => ({ value: text, type: 'string' as const })),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => ({ value: n === 0 ? 0 : n, type: 'number' as const })),
)

describe('cursors', () => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(fc.string(), fc.array(value, { maxLength: 4 }), (kind, values) => {
        const cursor = encodeCursor(
          kind,
          values.map((v) => v.value),
        )
        expect(
          decodeCursor(
            kind,
            cursor,
            values.map((v) => v.type),
          ),
        ).toEqual(values.map((v) => v.value))
      }),
    )
  })

  it('of another list, or made up, are refused', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.base64String(),
          fc.json().map((text) => Buffer.from(text).toString('base64url')),
        ),
        (text) => {
          expect(() => decodeCursor('traces:-started_at', text, ['number', 'string'])).toThrow(AppError)
        },
      ),
    )
  })

  const cursor = encodeCursor('a', [1, 'x'])
  it.each([
    ['another kind', 'b', cursor, ['number', 'string'] as const],
    ['other types', 'a', cursor, ['string', 'string'] as const],
    ['too few values', 'a', cursor, ['number', 'string', 'string'] as const],
    ['too many values', 'a', cursor, ['number'] as const],
    ['a space in it', 'a', `${cursor} `, ['number', 'string'] as const],
    ['more than any of ours', 'a', encodeCursor('a', [1, 'x'.repeat(5_000)]), ['number', 'string'] as const],
  ])('with %s are refused', (_what, kind, text, types) => {
    expect(() => decodeCursor(kind, text, types)).toThrow(expect.objectContaining({ code: 'invalid_cursor' }))
  })
})

describe('a page', () => {
  it('has a cursor when there is more', () => {
    expect(pageOf([3, 2, 1], 2, String)).toEqual({ rows: [3, 2], next_cursor: '2', has_more: true })
    expect(pageOf([3, 2], 2, String)).toEqual({ rows: [3, 2], next_cursor: null, has_more: false })
    expect(pageOf([], 2, String)).toEqual({ rows: [], next_cursor: null, has_more: false })
  })
})
