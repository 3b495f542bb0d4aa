import { describe, expect, it } from 'vitest'
import { ago, ahead, count, dollars, duration } from './format.ts'

describe('numbers as the pages show them', () => {
  it.each([
    [null, '–'],
    [0, '0 ms'],
    [340, '340 ms'],
    [1_250, '1.25 s'],
    [59_990, '60 s'],
    [59_996, '1 min 00 s'],
    [125_000, '2 min 05 s'],
  ])('duration of %s', (ms, text) => expect(duration(ms)).toBe(text))

  it.each([
    [null, '–'],
    [0, '0'],
    [1_234, '1,234'],
    [12_345, '12.3 k'],
    [999_600, '1 M'],
  ])('count of %s', (n, text) => expect(count(n)).toBe(text))

  it.each([
    [null, '–'],
    [0, '$0'],
    [0.0000024, '$0.0000024'],
    [0.0042, '$0.0042'],
    [0.0005, '$0.00050'],
    [0.0999, '$0.0999'],
    [12.5, '$12.50'],
    [1234.567, '$1,234.57'],
  ])('dollars of %s', (amount, text) => expect(dollars(amount)).toBe(text))

  it('tells how long ago', () => {
    const now = new Date(2026, 4, 1, 12, 0, 0)
    const earlier = (minutes: number) => ago(new Date(now.getTime() - minutes * 60_000), now)
    expect(earlier(-1)).toBe('now')
    expect(earlier(0.5)).toBe('now')
    expect(earlier(3)).toBe('3 min ago')
    expect(earlier(90)).toBe('10:30')
    expect(earlier(24 * 60)).toBe('Apr 30, 12:00')
  })

  it('tells how soon', () => {
    const now = new Date(2026, 4, 1, 12, 0, 0)
    const later = (minutes: number) => ahead(new Date(now.getTime() + minutes * 60_000), now)
    expect(later(-5)).toBe('now')
    expect(later(12)).toBe('in 12 min')
    expect(later(14 * 60 + 40)).toBe('in 15 h')
    expect(later(72 * 60)).toBe('May 4, 12:00')
  })
})
