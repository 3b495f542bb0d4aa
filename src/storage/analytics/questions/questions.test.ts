import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { TraceId } from '../../../ids.ts'
import { START, TENANT, uuid } from '../../telemetry/testing.ts'
import { type Bucket, bucketEdges } from '../buckets.ts'
import { SERIES, type SeriesName } from '../names.ts'
import { TestMirror } from '../testing.ts'
import type { FactFilter, Range } from './filter.ts'
import type { GroupBy } from './groups.ts'
import {
  type Call,
  callsOf,
  groupValue,
  inRange,
  matches,
  near,
  plainValue,
  quantile,
  share,
  startOf,
  sum,
} from './testing/plain.ts'
import { act, type Trace, World } from './testing/world.ts'

/** Every question, held against the same computed plainly over the traces that the API shows. */

const RANGE: Range = { from: START + 25 * 3_600_000, to: START + 60 * 3_600_000 }
const filters = fc
  .record(
    {
      model: fc.constantFrom('gpt', 'claude'),
      environment: fc.constantFrom('prod'),
      userId: fc.constantFrom('ann'),
      tag: fc.constantFrom({ key: 'region', value: 'eu' }, { key: 'region', value: 'us' }),
      failed: fc.boolean(),
      metadata: fc.constantFrom('free', 'paid', 'none'),
    },
    { requiredKeys: [] },
  )
  .map(
    ({ metadata, ...rest }): FactFilter => ({
      ...{ tenantId: TENANT, ...rest },
      terms: metadata === undefined ? [] : [['metadata.plan', metadata]],
    }),
  )
const groups = fc.constantFrom<GroupBy | null>(
  null,
  { by: 'model' },
  { by: 'name' },
  { by: 'environment' },
  { by: 'tag', key: 'region' },
)

/** Somebody looks at charts after some acts, with a range that ends so much later. What was counted for one look is kept for the next. */
const look = fc.record({
  acts: fc.array(act, { minLength: 1, maxLength: 15 }),
  laterMs: fc.nat(3 * 60).map((minutes) => minutes * 60_000),
})

describe('every question equals the plain computation over the same traces', { timeout: 300_000 }, () => {
  it('whatever came, grew and went before, wherever the mirror stood meanwhile, whoever looked', async () => {
    const test = await TestMirror.open()
    try {
      await fc.assert(
        fc.asyncProperty(
          fc.array(look, { minLength: 3, maxLength: 4 }),
          filters,
          groups,
          async (looks, filter, group) => {
            const world = new World(test)
            test.store.erase(Array.from({ length: 10 }, (_, n) => uuid<TraceId>(n)))
            test.store.db.exec('DELETE FROM feedback')
            await test.mirror.startOver()
            for (const { acts, laterMs } of looks) {
              for (const one of acts) await world.do(one)
              const traces = world.traces().filter(matches(filter))
              const range = { from: RANGE.from + laterMs, to: RANGE.to + laterMs }
              for (const chart of CHARTS) await checkTimeseries(world, filter, group, traces, { ...chart, range })
              // What is kept of these is counted when they are asked again.
              for (let time = 0; time < 2; time += 1) {
                await checkMetrics(test, filter, traces, range)
                if (group) await checkBreakdown(test, filter, group, traces, range)
                await checkHistogram(test, filter, traces, range)
              }
            }
          },
        ),
        { numRuns: Number(process.env.RUNS ?? 15) },
      )
    } finally {
      await test.close()
    }
  })
})

async function checkMetrics(test: TestMirror, filter: FactFilter, all: readonly Trace[], range: Range): Promise<void> {
  const traces = all.filter(inRange(range))
  const latencies = traces.map(({ latency_ms }) => latency_ms)
  const spans = traces.flatMap((trace) => trace.spans)
  expect(near(await test.ask('metrics', { filter, range }))).toEqual(
    near({
      traces: traces.length,
      errors: traces.filter(({ error }) => error !== null).length,
      errorRate: share(traces, ({ error }) => error !== null),
      p50: quantile(latencies, 0.5),
      p95: quantile(latencies, 0.95),
      p99: quantile(latencies, 0.99),
      cost: sum(traces.map(({ cost }) => cost)),
      promptTokens: sum(spans.map(({ prompt_tokens }) => prompt_tokens)),
      completionTokens: sum(spans.map(({ completion_tokens }) => completion_tokens)),
    }),
  )
}

/** All at once; and those that are read with the groups that they are shown for. */
const CHARTS: readonly Omit<Chart, 'range'>[] = [
  { series: SERIES, bucket: '6h' },
  { series: ['cost'], bucket: '6h' },
  { series: ['cost', 'tokens_output'], bucket: '5m' },
  { series: ['volume', 'cost'], bucket: '15m' },
  { series: ['errors'], bucket: '6h' },
]
interface Chart {
  series: readonly SeriesName[]
  bucket: Bucket
  range: Range
}

