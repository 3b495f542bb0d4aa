import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { EvaluationId, FeedbackId, SpanId, TraceId } from '../../../ids.ts'
import type { EvaluationFact, FeedbackFact } from '../../telemetry/facts.ts'
import {
  evaluationFact,
  feedbackFact,
  START,
  TENANT,
  type TestStore,
  uuid,
  wireSpan,
  wireTrace,
} from '../../telemetry/testing.ts'
import { bucketEdges } from '../buckets.ts'
import { SERIES, type SeriesName } from '../names.ts'
import { TestMirror } from '../testing.ts'
import type { FactFilter, Range } from './filter.ts'
import type { GroupBy } from './groups.ts'

/** Every question, held against the same computed plainly over the traces that the API shows. */

interface Span {
  model: string | null
  cost: number | null
  error: string | null
  latency_ms: number | null
  start_time: string | null
  end_time: string | null
  prompt_tokens: number | null
  completion_tokens: number | null
  cache_read_tokens: number | null
  cache_write_tokens: number | null
  reasoning_tokens: number | null
}

interface Trace {
  id: string
  name: string | null
  model: string | null
  environment: string | null
  user_id: string | null
  session_id: string | null
  error: string | null
  latency_ms: number | null
  cost: number | null
  started_at: string
  tag_map: Record<string, string>
  metadata: Record<string, unknown>
  spans: Span[]
}

/* ---- what happens ---- */

type Act =
  | { act: 'write'; id: number; fields: Fields; spans: SpanFields[] }
  | { act: 'erase'; id: number }
  | { act: 'feedback'; id: number; label: string }
  | { act: 'evaluate'; id: number; n: number; score: number | null }
  | { act: 'step' }
  | { act: 'commit' }
  | { act: 'reopen' }

const fields = fc.record({
  name: fc.constantFrom(null, 'chat', 'search'),
  environment: fc.constantFrom(null, 'prod', 'dev'),
  userId: fc.constantFrom(null, 'ann', 'bob'),
  sessionId: fc.constantFrom(null, 's1'),
  error: fc.constantFrom(null, null, 'boom'),
  startedAt: fc.option(
    // Evenly, for what matters is not at the ends but at the edges of buckets and ranges.
    fc.noBias(fc.integer({ min: 0, max: 72 * 60 })).map((minutes) => START + minutes * 60_000),
    { nil: null },
  ),
  latencyMs: fc.option(fc.oneof(fc.nat(5_000), fc.constantFrom(0, -5, 1, 16, 25, 1_000, Number.MAX_SAFE_INTEGER)), {
    nil: null,
  }),
  cost: fc.option(
    fc.nat(1000).map((n) => n / 1024),
    { nil: null },
  ),
  tagMap: fc.constantFrom<Record<string, string>>({}, { region: 'eu' }, { region: 'us', tier: 'pro' }),
  metadata: fc.constantFrom('{}', '{"plan":"free"}', '{"plan":"paid","n":1}'),
  whenKnown: fc.constantFrom('merge' as const, 'duplicate' as const),
})
type Fields = typeof fields extends fc.Arbitrary<infer T> ? T : never

const tokens = fc.option(fc.nat(500), { nil: null })
const span = fc.record({
  n: fc.nat(5),
  model: fc.constantFrom(null, 'gpt', 'claude'),
  cost: fc.option(
    fc.nat(1000).map((n) => n / 1024),
    { nil: null },
  ),
  error: fc.constantFrom(null, null, 'timeout'),
  startedAt: fc.option(
    fc.nat(1000).map((n) => START + n),
    { nil: null },
  ),
  latencyMs: fc.option(fc.nat(3000), { nil: null }),
  promptTokens: tokens,
  completionTokens: tokens,
  cacheReadTokens: tokens,
})
type SpanFields = typeof span extends fc.Arbitrary<infer T> ? T : never

