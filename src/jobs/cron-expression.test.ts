import { describe, expect, it } from 'vitest'
import { cronExpression } from './cron-expression.ts'

describe('a cron expression', () => {
  const at = (text: string) => Date.parse(text)
  it.each([
    ['30 3 * * *', '2026-03-01T03:29:59.999Z', '2026-03-01T03:30:00Z'],
    ['30 3 * * *', '2026-03-01T03:30:00Z', '2026-03-02T03:30:00Z'],
    ['*/15 * * * *', '2026-03-01T12:00:01Z', '2026-03-01T12:15:00Z'],
    ['0 9 * * 1-5', '2026-02-28T12:00:00Z', '2026-03-02T09:00:00Z'],
    ['0 0 L * *', '2026-02-01T00:00:00Z', '2026-02-28T00:00:00Z'],
    ['0 12 29 2 *', '2026-03-01T00:00:00Z', '2028-02-29T12:00:00Z'],
    ['0 22,2 * * *', '2026-03-29T01:00:00Z', '2026-03-29T02:00:00Z'],
    ['@daily', '2026-12-31T23:59:00Z', '2027-01-01T00:00:00Z'],
  ])('%s after %s is %s', (text, after, expected) => {
    expect(cronExpression(text).next(at(after))).toBe(at(expected))
  })

  it('may never come, or mean nothing', () => {
    expect(cronExpression('0 0 L-29 2 *').next(0)).toBeNull()
    expect(() => cronExpression('0 0 31 2 *')).toThrow()
    expect(() => cronExpression('61 * * * *')).toThrow()
    expect(() => cronExpression('often')).toThrow()
  })
})
