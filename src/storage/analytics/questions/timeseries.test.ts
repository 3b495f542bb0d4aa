import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SpanId, TraceId } from '../../../ids.ts'
import { START, TENANT, uuid, wireSpan, wireTrace } from '../../telemetry/testing.ts'
import { bucketEdges } from '../buckets.ts'
import { TestMirror } from '../testing.ts'
import type { Range } from './filter.ts'

const HOUR = 3_600_000

/**
 * Costs of a model are those of its calls. Where there are none, its traces say whether nothing ran, which is 0, or what has no price,
 * which is null; only those hours are looked at.
 */
describe('the cost of a model where its calls have none', () => {
  let test: TestMirror
  let count = 0
  beforeAll(async () => {
    test = await TestMirror.open()
  })
  afterAll(() => test.close())

  /** A trace of the model with a call that costs 1, and one of another model, which is shown as "other"; or without calls. */
  const trace = (startedAt: number, { priced }: { priced: boolean }) => {
    count += 1
    const call = { type: 'llm', kind: 'llm', cost: 1, startedAt } as const
    const calls = ['gpt', 'other'].map((model, i) => wireSpan({ ...call, model, id: uuid<SpanId>(2 * count + i) }))
    const fields = { id: uuid<TraceId>(count), model: 'gpt', startedAt }
    return wireTrace(priced ? { ...fields, cost: 2, spans: calls } : fields)
  }

  const costs = async (range: Range, previous: Range | null, edges: readonly number[]) => {
    const filter = { tenantId: TENANT, terms: [] }
    const ask = { filter, series: ['cost'], edges, range, previous, group: { by: 'model' }, top: 1 } as const
    return (await test.ask('timeseries', ask))[0]
  }

  it('is told in as many places as there are, and of nothing outside the range', async () => {
    const range = { from: START + HOUR / 2, to: START + 24 * HOUR - 1 }
    const priced = Array.from({ length: 11 }, (_, i) => START + (2 + 2 * i) * HOUR)
    test.store.write(
      ...priced.map((at) => trace(at, { priced: true })),
      ...[1, 11, 21].map((hour) => trace(START + hour * HOUR, { priced: false })),
      // In the first bucket, and before the range.
      trace(START + HOUR / 4, { priced: false }),
    )
    const expected = Array.from({ length: 24 }, (_, hour) => (hour > 0 && hour % 2 === 0 ? 1 : 0))
    expect((await costs(range, null, bucketEdges(range.from, range.to, '1h', 'UTC')))?.values).toEqual(
      expected.map((cost, hour) => ([1, 11, 21].includes(hour) ? null : cost)),
    )
  })

  it('is 0 in a bucket that the period before does not reach', async () => {
    const [january, february, march] = [0, 1, 2].map((month) => Date.UTC(2027, month, 10)) as [number, number, number]
    test.store.write(
      ...[january, february, march].map((at) => trace(at, { priced: true })),
      trace(Date.UTC(2026, 11, 10), { priced: false }),
    )
    // As long as the period before, but that begins in January, and months before February are as many as from then on.
    const range = { from: Date.UTC(2027, 1, 1), to: Date.UTC(2027, 2, 12) - 1 }
    const previous = { from: Date.UTC(2027, 0, 3), to: Date.UTC(2027, 1, 1) - 1 }
    expect(await costs(range, previous, bucketEdges(range.from, range.to, '1mo', 'UTC', true))).toMatchObject({
      previous: [0, 1],
      values: [1, 1],
    })
  })

  it('is told where only some of the models have hours without', async () => {
    const start = Date.UTC(2028, 0, 1)
    const call = { type: 'llm', kind: 'llm' } as const
    const hours = [0, 1].map((hour) => {
      count += 1
      const costs = { dear: 9, rest: 1, ...(hour === 0 ? { some: 5 } : {}) }
      const spans = Object.entries(costs).map(([model, cost], i) =>
        wireSpan({ ...call, model, cost, id: uuid<SpanId>(10 * count + i), startedAt: start + hour * HOUR }),
      )
      return wireTrace({
        id: uuid<TraceId>(count),
        model: 'dear',
        startedAt: start + hour * HOUR,
        cost: hour === 0 ? 15 : 10,
        spans,
      })
    })
    test.store.write(...hours)
    const range = { from: start, to: start + 2 * HOUR - 1 }
    const edges = bucketEdges(range.from, range.to, '1h', 'UTC')
    const ask = {
      filter: { tenantId: TENANT, terms: [] },
      series: ['cost'],
      edges,
      range,
      previous: null,
      top: 2,
    } as const
    expect((await test.ask('timeseries', { ...ask, group: { by: 'model' } })).slice(0, 2)).toMatchObject([
      { group: { value: 'dear' }, values: [9, 9] },
      { group: { value: 'some' }, values: [5, 0] },
    ])
  })
})
