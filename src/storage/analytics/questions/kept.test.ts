import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { SpanId, TraceId } from '../../../ids.ts'
import { START, TENANT, uuid, wireSpan, wireTrace } from '../../telemetry/testing.ts'
import { bucketEdges } from '../buckets.ts'
import { SERIES, type SeriesName } from '../names.ts'
import { Settled } from '../settled.ts'
import { KEEPS_ALL, TestMirror } from '../testing.ts'
import { breakdown } from './breakdown.ts'
import type { Range } from './filter.ts'
import type { GroupBy } from './groups.ts'
import { histogram } from './histogram.ts'
import { metrics } from './metrics.ts'
import { near } from './testing/plain.ts'
import { timeseries } from './timeseries.ts'

const HOUR = 3_600_000
const RANGE = { from: START, to: START + 48 * HOUR - 1 }
const filter = { tenantId: TENANT, terms: [] }
const NAMES = 120

/** Charts over traces of many names, of which the first are larger than others, each with calls of two models. */
describe('what is kept of charts', () => {
  let test: TestMirror
  beforeAll(async () => {
    test = await TestMirror.open()
    test.store.write(
      ...Array.from({ length: 3 * NAMES }, (_, n) => {
        const startedAt = START + ((n * 7) % 48) * HOUR
        const call = { type: 'llm', kind: 'llm', startedAt, latencyMs: n } as const
        const spans = ['gpt', `model-${n % NAMES}`].map((model, i) =>
          wireSpan({ ...call, model, cost: n % 5, id: uuid<SpanId>(2 * n + i), error: n % 9 === 0 ? 'boom' : null }),
        )
        const name = n < NAMES ? `name-${n}` : `name-${n % 10}`
        const known = { environment: `env-${n % 4}`, cost: 2 * (n % 5), latencyMs: n % 11 === 0 ? 70_000 : n }
        return wireTrace({ id: uuid<TraceId>(n), name, startedAt, spans, ...known })
      }),
    )
    await test.catchUp()
  })
  afterAll(() => test.close())

  const chart = (settled: Settled, series: readonly SeriesName[], group: GroupBy | null) =>
    test.mirror.use((db, standing) =>
      timeseries(
        { db, telemetry: test.store.db, standing, settled },
        {
          filter,
          series,
          range: RANGE,
          previous: null,
          edges: bucketEdges(RANGE.from, RANGE.to, '1h', 'UTC'),
          group,
          top: 3,
        },
      ),
    )
  const largest = (settled: Settled, group: GroupBy, sort: 'count' | 'latency_p95' | 'cost') =>
    test.mirror.use((db, standing) =>
      breakdown({ db, telemetry: test.store.db, standing, settled }, { filter, range: RANGE, group, sort, limit: 8 }),
    )

  for (const group of [null, { by: 'name' }, { by: 'model' }, { by: 'environment' }] as const)
    it(`draws the same lines where there are too many rows to keep, ${group ? `by ${group.by}` : 'without groups'}`, async () => {
      const [settled, few] = [new Settled(KEEPS_ALL), new Settled({ ...KEEPS_ALL, rows: 1 })]
      const all = SERIES.filter((name) => !(group?.by === 'model' && name.startsWith('latency')))
      for (const series of [all, ['cost'], ['volume', 'errors'], ['tokens_input', 'cost']] as const) {
        const lines = await chart(new Settled(), series, group)
        expect(lines.flatMap(({ values }) => values).some((value) => value !== null && value > 0)).toBe(true)
        for (let time = 0; time < 3; time += 1) {
          expect(await chart(settled, series, group)).toEqual(lines)
          expect(await chart(few, series, group)).toEqual(lines)
        }
      }
    })

  for (const by of ['name', 'model', 'environment'] as const)
    it(`finds the same largest groups time and again, by ${by}`, async () => {
      const [settled, never] = [new Settled(KEEPS_ALL), new Settled({ ...KEEPS_ALL, fewRows: 0 })]
      for (const sort of ['count', 'latency_p95', 'cost'] as const) {
        const found = await largest(new Settled(), { by }, sort)
        expect(found.groups).toBe({ name: NAMES, model: NAMES + 1, environment: 4 }[by])
        expect(found.rows).toHaveLength(Math.min(8, found.groups))
        for (let time = 0; time < 6; time += 1)
          for (const kept of [settled, never]) expect(near(await largest(kept, { by }, sort))).toEqual(near(found))
      }
    })
})

