import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ProjectId, SpanId, TenantId, TraceId } from '../../../ids.ts'
import type { Term } from '../terms.ts'
import { START, TENANT, TestStore, uuid, wireSpan, wireTrace } from '../testing.ts'
import type { WireTrace } from '../wire.ts'
import type { ListTraces, Sort } from './filter.ts'

/** What a filter may look at, in plain values, so that the expected answer is a plain `filter` and `sort`. */
interface Plain {
  n: number
  project: 1 | 2
  model: string
  tier: string
  error: boolean
  startedAt: number
  latencyMs: number | null
  cost: number | null
  tokens: number | null
}

const random = (() => {
  let seed = 42
  return (below: number) => {
    seed = (seed * 1103515245 + 12345) % 2147483648
    return Math.floor((seed / 2147483648) * below)
  }
})()

const PLAIN: Plain[] = Array.from({ length: 400 }, (_, n) => ({
  n,
  project: random(4) === 0 ? 2 : 1,
  model: ['common', 'common', 'common', 'scarce'][random(4)] ?? 'common',
  tier: `t${random(5)}`,
  error: random(10) === 0,
  // Many start in the same millisecond, so that order and paging depend on the tie-break.
  startedAt: START + random(60),
  latencyMs: random(8) === 0 ? null : random(50),
  cost: random(8) === 0 ? null : random(20) / 8,
  tokens: random(8) === 0 ? null : random(1000),
}))

const wire = (plain: Plain): WireTrace =>
  wireTrace({
    id: uuid<TraceId>(plain.n),
    projectId: uuid<ProjectId>(plain.project),
    startedAt: plain.startedAt,
    latencyMs: plain.latencyMs,
    cost: plain.cost,
    error: plain.error ? 'boom' : null,
    metadata: JSON.stringify({ tier: plain.tier }),
    spans: [wireSpan({ id: uuid<SpanId>(plain.n), model: plain.model, promptTokens: plain.tokens })],
    whenKnown: 'duplicate',
  })

let store: TestStore
beforeAll(() => {
  store = new TestStore()
  store.write(...PLAIN.map(wire), wireTrace({ id: uuid(9999), tenantId: uuid<TenantId>(5), projectId: uuid(6) }))
})
afterAll(() => store.close())

interface Filter {
  project: 1 | 2 | null
  model: string | null
  tier: string | null
  error: boolean | null
  from: number | null
  to: number | null
  latency: { min?: number; max?: number } | null
  tokens: { min?: number; max?: number } | null
  cost: { min?: number; max?: number } | null
}

const range = (most: number) =>
  fc.option(fc.record({ min: fc.nat(most), max: fc.nat(most) }, { requiredKeys: [] }), { nil: null })

const filters = fc.record<Filter>({
  project: fc.constantFrom(null, null, 1, 2),
  model: fc.constantFrom(null, null, 'common', 'scarce', 'unheard-of'),
  tier: fc.constantFrom(null, null, 't0', 't1'),
  error: fc.constantFrom(null, null, true, false),
  from: fc.option(fc.integer({ min: START - 5, max: START + 65 }), { nil: null }),
  to: fc.option(fc.integer({ min: START - 5, max: START + 65 }), { nil: null }),
  latency: range(50),
  tokens: range(1000),
  cost: range(3),
})

const sorts = fc.record<Sort>({
  by: fc.constantFrom('started_at', 'latency_ms', 'cost', 'total_token_count'),
  descending: fc.boolean(),
})

const within = (value: number | null, range: { min?: number; max?: number } | null) =>
  range === null || (value !== null && value >= (range.min ?? 0) && value <= (range.max ?? Infinity))

function expected(filter: Filter, sort: Sort): string[] {
  const value = (p: Plain) =>
    ({ started_at: p.startedAt, latency_ms: p.latencyMs, cost: p.cost, total_token_count: p.tokens })[sort.by] ?? -1
  const order = sort.descending ? -1 : 1
  return PLAIN.filter(
    (p) =>
      (filter.project === null || p.project === filter.project) &&
      (filter.model === null || p.model === filter.model) &&
      (filter.tier === null || p.tier === filter.tier) &&
      (filter.error === null || p.error === filter.error) &&
      (filter.from === null || p.startedAt >= filter.from) &&
      (filter.to === null || p.startedAt <= filter.to) &&
      within(p.latencyMs, filter.latency) &&
      within(p.tokens, filter.tokens) &&
      within(p.cost, filter.cost),
  )
    .sort((a, b) => order * (value(a) - value(b) || a.n - b.n))
    .map(({ n }) => uuid(n))
}

function ask(filter: Filter, sort: Sort): Partial<ListTraces> {
  const terms: Term[] = []
  if (filter.model !== null) terms.push(['model', filter.model])
  if (filter.tier !== null) terms.push(['metadata.tier', filter.tier])
  if (filter.error === true) terms.push(['error', 'true'])
  return {
    sort,
    terms,
    ...(filter.project === null ? {} : { projectId: uuid<ProjectId>(filter.project) }),
    ...(filter.error === false ? { failed: false as const } : {}),
    ...(filter.from === null ? {} : { from: filter.from }),
    ...(filter.to === null ? {} : { to: filter.to }),
    ...(filter.latency ? { latencyMs: filter.latency } : {}),
    ...(filter.cost ? { cost: filter.cost } : {}),
    ...(filter.tokens ? { totalTokens: filter.tokens } : {}),
  }
}

function walk(asked: Partial<ListTraces>, limit: number, few: number): string[] {
  const ids: string[] = []
  for (let after: ListTraces['after'] | null; ; ) {
    const page = store.list({ ...asked, limit, ...(after ? { after } : {}) }, few)
    ids.push(...page.traces.map(({ id }) => id))
    if (!page.hasMore) return ids
    after = page.last
  }
}

describe('listing', () => {
  it.each([
    ['walking an index', 1],
    ['sorting the few', 1_000_000],
    ['either', 40],
  ])('finds exactly what a plain filter and sort find, page by page (%s)', (_, few) => {
    fc.assert(
      fc.property(filters, sorts, fc.integer({ min: 1, max: 60 }), (filter, sort, limit) => {
        expect(walk(ask(filter, sort), limit, few)).toEqual(expected(filter, sort))
      }),
      { numRuns: 150 },
    )
  })

  it('does not repeat or skip while traces arrive', () => {
    const first = store.list({ limit: 10 })
    store.write(...[1, 2, 3].map((n) => wireTrace({ id: uuid(10_000 + n), startedAt: START + 1000 + n })))
    const rest = walk({ after: first.last ?? [0, 0] }, 50, 2_000)
    const all = expected(
      {
        project: null,
        model: null,
        tier: null,
        error: null,
        from: null,
        to: null,
        latency: null,
        tokens: null,
        cost: null,
      },
      { by: 'started_at', descending: true },
    )
    expect([...first.traces.map(({ id }) => id), ...rest]).toEqual(all)
  })

  it.each([
    ["another tenant's project", { projectId: uuid<ProjectId>(6) }],
    ['an unknown tenant', { tenantId: uuid<TenantId>(404) }],
  ])('finds nothing for %s', (_, asked) => {
    expect(store.list({ tenantId: TENANT, ...asked }).traces).toEqual([])
  })
})