const id = fc.nat(9)
const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ act: fc.constant('write' as const), id, fields, spans: fc.array(span, { maxLength: 3 }) }),
  },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('erase' as const), id }) },
  {
    weight: 2,
    arbitrary: fc.record({
      act: fc.constant('feedback' as const),
      id,
      label: fc.constantFrom('good', 'bad', 'neutral'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      act: fc.constant('evaluate' as const),
      id,
      n: fc.nat(3),
      score: fc.constantFrom(null, 0, 0.4, 0.5, 1),
    }),
  },
  { weight: 3, arbitrary: fc.constant({ act: 'step' as const }) },
  { weight: 1, arbitrary: fc.constant({ act: 'commit' as const }) },
  { weight: 1, arbitrary: fc.constant({ act: 'reopen' as const }) },
)

/** Acts on the store, and keeps what was said of traces. */
class World {
  readonly test: TestMirror
  feedback: FeedbackFact[] = []
  evaluations: EvaluationFact[] = []

  constructor(test: TestMirror) {
    this.test = test
  }

  get store(): TestStore {
    return this.test.store
  }

  async do(act: Act): Promise<void> {
    switch (act.act) {
      case 'write': {
        const spans = act.spans.map(({ n, ...rest }) => wireSpan({ id: uuid<SpanId>(n), ...rest }))
        this.store.write(wireTrace({ id: uuid<TraceId>(act.id), ...act.fields, spans }))
        return
      }
      case 'erase': {
        const erased = this.store.erase([uuid<TraceId>(act.id)])
        if (erased === 0) return
        this.feedback = this.feedback.filter(({ traceId }) => traceId !== uuid(act.id))
        this.evaluations = this.evaluations.filter(({ traceId }) => traceId !== uuid(act.id))
        return
      }
      case 'feedback': {
        const fact = feedbackFact({ id: uuid<FeedbackId>(nextId++), traceId: uuid<TraceId>(act.id), label: act.label })
        this.feedback.push(fact)
        this.store.state(fact)
        return
      }
      case 'evaluate': {
        const fact = evaluationFact({
          id: uuid<EvaluationId>(1000 + act.id * 10 + act.n),
          traceId: uuid<TraceId>(act.id),
          status: act.score === null ? 'pending' : 'complete',
          score: act.score,
        })
        if (this.store.trace(fact.traceId)) {
          this.evaluations = [...this.evaluations.filter((one) => one.id !== fact.id), fact]
        }
        this.store.state(fact)
        return
      }
      case 'step':
        await this.test.mirror.step()
        return
      case 'commit':
        return this.test.mirror.fold()
      case 'reopen':
        return this.test.reopen()
      default:
        act satisfies never
    }
  }

  traces(): Trace[] {
    return this.store.list().traces.map(({ id }) => this.store.trace(id as TraceId))
  }
}
let nextId = 1

/* ---- the same, plainly ---- */

const RANGE: Range = { from: START + 25 * 3_600_000, to: START + 60 * 3_600_000 }
const startOf = (trace: Trace): number => Date.parse(trace.started_at)
const inRange =
  ({ from, to }: Range) =>
  (trace: Trace) =>
    startOf(trace) >= from && startOf(trace) <= to

function matches(filter: FactFilter): (trace: Trace) => boolean {
  return (trace) =>
    (filter.model === undefined ||
      trace.model === filter.model ||
      trace.spans.some(({ model }) => model === filter.model)) &&
    (filter.environment === undefined || trace.environment === filter.environment) &&
    (filter.userId === undefined || trace.user_id === filter.userId) &&
    (filter.tag === undefined || trace.tag_map[filter.tag.key] === filter.tag.value) &&
    (filter.failed === undefined || (trace.error !== null) === filter.failed) &&
    filter.terms.every(([name, value]) => String(trace.metadata[name.slice('metadata.'.length)]) === value)
}

