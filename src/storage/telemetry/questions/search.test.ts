import path from 'node:path'
import type { Database } from 'better-sqlite3'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ProjectId, SpanId, TenantId, TraceId } from '../../../ids.ts'
import { openToWrite } from '../../search/file.ts'
import { TextIndexer } from '../../search/indexer.ts'
import { parseQuery } from '../../search/query.ts'
import type { Term } from '../terms.ts'
import { START, TENANT, TestStore, uuid, wireSpan, wireTrace } from '../testing.ts'
import type { WireTrace } from '../wire.ts'
import type { ListTraces, Sort } from './filter.ts'
import type { Limits } from './search.ts'
import { searchPage } from './search-page.ts'

const random = (() => {
  let seed = 7
  return (below: number) => {
    seed = (seed * 1103515245 + 12345) % 2147483648
    return Math.floor((seed / 2147483648) * below)
  }
})()

const WORDS = ['common', 'usual', 'seldom', 'rare', '東京都', 'getUserName'] as const
/** Of so many traces one has the word. */
const ONE_IN = { common: 1, usual: 2, seldom: 10, rare: 80, 東京都: 5, getUserName: 7 }

interface Plain {
  n: number
  tenant: 1 | 2
  project: number
  tier: string
  error: boolean
  startedAt: number
  cost: number | null
  words: string[]
}

/** Traces in six zones of three shards; late ones started earlier, so that zones overlap. */
const PLAIN: Plain[] = Array.from({ length: 360 }, (_, n) => ({
  n,
  tenant: random(6) === 0 ? 2 : 1,
  project: random(3),
  tier: `t${random(4)}`,
  error: random(8) === 0,
  startedAt: START + n - random(10) * random(20),
  cost: random(8) === 0 ? null : random(20) / 8,
  words: WORDS.filter((word) => random(ONE_IN[word]) === 0),
}))

const tenantOf = (plain: Plain): TenantId => (plain.tenant === 1 ? TENANT : uuid<TenantId>(900))
const projectOf = ({ tenant, project }: Pick<Plain, 'tenant' | 'project'>) => uuid<ProjectId>(100 * tenant + project)

/** Its words stand in different places; those of some traces are apart from one another by a megabyte. */
function wire(plain: Plain): WireTrace {
  const filler = plain.n % 60 === 0 ? 'filler '.repeat(100_000) : 'filler'
  const [first = '', ...others] = plain.words
  return wireTrace({
    id: uuid<TraceId>(plain.n),
    tenantId: tenantOf(plain),
    projectId: projectOf(plain),
    startedAt: plain.startedAt,
    cost: plain.cost,
    error: plain.error ? 'boom' : null,
    input: `${first} ${filler}`,
    metadata: JSON.stringify({ tier: plain.tier }),
    spans: others.map((word, i) =>
      wireSpan({
        id: uuid<SpanId>(plain.n * 10 + i),
        name: `step ${word}`,
        output: `${filler} ${filler}`,
        startedAt: START,
      }),
    ),
    whenKnown: 'duplicate',
  })
}

let store: TestStore
let index: Database
beforeAll(() => {
  store = new TestStore()
  index = openToWrite(path.join(store.dir, 'search.db'), 1024 * 1024).db
  for (let zone = 0; zone < 6; zone += 1) {
    store.write(...PLAIN.slice(zone * 60, zone * 60 + 60).map(wire))
    store.db.prepare('UPDATE log_head SET trace_key = trace_key + ?').run(zone % 2 === 0 ? 1_100 : 40_000)
    store.reopen()
  }
  catchUp()
})
afterAll(() => {
  index.close()
  store.close()
})

function catchUp(): void {
  const indexer = new TextIndexer(store.db, index)
  for (let { place, head } = indexer.step(); place < head; ) ({ place, head } = indexer.step())
}

interface Filter {
  q: string
  project: number | null
  tier: string | null
  error: boolean | null
  from: number | null
  to: number | null
}

const QUERIES: Record<string, (words: readonly string[]) => boolean> = {
  common: () => true,
  usual: (words) => words.includes('usual'),
  seldom: (words) => words.includes('seldom'),
  rare: (words) => words.includes('rare'),
  nowhere: () => false,
  'usual seldom': (words) => words.includes('usual') && words.includes('seldom'),
  'usual -seldom': (words) => words.includes('usual') && !words.includes('seldom'),
  'rare OR seldom': (words) => words.includes('rare') || words.includes('seldom'),
  京都: (words) => words.includes('東京都'),
  'user_name -東京': (words) => words.includes('getUserName') && !words.includes('東京都'),
  'sel*': (words) => words.includes('seldom'),
}

const filters = fc.record<Filter>({
  q: fc.constantFrom(...Object.keys(QUERIES)),
  project: fc.option(fc.nat(2), { freq: 3 }),
  tier: fc.option(fc.constantFrom('t0', 't1'), { freq: 3 }),
  error: fc.option(fc.boolean(), { freq: 3 }),
  from: fc.option(fc.integer({ min: START - 50, max: START + 360 }), { freq: 3 }),
  to: fc.option(fc.integer({ min: START - 50, max: START + 360 }), { freq: 3 }),
})
const sorts = fc.record<Sort>({ by: fc.constantFrom('started_at', 'cost'), descending: fc.boolean() })

