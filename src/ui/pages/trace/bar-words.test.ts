import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { figuresOf, GUTTER_PX, placeWords } from './bar-words.ts'

const WORDS = '12 min 05 s'
const place = (left: number, width: number, lane = 400) => placeWords({ left, width }, lane, WORDS)

it('the figures of a step are those that it has', () => {
  const call = { duration_ms: 1_250, prompt_tokens: 900, completion_tokens: 120, cost: 0.0042 }
  const tool = { duration_ms: 40, prompt_tokens: null, completion_tokens: null, cost: null }
  expect(figuresOf(call)).toEqual({ time: '1.25 s', tokens: '1,020', cost: '$0.0042' })
  expect(figuresOf(tool)).toEqual({ time: '40 ms', tokens: '', cost: '' })
})

describe('the words of a bar', () => {
  it('stand at its right, else at its left, else over it', () => {
    expect(place(0, 0.2)).toBe('right')
    expect(place(0.3, 0.5)).toBe('right')
    expect(place(0.7, 0.3)).toBe('left')
    expect(place(0, 1)).toBe('over')
  })

  it('stand at the edge behind which a bar is that is out of sight', () => {
    expect(place(1.01, 0)).toBe('after')
    expect(place(-0.01, 0)).toBe('before')
  })

  it('never need more room than there is', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true })
    fc.assert(
      fc.property(share, share, fc.integer({ min: 60, max: 2_000 }), (left, end, lane) => {
        const width = Math.max(0, end - left)
        const side = place(left, width, lane)
        const room = { right: (1 - left - width) * lane + GUTTER_PX, left: left * lane }
        if (side === 'right' || side === 'left') expect(room[side]).toBeGreaterThanOrEqual(WORDS.length * 6.5 + 12)
      }),
    )
  })
})