function quantile(values: readonly (number | null)[], q: number): number | null {
  const sorted = values.filter((value) => value !== null).sort((a, b) => a - b)
  if (sorted.length === 0) return null
  const at = (sorted.length - 1) * q
  const [low, high] = [sorted[Math.floor(at)] ?? 0, sorted[Math.ceil(at)] ?? 0]
  return low + (high - low) * (at - Math.floor(at))
}

function sum(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : known.reduce((total, value) => total + value, 0)
}

const share = <T>(all: readonly T[], test: (one: T) => boolean): number | null =>
  all.length === 0 ? null : all.filter(test).length / all.length

/** Calls of the traces, with what is left of each trace's cost as one more of its own model. */
interface Call extends Pick<Span, 'model' | 'cost' | 'error'> {
  tokens: (number | null)[]
  latency: number | null
  rest: boolean
}

function callsOf(trace: Trace): Call[] {
  const calls = trace.spans.map((span): Call => {
    const tokens = [
      span.prompt_tokens,
      span.completion_tokens,
      span.cache_read_tokens,
      span.cache_write_tokens,
      span.reasoning_tokens,
    ]
    return { model: span.model, cost: span.cost, error: span.error, tokens, latency: span.latency_ms, rest: false }
  })
  const kept = calls.filter(
    ({ model, cost, tokens }) => model !== null || cost !== null || tokens.some((n) => n !== null),
  )
  const rest = (trace.cost ?? 0) - (sum(kept.map(({ cost }) => cost)) ?? 0)
  if (Math.abs(rest) > 1e-9)
    kept.push({
      model: trace.model,
      cost: rest,
      error: null,
      tokens: [null, null, null, null, null],
      latency: null,
      rest: true,
    })
  return kept
}

const groupValue =
  (group: GroupBy) =>
  (trace: Trace): string | null =>
    group.by === 'tag' ? (trace.tag_map[group.key] ?? null) : trace[group.by]

/** Numbers that were added in another order, or interpolated, are the same to nine digits. */
const near = (value: unknown): unknown => {
  if (typeof value === 'number') return Number(value.toPrecision(9)) + 0
  if (Array.isArray(value)) return value.map(near)
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, near(one)]))
  return value
}

function plainValue(
  series: SeriesName,
  traces: readonly Trace[],
  calls: readonly Call[],
  byModel: boolean,
  world: World,
): number | null {
  const ids = new Set(traces.map((trace) => trace.id))
  const tokens = (i: number) => sum(calls.map((call) => call.tokens[i] ?? null)) ?? 0
  const latencies = traces.map(({ latency_ms }) => latency_ms)
  switch (series) {
    case 'volume':
      return traces.length
    case 'errors':
      return traces.filter(({ error }) => error !== null).length
    case 'error_rate':
      return share(traces, ({ error }) => error !== null)
    case 'latency_p50':
      return quantile(latencies, 0.5)
    case 'latency_p95':
      return quantile(latencies, 0.95)
    case 'latency_p99':
      return quantile(latencies, 0.99)
    case 'cost': {
      const known = byModel ? sum(calls.map(({ cost }) => cost)) : sum(traces.map(({ cost }) => cost))
      return known ?? (traces.length + (byModel ? calls.length : 0) > 0 ? null : 0)
    }
    case 'tokens_input':
      return tokens(0)
    case 'tokens_output':
      return tokens(1)
    case 'tokens_cache_read':
      return tokens(2)
    case 'tokens_cache_write':
      return tokens(3)
    case 'tokens_reasoning':
      return tokens(4)
    case 'feedback_good_rate':
      return share(
        world.feedback.filter(({ traceId }) => ids.has(traceId)),
        ({ label }) => label === 'good',
      )
    case 'eval_pass_rate':
      return share(
        world.evaluations.filter(({ traceId, score }) => ids.has(traceId) && score !== null),
        ({ score }) => (score ?? 0) >= 0.5,
      )
    default:
      return series satisfies never
  }
}

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