function expected(filter: Filter, sort: Sort): string[] {
  const value = (p: Plain) => (sort.by === 'cost' ? (p.cost ?? -1) : p.startedAt)
  const order = sort.descending ? -1 : 1
  return PLAIN.filter(
    (p) =>
      p.tenant === 1 &&
      QUERIES[filter.q]?.(p.words) &&
      (filter.project === null || p.project === filter.project) &&
      (filter.tier === null || p.tier === filter.tier) &&
      (filter.error === null || p.error === filter.error) &&
      (filter.from === null || p.startedAt >= filter.from) &&
      (filter.to === null || p.startedAt <= filter.to),
  )
    .sort((a, b) => order * (value(a) - value(b) || a.n - b.n))
    .map(({ n }) => uuid(n))
}

function ask(filter: Filter, sort: Sort): Partial<ListTraces> {
  const terms: Term[] = []
  if (filter.tier !== null) terms.push(['metadata.tier', filter.tier])
  if (filter.error === true) terms.push(['error', 'true'])
  return {
    sort,
    terms,
    ...(filter.project === null ? {} : { projectId: projectOf({ tenant: 1, project: filter.project }) }),
    ...(filter.error === false ? { failed: false as const } : {}),
    ...(filter.from === null ? {} : { from: filter.from }),
    ...(filter.to === null ? {} : { to: filter.to }),
  }
}

function page(q: string, asked: Partial<ListTraces>, limits?: Partial<Limits>) {
  const found = searchPage(
    store.db,
    {
      tenantId: TENANT,
      terms: [],
      sort: { by: 'started_at', descending: true },
      limit: 50,
      ...asked,
      text: { query: parseQuery(q), generation: 1 },
    },
    limits,
  )
  if (!found) throw new Error('the index is broken')
  return found
}

function walk(q: string, asked: Partial<ListTraces>, limit: number, limits: Partial<Limits>): string[] {
  const ids: string[] = []
  for (let after: ListTraces['after'] | null; ; ) {
    const { traces, hasMore, last } = page(q, { ...asked, limit, ...(after ? { after } : {}) }, limits)
    ids.push(...traces.map(({ id }) => id))
    if (!hasMore) return ids
    after = last
  }
}

const many = { fewMatches: 0, few: 0 }
describe('searching', () => {
  it.each<[string, Partial<Limits>]>([
    ['sorting few matches', {}],
    ['zone by zone', many],
    ['zone by zone, a few matches a question', { ...many, mostOfRow: 3 }],
    ['giving up zones that overlap', { ...many, mostOfZones: 5 }],
    ['in the order asked for, looking up', { fewMatches: 0, few: 1_000_000 }],
    ['in the order asked for, reading shards', { fewMatches: 0, few: 1_000_000, mostLookedUp: 0 }],
    ['either', { fewMatches: 30, few: 40, mostLookedUp: 50 }],
  ])('finds exactly what a plain filter and sort find, page by page (%s)', (_, limits) => {
    fc.assert(
      fc.property(filters, sorts, fc.integer({ min: 1, max: 60 }), (filter, sort, limit) => {
        expect(walk(filter.q, ask(filter, sort), limit, limits)).toEqual(expected(filter, sort))
      }),
      { numRuns: 80 },
    )
  })

  it("finds nothing of another tenant's, whatever project is named", () => {
    expect(page('common', { projectId: projectOf({ tenant: 2, project: 0 }) }).traces).toEqual([])
    expect(page('common', { tenantId: uuid<TenantId>(404) }).traces).toEqual([])
  })
})

describe('a trace that changes', () => {
  const id = uuid<TraceId>(70_001)
  const span = (n: number, fields: object) =>
    wireSpan({ id: uuid<SpanId>(70_100 + n), startedAt: START + n, ...fields })
  const grow = (...spans: ReturnType<typeof span>[]) => {
    store.write(wireTrace({ id, spans, whenKnown: 'merge' }))
    catchUp()
  }
  const finds = (q: string) =>
    page(q, {})
      .traces.map((trace) => trace.id)
      .includes(id)

  it('is found by all that it has come to say, also when it has become large, and no more once it is erased', () => {
    grow(span(0, { input: 'alpha' }))
    expect([finds('alpha'), finds('beta'), finds('alpha -beta')]).toEqual([true, false, true])
    grow(span(1, { output: 'beta' }))
    expect([finds('alpha beta'), finds('alpha -beta'), finds('output:beta'), finds('input:beta')]).toEqual([
      true,
      false,
      true,
      false,
    ])
    grow(span(2, { input: `gamma ${'blah '.repeat(300_000)} delta` }))
    grow(span(3, { error: 'epsilon failed', name: 'zeta' }))
    expect([
      finds('alpha beta gamma delta epsilon zeta'),
      finds('"epsilon failed" name:zeta'),
      finds('alpha -epsilon'),
    ]).toEqual([true, true, false])
    expect(page('zeta -nothing', {}).traces[0]?.match).toEqual({
      field: 'name',
      span_id: uuid(70_103),
      parts: [{ text: 'zeta', hit: true }],
    })
    store.erase([id])
    catchUp()
    expect([finds('alpha'), finds('epsilon')]).toEqual([false, false])
    expect(index.prepare('SELECT count(*) FROM parts WHERE trace NOT IN (SELECT trace FROM large)').pluck().get()).toBe(
      0,
    )
  })
})

it('a shard of which all is erased goes whole', () => {
  const shards = () => Number(index.prepare('SELECT count(*) FROM shards').pluck().get())
  const before = shards()
  const gone = PLAIN.slice(240)
  for (const plain of gone) store.erase([uuid(plain.n)], undefined, { tenantId: tenantOf(plain) })
  catchUp()
  expect(shards()).toBe(before - 1)
  expect(walk('common', {}, 50, many)).toEqual(
    PLAIN.filter((p) => p.tenant === 1 && !gone.includes(p))
      .sort((a, b) => b.startedAt - a.startedAt || b.n - a.n)
      .map(({ n }) => uuid(n)),
  )
})
