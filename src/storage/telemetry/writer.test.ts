import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { EventId, SpanId, TenantId, TraceId } from '../../ids.ts'
import { changesAfter } from './questions/log.ts'
import { START, TestStore, uuid, wireSpan, wireTrace } from './testing.ts'
import type { WireSpan, WireTrace } from './wire.ts'

let store: TestStore
beforeEach(() => {
  store = new TestStore()
})
afterEach(() => store.close())

const ID = uuid<TraceId>(1)

/** Spans of one trace: a tree over numbered spans, with every value that a trace derives something from. */
const spans = fc
  .array(
    fc.record({
      parent: fc.option(fc.nat(12), { nil: null }),
      start: fc.option(fc.integer({ min: 0, max: 1000 }), { nil: null }),
      length: fc.option(fc.integer({ min: -5, max: 500 }), { nil: null }),
      model: fc.constantFrom(null, 'a', 'b', 'c'),
      cost: fc.option(
        fc.integer({ min: 0, max: 64 }).map((n) => n / 64),
        { nil: null },
      ),
      tokens: fc.option(fc.nat(100), { nil: null }),
      error: fc.constantFrom(null, null, 'timeout', 'boom'),
      input: fc.option(fc.string(), { nil: null }),
    }),
    { minLength: 1, maxLength: 12 },
  )
  .map((rows) =>
    rows.map((row, i): WireSpan => {
      const startedAt = row.start === null ? null : START + row.start * 16 + i
      return wireSpan({
        id: uuid<SpanId>(i),
        parentId: row.parent === null || row.parent === i ? null : uuid<SpanId>(row.parent),
        name: `span ${i}`,
        startedAt,
        endedAt: startedAt === null || row.length === null ? null : startedAt + row.length,
        model: row.model,
        cost: row.cost === null ? null : row.cost + i / 4096,
        promptTokens: row.tokens,
        error: row.error,
        input: row.input?.toWellFormed() ?? null,
      })
    }),
  )

/** The same spans in another order, cut into requests, some of which come twice. */
const deliveries = spans.chain((all) =>
  fc.record({
    all: fc.constant(all),
    requests: fc
      .tuple(
        fc.shuffledSubarray(all, { minLength: all.length }),
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 12, maxLength: 12 }),
        fc.array(fc.nat(11), { maxLength: 3 }),
      )
      .map(([order, sizes, again]) => {
        const requests: WireSpan[][] = []
        for (const size of sizes) {
          const at = requests.flat().length
          if (at < order.length) requests.push(order.slice(at, at + size))
        }
        return [...requests, ...again.flatMap((i) => (requests[i] ? [requests[i]] : []))]
      }),
  }),
)

describe('a trace that grows from spans', () => {
  it('is the same in whatever order, over however many requests its spans come', () => {
    fc.assert(
      fc.property(deliveries, ({ all, requests }) => {
        const timed = all.filter((span) => span.startedAt !== null)
        // Without any times the order of arrival is all there is; that is not what this is about.
        fc.pre(timed.length === all.length || all.length === 1)
        store.close()
        store = new TestStore()
        const [once, grown] = [uuid<TraceId>(1), uuid<TraceId>(2)]
        store.write(wireTrace({ id: once, spans: all }))
        for (const part of requests) store.write(wireTrace({ id: grown, spans: part }))
        const strip = (trace: Record<string, unknown> & { spans: Record<string, unknown>[] }) => ({
          ...trace,
          id: '',
          cost: typeof trace.cost === 'number' ? trace.cost.toFixed(9) : trace.cost,
          spans: trace.spans.map((span) => ({ ...span, trace_id: '' })),
        })
        expect(strip(store.trace(grown))).toEqual(strip(store.trace(once)))
      }),
      { numRuns: 60 },
    )
  })

  it('is found by each of its models, also after its start has moved', () => {
    store.write(wireTrace({ spans: [wireSpan({ id: uuid(2), startedAt: START + 100, model: 'late' })] }))
    store.write(wireTrace({ spans: [wireSpan({ id: uuid(1), startedAt: START, model: 'early' })] }))
    for (const model of ['late', 'early']) expect(store.list({ terms: [['model', model]] }).traces).toHaveLength(1)
    expect(store.list({ from: START, to: START }).traces).toHaveLength(1)
  })

  it('drops the terms that no longer hold', () => {
    store.write(
      wireTrace({
        spans: [wireSpan({ id: uuid(2), parentId: uuid(1), name: 'child', startedAt: START, error: 'boom' })],
      }),
    )
    expect(store.list({ terms: [['error', 'true']] }).traces).toHaveLength(1)
    store.write(
      wireTrace({ spans: [wireSpan({ id: uuid(3), parentId: uuid(1), name: 'retry', startedAt: START + 5 })] }),
    )
    store.write(wireTrace({ spans: [wireSpan({ id: uuid(1), name: 'root', startedAt: START - 5 })] }))
    expect(store.list({ terms: [['error', 'true']] }).traces).toEqual([])
    expect(store.list({ terms: [['name', 'child']] }).traces).toEqual([])
    expect(store.list({ terms: [['name', 'root']] }).traces).toHaveLength(1)
  })

  it('fills gaps from later requests, and the first word stands', () => {
    store.write(wireTrace({ sessionId: 's1', tags: ['a'], tagMap: { k: '1' }, metadata: '{"x":1}' }))
    store.write(
      wireTrace({
        sessionId: 's2',
        userId: 'u',
        tags: ['a', 'b'],
        tagMap: { k: '2', l: '3' },
        metadata: '{"x":2,"y":3}',
      }),
    )
    expect(store.trace(ID)).toMatchObject({
      session_id: 's1',
      user_id: 'u',
      tags: ['a', 'b'],
      tag_map: { k: '1', l: '3' },
      metadata: { x: 1, y: 3 },
    })
    expect(store.list({ terms: [['metadata.y', '3']] }).traces).toHaveLength(1)
  })
})

