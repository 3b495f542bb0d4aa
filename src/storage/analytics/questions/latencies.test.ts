import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TraceId } from '../../../ids.ts'
import { START, TENANT, uuid, wireTrace } from '../../telemetry/testing.ts'
import { TestMirror } from '../testing.ts'
import { near, quantile } from './testing/plain.ts'

/** What is counted one by one ends at 65,535: below, at and above it, alone and mixed, with quantiles on either side and between. */
const SETS: readonly (readonly (number | null)[])[] = [
  [65_535],
  [65_536],
  [65_535, 65_536],
  [65_534, 65_535, 65_535, 65_536, 65_536],
  [null, 65_535, 70_000, null],
  [1, 2, 65_536],
  [1, 70_000, 80_000],
  [...Array.from({ length: 100 }, (_, n) => n * 10), 65_535, 100_000],
  [...Array.from({ length: 400 }, (_, n) => n), 65_535, 65_536],
  [-5, 0, 3, Number.MAX_SAFE_INTEGER],
  [Number.MIN_SAFE_INTEGER, 7],
  [null],
]
const RANGE = { from: START - 1_000, to: START + 1_000 }

describe('latencies that are counted, and longer ones', () => {
  let test: TestMirror
  beforeAll(async () => {
    test = await TestMirror.open()
    let n = 0
    for (const [i, set] of SETS.entries())
      for (const latencyMs of set) {
        const id = uuid<TraceId>(n++)
        test.store.write(wireTrace({ id, startedAt: START, environment: `set-${i}`, latencyMs }))
      }
  })
  afterAll(() => test.close())

  for (const [i, set] of SETS.entries())
    it(`tells quantiles and spread of ${set.length > 6 ? `${set.length} latencies` : set.join(', ')}`, async () => {
      const filter = { tenantId: TENANT, environment: `set-${i}`, terms: [] }
      const known = set.filter((ms) => ms !== null)
      const quantiles = { p50: quantile(known, 0.5), p95: quantile(known, 0.95), p99: quantile(known, 0.99) }
      const { traces, p50, p95, p99 } = await test.ask('metrics', { filter, range: RANGE })
      expect(near({ traces, p50, p95, p99 })).toEqual(near({ traces: set.length, ...quantiles }))
      const { buckets, ...rest } = await test.ask('histogram', { filter, range: RANGE, of: 'latency' })
      expect(near(rest)).toEqual(
        near({
          zero: known.filter((ms) => ms <= 0).length,
          unknown: set.length - known.length,
          min: known.length === 0 ? null : Math.min(...known),
          max: known.length === 0 ? null : Math.max(...known),
          ...quantiles,
        }),
      )
      expect(buckets.map(({ count }) => count)).toEqual(
        buckets.map(({ from, to }) => known.filter((ms) => ms >= from && ms < to).length),
      )
      expect(buckets.reduce((sum, { count }) => sum + count, 0)).toBe(known.filter((ms) => ms > 0).length)
    })
})