describe('every question equals the plain computation over the same traces', { timeout: 300_000 }, () => {
  it('whatever came, grew and went before, wherever the mirror stood meanwhile', async () => {
    const test = await TestMirror.open()
    try {
      await fc.assert(
        fc.asyncProperty(
          fc.array(act, { minLength: 5, maxLength: 30 }),
          filters,
          groups,
          async (acts, filter, group) => {
            const world = new World(test)
            test.store.erase(Array.from({ length: 10 }, (_, n) => uuid<TraceId>(n)))
            test.store.db.exec('DELETE FROM feedback')
            await test.mirror.startOver()
            for (const one of acts) await world.do(one)
            const traces = world.traces().filter(matches(filter))
            await checkMetrics(test, filter, traces)
            for (const chart of CHARTS) await checkTimeseries(world, filter, group, traces, chart)
            if (group) await checkBreakdown(test, filter, group, traces)
            await checkHistogram(test, filter, traces)
          },
        ),
        { numRuns: Number(process.env.RUNS ?? 30) },
      )
    } finally {
      await test.close()
    }
  })
})

async function checkMetrics(test: TestMirror, filter: FactFilter, all: readonly Trace[]): Promise<void> {
  const traces = all.filter(inRange(RANGE))
  const latencies = traces.map(({ latency_ms }) => latency_ms)
  const spans = traces.flatMap((trace) => trace.spans)
  expect(near(await test.ask('metrics', { filter, range: RANGE }))).toEqual(
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
const CHARTS: readonly (readonly SeriesName[])[] = [
  SERIES,
  ['cost'],
  ['cost', 'tokens_output'],
  ['volume', 'cost'],
  ['errors'],
]

async function checkTimeseries(
  world: World,
  filter: FactFilter,
  group: GroupBy | null,
  all: readonly Trace[],
  chart: readonly SeriesName[],
): Promise<void> {
  const edges = bucketEdges(RANGE.from, RANGE.to, '6h', 'Europe/Berlin', true)
  const count = (edges.length - 1) / 2
  const first = edges[count] ?? 0
  // As far from its edges as the range is from its own, and over where that begins.
  const previous = { from: (edges[0] ?? 0) + RANGE.from - first, to: first - 1 }
  const lines = await world.test.ask('timeseries', {
    ...{ filter, edges, range: RANGE, previous, group, top: 1 },
    series: chart.filter((series) => !(group?.by === 'model' && series.startsWith('latency'))),
  })
  const value = group ? groupValue(group) : () => null
  const top = lines[0]?.group ?? null
  const isOf = (other: boolean) => (text: string | null) =>
    !group || (text === (top?.value ?? null) && (top?.other ?? true) === false) !== other
  for (const line of lines) {
    const mine = isOf(line.group?.other ?? false)
    const plain = edges.slice(0, -1).map((edge, i) => {
      const period = i < count ? previous : RANGE
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
): Promise<void> {
  const { rows, groups } = await test.ask('breakdown', { filter, range: RANGE, group, sort: 'count', limit: 50 })
  const traces = all.filter(inRange(RANGE))
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

async function checkHistogram(test: TestMirror, filter: FactFilter, all: readonly Trace[]): Promise<void> {
  const latencies = all.filter(inRange(RANGE)).map(({ latency_ms }) => latency_ms)
  const { buckets, zero, unknown } = await test.ask('histogram', { filter, range: RANGE, of: 'latency' })
  expect(unknown).toBe(latencies.filter((value) => value === null).length)
  expect(zero).toBe(latencies.filter((value) => value !== null && value <= 0).length)
  for (const { from, to, count } of buckets)
    expect({ from, count }).toEqual({
      from,
      count: latencies.filter((value) => value !== null && value >= from && value < to).length,
    })
  expect(buckets.reduce((n, { count }) => n + count, 0) + zero + unknown).toBe(latencies.length)
}