describe('what is derived', () => {
  const derived: [what: string, trace: Partial<WireTrace>, expected: object][] = [
    [
      'times and latency from spans',
      { spans: [wireSpan({ startedAt: START, endedAt: START + 40 })] },
      { latency_ms: 40, ended_at: '2026-03-01T12:00:00.040Z' },
    ],
    ['no latency when the clock ran backwards', { startedAt: START, endedAt: START - 1 }, { latency_ms: null }],
    ['the time of arrival as start when nobody says', {}, { started_at: '2026-03-01T12:00:00.000Z', ended_at: null }],
    [
      'the model of the most expensive call',
      {
        spans: [wireSpan({ id: uuid(1), model: 'cheap', cost: 1 }), wireSpan({ id: uuid(2), model: 'dear', cost: 2 })],
      },
      { model: 'dear', cost: 3 },
    ],
    [
      'a model call before another span with the same cost',
      {
        spans: [
          wireSpan({ id: uuid(1), type: 'other', model: 'embedder' }),
          wireSpan({ id: uuid(2), type: 'llm', model: 'chat' }),
        ],
      },
      { model: 'chat', cost: null },
    ],
    [
      'input and output of the root',
      { spans: [wireSpan({ id: uuid(2), parentId: uuid(1), input: 'no' }), wireSpan({ input: 'in', output: 'out' })] },
      { input: 'in', output: 'out' },
    ],
    [
      'tokens, null counting as nothing',
      { spans: [wireSpan({ promptTokens: 3 }), wireSpan({ id: uuid(2), completionTokens: 4 })] },
      { total_token_count: 7 },
    ],
    [
      'nothing over what the client said',
      { cost: 5, model: 'own', name: 'mine', spans: [wireSpan({ cost: 1, model: 'x' })] },
      { cost: 5, model: 'own', name: 'mine' },
    ],
    [
      'an error of the root',
      { spans: [wireSpan({ error: 'boom' }), wireSpan({ id: uuid(2), parentId: uuid(1), startedAt: START })] },
      { error: 'boom' },
    ],
  ]
  it.each(derived)('%s', (_, trace, expected) => {
    store.write(wireTrace(trace))
    expect(store.trace(ID)).toMatchObject(expected)
  })

  it('leaves the error of a native trace to the client', () => {
    store.write(wireTrace({ whenKnown: 'duplicate', spans: [wireSpan({ error: 'recovered' })] }))
    expect(store.trace(ID)).toMatchObject({ error: null })
  })
})

describe('the log', () => {
  it('gives every change the next place, a repeat none', () => {
    store.write(wireTrace({ id: uuid(1) }), wireTrace({ id: uuid(2) }))
    const before = store.writer.head
    store.write(wireTrace({ id: uuid(1) }))
    expect(store.writer.head).toBe(before)
    store.write(wireTrace({ id: uuid(1), spans: [wireSpan()] }))
    const log = changesAfter(store.db, { after: 0, limit: 10 })
    expect(log.map((change) => [change.traceId, change.seq, change.kind === 'stored' && change.createdSeq])).toEqual([
      [uuid(2), 2, 2],
      [uuid(1), 3, 1],
    ])
  })

  it('takes a repeated trace for a duplicate and a repeated span for the same', () => {
    const native = wireTrace({
      whenKnown: 'duplicate',
      spans: [wireSpan()],
      events: [{ id: uuid<EventId>(1), spanId: null, level: 'info', message: 'm', at: null, metadata: '{}' }],
    })
    expect(store.write(native, native).map(({ outcome }) => outcome)).toEqual(['created', 'duplicate'])
    expect(store.write({ ...native, whenKnown: 'merge' }).map(({ outcome }) => outcome)).toEqual(['merged'])
    expect(store.trace(ID)).toMatchObject({ span_count: 1, events: [{ message: 'm' }] })
  })

  it('keeps tenants apart that use the same id', () => {
    const other = uuid<TenantId>(77)
    store.write(wireTrace({ name: 'mine' }))
    store.write(wireTrace({ name: 'theirs', tenantId: other, projectId: uuid(78) }))
    expect(store.trace(ID).name).toBe('mine')
    expect(store.trace(ID, other).name).toBe('theirs')
    expect(store.list().traces).toHaveLength(1)
  })

  it('goes on where the last commit was after one that failed', () => {
    store.write(wireTrace({ id: uuid(1) }))
    store.db.exec(
      "CREATE TRIGGER broken BEFORE INSERT ON traces WHEN new.name = 'poison' BEGIN SELECT raise(ABORT, 'no'); END",
    )
    expect(() =>
      store.write(wireTrace({ id: uuid(2), tags: ['new'] }), wireTrace({ id: uuid(3), name: 'poison' })),
    ).toThrow('no')
    expect(store.write(wireTrace({ id: uuid(2), tags: ['new'] }))).toEqual([{ outcome: 'created', createdAt: START }])
    expect(store.list({ terms: [['tag', 'new']] }).traces.map(({ id }) => id)).toEqual([uuid(2)])
    expect(store.writer.head).toBe(2)
  })
})
