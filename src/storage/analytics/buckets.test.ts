import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BUCKET_MS, BUCKETS, bucketEdges, finestBucket, fits, isTimeZone, runsOf, usualBucket } from './buckets.ts'

const HOUR = 3_600_000
const at = (text: string): number => Date.parse(text)
const widths = (edges: readonly number[]) => edges.slice(1).map((edge, i) => (edge - (edges[i] ?? 0)) / HOUR)

describe('buckets', () => {
  it('are days of 23, 24 and 25 hours where the clock is put forward and back', () => {
    const spring = bucketEdges(at('2026-03-28T12:00:00Z'), at('2026-03-30T12:00:00Z'), '1d', 'Europe/Berlin')
    expect(widths(spring)).toEqual([24, 23, 24])
    expect(new Date(spring[0] ?? 0).toISOString()).toBe('2026-03-27T23:00:00.000Z')
    const autumn = bucketEdges(at('2026-10-24T12:00:00Z'), at('2026-10-26T12:00:00Z'), '1d', 'Europe/Berlin')
    expect(widths(autumn)).toEqual([24, 25, 24])
    const quarters = bucketEdges(at('2026-03-29T00:00:00Z'), at('2026-03-29T12:00:00Z'), '6h', 'Europe/Berlin')
    expect(widths(quarters)).toEqual([5, 6, 6])
  })

  it('are months and weeks of the calendar', () => {
    const months = bucketEdges(at('2026-01-15T00:00:00Z'), at('2026-03-15T00:00:00Z'), '1mo', 'UTC', true)
    expect(months.map((edge) => new Date(edge).toISOString().slice(0, 10))).toEqual([
      ...['2025-10-01', '2025-11-01', '2025-12-01', '2026-01-01', '2026-02-01', '2026-03-01', '2026-04-01'],
    ])
    const [monday] = bucketEdges(at('2026-03-01T00:00:00Z'), at('2026-03-01T01:00:00Z'), '7d', 'UTC')
    expect(new Date(monday ?? 0).toISOString()).toBe('2026-02-23T00:00:00.000Z')
  })

  it('begin with the local hour, also where that is not one of UTC', () => {
    const [edge] = bucketEdges(at('2026-03-01T00:50:00Z'), at('2026-03-01T02:00:00Z'), '1h', 'Asia/Kathmandu')
    expect(new Date(edge ?? 0).toISOString()).toBe('2026-03-01T00:15:00.000Z')
  })

  it('have no day that a place skipped, and one where midnight is skipped', () => {
    const samoa = bucketEdges(at('2011-12-29T12:00:00Z'), at('2012-01-01T12:00:00Z'), '1d', 'Pacific/Apia')
    expect(widths(samoa)).toEqual([24, 24, 24, 24])
    const paulo = bucketEdges(at('2018-11-03T12:00:00Z'), at('2018-11-04T12:00:00Z'), '1d', 'America/Sao_Paulo')
    expect(widths(paulo)).toEqual([24, 23])
  })

  const zones = [
    'UTC',
    'Europe/Berlin',
    'America/New_York',
    'Asia/Kolkata',
    'Australia/Lord_Howe',
    'America/Sao_Paulo',
    'Pacific/Apia',
  ]

  it('hold the range, follow on one another, and are as many before it', () => {
    const moment = fc.integer({ min: at('2005-01-01T00:00:00Z'), max: at('2030-01-01T00:00:00Z') })
    fc.assert(
      fc.property(
        moment,
        fc.nat(200),
        fc.constantFrom(...BUCKETS),
        fc.constantFrom(...zones),
        (from, parts, bucket, zone) => {
          const to = from + Math.floor((parts / 4) * BUCKET_MS[bucket])
          const edges = bucketEdges(from, to, bucket, zone)
          expect(edges[0]).toBeLessThanOrEqual(from)
          expect(edges[1]).toBeGreaterThan(from)
          expect(edges.at(-1)).toBeGreaterThan(to)
          expect(edges.at(-2)).toBeLessThanOrEqual(to)
          const both = bucketEdges(from, to, bucket, zone, true)
          expect(both.slice(edges.length - 1)).toEqual(edges)
          expect(both.length - 1).toBe(2 * (edges.length - 1))
          expect(widths(both).every((width) => width > 0)).toBe(true)
          const again = runsOf(both).flatMap(({ start, end, width }) =>
            Array.from({ length: (end - start) / width }, (_, i) => start + i * width),
          )
          expect(again).toEqual(both.slice(0, -1))
        },
      ),
      { numRuns: 300 },
    )
  })

  it('are chosen so that a chart can show them, and refused where they would be too many', () => {
    expect([usualBucket(0, HOUR), usualBucket(0, 24 * HOUR), usualBucket(0, 30 * 24 * HOUR)]).toEqual([
      '1m',
      '15m',
      '6h',
    ])
    const tenYears = 10 * 365 * 24 * HOUR
    expect(fits(0, tenYears, '1m')).toBe(false)
    expect(finestBucket(0, tenYears)).toBe('7d')
    expect([isTimeZone('Europe/Berlin'), isTimeZone('Europe/Atlantis'), isTimeZone('')]).toEqual([true, false, false])
  })
})