/** Asked time and again, and held against the same counted anew. */
describe('what is kept when something changes', () => {
  let test: TestMirror
  beforeEach(async () => {
    test = await TestMirror.open()
  })
  afterEach(() => test.close())

  const write = (n: number, startedAt: number, model = 'gpt') => {
    const spans = [wireSpan({ type: 'llm', kind: 'llm', model, cost: n, startedAt, id: uuid<SpanId>(n) })]
    const fields = { id: uuid<TraceId>(n), environment: `env-${n % 4}`, model, spans }
    test.store.write(wireTrace({ ...fields, startedAt, latencyMs: n, whenKnown: 'merge' }))
  }
  const answers = async (settled: Settled, range: Range) =>
    test.mirror.use(async (db, standing) => {
      const sources = { db, telemetry: test.store.db, standing, settled }
      const found = []
      for (const by of ['environment', 'model'] as const) {
        const line = { filter, range, edges: bucketEdges(range.from, range.to, '1h', 'UTC'), previous: null, top: 3 }
        found.push(
          await breakdown(sources, { filter, range, group: { by }, sort: 'count', limit: 8 }),
          await timeseries(sources, { ...line, series: ['cost'], group: { by } }),
          await timeseries(sources, { ...line, series: ['volume', 'latency_p95'], group: null }),
        )
      }
      return [
        ...found,
        await metrics(sources, { filter, range }),
        await histogram(sources, { filter, range, of: 'latency' }),
      ]
    })
  const check = async (range: Range) => {
    await test.catchUp()
    await compare(range)
  }
  const compare = async (range: Range) => {
    const expected = near(await answers(new Settled(), range))
    for (let time = 0; time < 4; time += 1) expect(near(await answers(test.mirror.settled, range))).toEqual(expected)
  }

  it('counts what has changed in more places than are read apart', async () => {
    const range = { from: START - 24 * HOUR, to: START + 20 * 24 * HOUR - 1 }
    for (let n = 0; n < 80; n += 1) write(n, START + n * 6 * HOUR)
    await check(range)
    for (const every of [2, 3, 1]) {
      for (let n = 0; n < 80; n += every) write(every * 1_000 + n, START + n * 6 * HOUR)
      await check(range)
    }
  })

  it('misses what was erased, and finds what began elsewhere than it was known to', async () => {
    for (let n = 0; n < 20; n += 1) write(n, START + (n % 10) * 6 * HOUR)
    await check(RANGE)
    test.store.erase([uuid<TraceId>(3)])
    await check(RANGE)
    write(18, START + HOUR)
    await check(RANGE)
  })

  it('counts a bucket or window anew that was in the range in part', async () => {
    for (let n = 0; n < 96; n += 1) write(n, START + n * (HOUR / 4))
    for (const hours of [20, 5])
      for (const minutes of [50, 20, 0, 35, 5])
        await check({ from: START + minutes * 60_000, to: START + hours * HOUR + minutes * 60_000 })
  })

  it('counts an hour that goes on, whether few of all traces are in it or most', async () => {
    const range = { from: START + 60_000, to: START + 12 * HOUR + 30 * 60_000 }
    for (let n = 0; n < 48; n += 1) write(n, START + n * (HOUR / 4))
    for (const more of [0, 10, 100]) {
      for (let n = 0; n < more; n += 1) write(1_000 * more + n, START + 12 * HOUR + n * 1_000)
      await check(range)
      const expected = near(await answers(new Settled(), range))
      for (const fewRows of [0, 5, 40]) {
        const settled = new Settled({ ...KEEPS_ALL, fewRows })
        for (let time = 0; time < 5; time += 1) expect(near(await answers(settled, range))).toEqual(expected)
      }
    }
  })

  it('begins anew with the file, where models may have other numbers', async () => {
    write(1, START, 'first')
    write(2, START + 6 * HOUR, 'second')
    await check(RANGE)
    // Comes after the other now in the log.
    write(1, START, 'first')
    await test.mirror.startOver()
    await compare(RANGE)
    await check(RANGE)
  })
})
