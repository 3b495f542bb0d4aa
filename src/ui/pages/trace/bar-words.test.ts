import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { figuresOf, GUTTER_PX, placeWords } from './bar-words.ts'

const WHOLE = '1.25 s · 1.02 k tok · $0.0042'
const SHORT = '1.25 s'
const place = (left: number, width: number, lane = 400) => placeWords({ left, width }, lane, WHOLE, SHORT)

describe('the words of a bar', () => {
  it('are all figures of the step, or the chosen one if it has it', () => {
    const call = { duration_ms: 1_250, prompt_tokens: 900, completion_tokens: 120, cost: 0.0042 }
    const tool = { duration_ms: 40, prompt_tokens: null, completion_tokens: null, cost: null }
    expect(figuresOf(call, 'time')).toEqual({ whole: '1.25 s · 1,020 tok · $0.0042', short: '1.25 s' })
    expect(figuresOf(call, 'tokens').short).toBe('1,020 tok')
    expect(figuresOf(call, 'cost').short).toBe('$0.0042')
    expect(figuresOf(tool, 'cost')).toEqual({ whole: '40 ms', short: '' })
  })

  it('stand at its right, else at its left, all of them before a part of them', () => {
    expect(place(0, 0.2)).toEqual({ side: 'right', whole: true })
    expect(place(0.7, 0.2)).toEqual({ side: 'left', whole: true })
    expect(place(0.3, 0.5)).toEqual({ side: 'right', whole: false })
    expect(place(0, 1)).toEqual({ side: 'right', whole: false })
    expect(placeWords({ left: 0.4, width: 0.6 }, 400, '1 h 12 min 30 s', '1 h 12 min 30 s').side).toBe('left')
    expect(placeWords({ left: 0, width: 1 }, 400, '1 h 12 min 30 s', '1 h 12 min 30 s').side).toBe('over')
  })

  it('stand at the edge behind which a bar is that is out of sight', () => {
    expect(place(1.01, 0).side).toBe('after')
    expect(place(-0.01, 0).side).toBe('before')
  })

  it('never need more room than there is', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true })
    fc.assert(
      fc.property(share, share, fc.integer({ min: 60, max: 2_000 }), (left, end, lane) => {
        const width = Math.max(0, end - left)
        const { side, whole } = place(left, width, lane)
        const room = { right: (1 - left - width) * lane + GUTTER_PX, left: left * lane }
        const least = (whole ? WHOLE : SHORT).length * 6.5 + 12
        if (side === 'right' || side === 'left') expect(room[side]).toBeGreaterThanOrEqual(least)
      }),
    )
  })
})
