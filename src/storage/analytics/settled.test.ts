import { describe, expect, it } from 'vitest'
import { Settled, WINDOW_MS, windowOf } from './settled.ts'

const FIRST = { from: 0, to: WINDOW_MS - 1 }
const SECOND = { from: WINDOW_MS, to: 2 * WINDOW_MS - 1 }
const BOTH = { from: 0, to: 2 * WINDOW_MS - 1 }
const ASIDE = 2
const TENANT = 1

const keep = (settled: Settled, name: string, range = FIRST, bytes = 10) =>
  settled.shape<string>(TENANT, name).keep({ ...range, value: name, bytes })
const find = (settled: Settled, name: string, { from, to } = FIRST) =>
  settled.shape<string>(TENANT, name).find(from, to)

describe('what was counted before', () => {
  it('is found until something changes there, whatever changes elsewhere', () => {
    const settled = new Settled()
    settled.change([{ tenant: TENANT, window: 0 }])
    for (const range of [FIRST, SECOND, BOTH]) keep(settled, 'count', range)
    settled.change([
      { tenant: TENANT, window: ASIDE },
      { tenant: 7, window: 0 },
    ])
    expect([FIRST, SECOND, BOTH].map((range) => find(settled, 'count', range))).toEqual(['count', 'count', 'count'])
    settled.change([{ tenant: TENANT, window: 1 }])
    expect([FIRST, SECOND, BOTH].map((range) => find(settled, 'count', range))).toEqual(['count', null, null])
    keep(settled, 'count', BOTH)
    expect(find(settled, 'count', BOTH)).toBe('count')
  })

  it('is found for its own question, tenant and part alone', () => {
    const settled = new Settled()
    keep(settled, 'count')
    expect(find(settled, 'other')).toBeNull()
    expect(settled.shape(7, 'count').find(FIRST.from, FIRST.to)).toBeNull()
    expect(find(settled, 'count', { from: FIRST.from, to: FIRST.to - 1 })).toBeNull()
    expect(find(settled, 'count')).toBe('count')
  })

  it('makes room for what is asked for now, beginning with what was not asked for the longest', () => {
    const settled = new Settled({ bytes: 100 })
    for (const name of ['a', 'b', 'c']) keep(settled, name, FIRST, 30)
    find(settled, 'a')
    keep(settled, 'd', FIRST, 30)
    expect(['a', 'b', 'c', 'd'].map((name) => find(settled, name))).toEqual(['a', null, 'c', 'd'])
    // The same again takes no more room.
    for (let time = 0; time < 10; time += 1) keep(settled, 'd', FIRST, 30)
    expect(find(settled, 'a')).toBe('a')
    keep(settled, 'large', FIRST, 101)
    expect(['a', 'c', 'd', 'large'].map((name) => find(settled, name))).toEqual([null, null, null, null])
    keep(settled, 'a', FIRST, 100)
    expect(find(settled, 'a')).toBe('a')
  })

  it('is of so many questions at most', () => {
    const settled = new Settled({ shapes: 2 })
    for (const name of ['a', 'b', 'c']) keep(settled, name)
    expect(['b', 'c'].map((name) => find(settled, name))).toEqual(['b', 'c'])
    expect(find(settled, 'a')).toBeNull()
  })

  it('is forgotten where too many windows have changed to tell them apart, and when it is told to', () => {
    const settled = new Settled({ windows: 3 })
    keep(settled, 'count')
    settled.change([1, 2, 3].map((window) => ({ tenant: TENANT, window })))
    expect(find(settled, 'count')).toBe('count')
    settled.change([{ tenant: 7, window: 1 }])
    expect(find(settled, 'count')).toBeNull()
    keep(settled, 'count')
    settled.forget()
    expect(find(settled, 'count')).toBeNull()
  })
})

it('begins windows with each hour, before 1970 too', () => {
  const hour = (at: string) => windowOf(Date.parse(at)) - windowOf(Date.parse('1970-01-01T00:00:00Z'))
  expect(['1969-12-31T23:59:59.999Z', '1970-01-01T00:59:59.999Z', '1970-01-01T01:00:00Z'].map(hour)).toEqual([-1, 0, 1])
})