async function checkTimeseries(
  world: World,
  filter: FactFilter,
  group: GroupBy | null,
  all: readonly Trace[],
  { series, bucket, range }: Chart,
): Promise<void> {
  const edges = bucketEdges(range.from, range.to, bucket, 'Europe/Berlin', true)
  const count = (edges.length - 1) / 2
  const first = edges[count] ?? 0
  // As far from its edges as the range is from its own, and over where that begins.
  const previous = { from: (edges[0] ?? 0) + range.from - first, to: first - 1 }
  const lines = await world.test.ask('timeseries', {
    ...{ filter, edges, range, previous, group, top: 1 },
    series: series.filter((name) => !(group?.by === 'model' && name.startsWith('latency'))),
  })
  const value = group ? groupValue(group) : () => null
  const top = lines[0]?.group ?? null
  const isOf = (other: boolean) => (text: string | null) =>
    !group || (text === (top?.value ?? null) && (top?.other ?? true) === false) !== other
  for (const line of lines) {
    const mine = isOf(line.group?.other ?? false)
    const plain = edges.slice(0, -1).map((edge, i) => {
      const period = i < count ? previous : range
      const within = all.filter(
        (trace) => startOf(trace) >= edge && startOf(trace) < (edges[i + 1] ?? 0) && inRange(period)(trace),
      )
      const traces = within.filter((trace) => mine(value(trace)))
      const byModel = group?.by === 'model'
      const calls = byModel ? within.flatMap(callsOf).filter(({ model }) => mine(model)) : traces.flatMap(callsOf)
      return plainValue(line.series, traces, calls, byModel, world)
    })
    expect({
      series: line.series,
      group: line.group,
      values: near([...(line.previous ?? []), ...line.values]),
    }).toEqual({
      series: line.series,
      group: line.group,
      values: near(plain),
    })
  }
}

async function checkBreakdown(
  test: TestMirror,
  filter: FactFilter,
  group: GroupBy,
  all: readonly Trace[],
  range: Range,
): Promise<void> {
  const { rows, groups } = await test.ask('breakdown', { filter, range, group, sort: 'count', limit: 50 })
  const traces = all.filter(inRange(range))
  const byModel = group.by === 'model'
  const value = groupValue(group)
  const items = byModel
    ? traces.flatMap((trace) => callsOf(trace).filter(({ model }) => model !== null))
    : traces.map((trace): Call & { group: string | null } => {
        const spans = trace.spans
        const tokens = [sum(spans.map((s) => s.prompt_tokens)), sum(spans.map((s) => s.completion_tokens))]
        return {
          group: value(trace),
          model: null,
          cost: trace.cost,
          error: trace.error,
          tokens,
          latency: trace.latency_ms,
          rest: false,
        }
      })
  const keyOf = (item: Call) => (byModel ? item.model : (item as Call & { group: string | null }).group)
  const plain = new Map<string | null, Call[]>()
  for (const item of items) plain.set(keyOf(item), [...(plain.get(keyOf(item)) ?? []), item])
  const expected = [...plain].flatMap(([key, calls]) => {
    const counted = calls.filter(({ rest }) => !rest)
    if (counted.length === 0) return []
    const errors = counted.filter(({ error }) => error !== null).length
    const latencies = counted.map(({ latency }) => latency)
    return [
      {
        ...{ value: key, count: counted.length, errors, errorRate: errors / counted.length },
        cost: sum(calls.map(({ cost }) => cost)),
        tokens: sum(calls.flatMap(({ tokens }) => tokens.slice(0, 2))),
        p50: quantile(latencies, 0.5),
        p95: quantile(latencies, 0.95),
        p99: quantile(latencies, 0.99),
      },
    ]
  })
  const byValue = <T extends { value: string | null }>(list: T[]) =>
    list.sort((a, b) => String(a.value).localeCompare(String(b.value)))
  expect(near(byValue(rows))).toEqual(near(byValue(expected)))
  expect(groups).toBe(expected.length)
}

async function checkHistogram(
  test: TestMirror,
  filter: FactFilter,
  all: readonly Trace[],
  range: Range,
): Promise<void> {
  const latencies = all.filter(inRange(range)).map(({ latency_ms }) => latency_ms)
  const { buckets, zero, unknown, ...rest } = await test.ask('histogram', { filter, range, of: 'latency' })
  const known = latencies.filter((value) => value !== null)
  expect(near(rest)).toEqual(
    near({
      min: known.length === 0 ? null : Math.min(...known),
      max: known.length === 0 ? null : Math.max(...known),
      p50: quantile(known, 0.5),
      p95: quantile(known, 0.95),
      p99: quantile(known, 0.99),
    }),
  )
  expect(unknown).toBe(latencies.filter((value) => value === null).length)
  expect(zero).toBe(known.filter((value) => value <= 0).length)
  for (const { from, to, count } of buckets)
    expect({ from, count }).toEqual({
      from,
      count: known.filter((value) => value >= from && value < to).length,
    })
  expect(buckets.reduce((n, { count }) => n + count, 0) + zero + unknown).toBe(latencies.length)
}
