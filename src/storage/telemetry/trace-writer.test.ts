import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SpanId, TraceId } from '../../ids.ts'
import { START, TestStore, uuid, wireSpan, wireTrace } from './testing.ts'
import { deliveriesBelow } from './testing-spans.ts'
import type { WireSpan, WireTrace } from './wire.ts'

let store: TestStore
beforeEach(() => {
  store = new TestStore()
})
afterEach(() => store.close())

const ID = uuid<TraceId>(1)

const deliveries = deliveriesBelow(fc.option(fc.nat(12), { nil: null }))

const parentOf = ({ parentId }: WireSpan, all: readonly WireSpan[]) => all.find(({ id }) => id === parentId)

/** Those above a span, itself too where it is one of them. */
function above(span: WireSpan, all: readonly WireSpan[]): Set<WireSpan> {
  const found = new Set<WireSpan>()
  for (let up = parentOf(span, all); up !== undefined && !found.has(up); up = parentOf(up, all)) found.add(up)
  return found
}

/** What all spans report together, by the rule in words: each counts unless a span below it reports the same, and none is below itself. */
function counted(all: readonly WireSpan[], name: 'promptTokens' | 'completionTokens' | 'cost'): number | null {
  const isRound = (span: WireSpan) => above(span, all).has(span)
  const isAbove = (span: WireSpan, other: WireSpan): boolean => {
    const up = isRound(other) ? undefined : parentOf(other, all)
    return up !== undefined && (up === span || isAbove(span, up))
  }
  const reporting = all.filter((span) => span[name] !== null)
  const counting = reporting.filter((span) => !reporting.some((other) => isAbove(span, other)))
  return counting.length === 0 ? null : counting.reduce((sum, span) => sum + (span[name] ?? 0), 0)
}

const strip = (trace: Record<string, unknown> & { spans: Record<string, unknown>[] }) => ({
  ...trace,
  id: '',
  cost: typeof trace.cost === 'number' ? trace.cost.toFixed(9) : trace.cost,
  spans: trace.spans.map((span) => ({ ...span, trace_id: '' })),
})

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
        expect(strip(store.trace(grown))).toEqual(strip(store.trace(once)))
      }),
      { numRuns: 60 },
    )
  })

  it('counts what its spans report, each call once, also where parents go round in a circle', () => {
    let circles = 0
    fc.assert(
      fc.property(fc.oneof(deliveries, deliveriesBelow(fc.nat(4))), ({ all, requests }) => {
        if (all.some((span) => above(span, all).has(span))) circles += 1
        store.close()
        store = new TestStore()
        const [once, grown, native] = [uuid<TraceId>(1), uuid<TraceId>(2), uuid<TraceId>(3)]
        store.write(wireTrace({ id: once, spans: all }), wireTrace({ id: native, spans: all, whenKnown: 'duplicate' }))
        for (const part of requests) store.write(wireTrace({ id: grown, spans: part }))
        const [prompt, completion] = [counted(all, 'promptTokens'), counted(all, 'completionTokens')]
        const tokens = prompt === null && completion === null ? null : (prompt ?? 0) + (completion ?? 0)
        const cost = counted(all, 'cost')
        for (const id of [once, grown, native]) {
          const trace = store.trace(id)
          expect(trace.total_token_count).toBe(tokens)
          if (cost === null) expect(trace.cost).toBeNull()
          else expect(trace.cost).toBeCloseTo(cost, 9)
        }
      }),
      { numRuns: 150 },
    )
    expect(circles).toBeGreaterThan(20)
  })

  it('is the same also where others stood for some of its spans before they came', () => {
    const standIns = fc.array(fc.tuple(fc.nat(11), fc.nat(11)), { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(deliveries, standIns, ({ all, requests }, chosen) => {
        fc.pre(all.every((span) => span.startedAt !== null) || all.length === 1)
        store.close()
        store = new TestStore()
        const [once, grown] = [uuid<TraceId>(1), uuid<TraceId>(2)]
        store.write(wireTrace({ id: once, spans: all }))
        const writes = requests.map((spans) => wireTrace({ id: grown, spans }))
        for (const [which, at] of chosen) {
          const id = all[which % all.length]?.id ?? uuid<SpanId>(0)
          const fields = { name: 'stand-in', model: 'stand-in', cost: 9, promptTokens: 900, error: 'stood in' }
          const span = wireSpan({ id, ...fields, startedAt: START + 1, endedAt: START + 2 })
          writes.splice(at % (writes.length + 1), 0, wireTrace({ id: grown, spans: [span], standIns: [id] }))
        }
        for (const one of writes) store.write(one)
        expect(strip(store.trace(grown))).toEqual(strip(store.trace(once)))
        expect(store.list({ terms: [['model', 'stand-in']] }).traces).toEqual([])
        expect(store.list({ terms: [['name', 'stand-in']] }).traces).toEqual([])
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

describe('what spans repeat', () => {
  const call = (id: number, parent: number | null, fields: Partial<WireSpan> = {}) =>
    wireSpan({
      ...{ id: uuid<SpanId>(id), parentId: parent === null ? null : uuid<SpanId>(parent), startedAt: START + id },
      ...{ type: 'llm', model: 'small', promptTokens: 100, completionTokens: 10, cost: 0.25 },
      ...fields,
    })
  const agent = (id: number, parent: number | null, fields: Partial<WireSpan> = {}) =>
    call(id, parent, {
      ...{ type: 'other', kind: 'agent', model: 'asked', promptTokens: 200, completionTokens: 20 },
      cost: 0.5,
      ...fields,
    })
  const silent = (id: number, parent: number | null) =>
    wireSpan({ id: uuid(id), parentId: parent === null ? null : uuid(parent), startedAt: START + id })
  const sums = () => {
    const { cost, total_token_count, model } = store.trace(ID)
    return { cost, total_token_count, model }
  }

  it('an agent that repeats its calls is not counted, nor taken for the dearest', () => {
    store.write(wireTrace({ whenKnown: 'duplicate', spans: [agent(1, null), call(2, 1), call(3, 1)] }))
    expect(sums()).toEqual({ cost: 0.5, total_token_count: 220, model: 'small' })
  })

  it('a call that two instrumentations report counts once, however deep and whatever is between', () => {
    store.write(wireTrace({ spans: [agent(1, null), call(2, 1), silent(3, 2), call(4, 3), call(5, 1)] }))
    expect(sums()).toEqual({ cost: 0.5, total_token_count: 220, model: 'small' })
  })

  it('what only the agent knows counts', () => {
    store.write(wireTrace({ spans: [agent(1, null), call(2, 1, { cost: null })] }))
    expect(sums()).toMatchObject({ cost: 0.5, total_token_count: 110 })
    expect(store.trace(ID).spans[0]).toMatchObject({ prompt_tokens: 200, cost: 0.5 })
  })

  it.each([
    ['from the leaf up', [4, 3, 2, 1]],
    ['from the root down', [1, 2, 3, 4]],
    ['the middle last', [1, 4, 2, 3]],
    ['the middle first', [2, 4, 3, 1]],
  ])('in whatever order they come: %s', (_, order) => {
    const all = [agent(1, null), agent(2, 1), silent(3, 2), call(4, 3)]
    for (const id of order) store.write(wireTrace({ spans: all.filter((span) => span.id === uuid(id)) }))
    expect(sums()).toMatchObject({ cost: 0.25, total_token_count: 110 })
  })

  it.each([
    ['two', () => [call(1, 2), call(2, 1)]],
    ['three, of which one is silent', () => [call(1, 2), silent(2, 3), call(3, 1)]],
    ['two, below one of which is a call', () => [call(1, 2), call(2, 1), call(3, 1)]],
  ])('spans whose parents go round in a circle count, each for itself: %s', (_, make) => {
    const all = make()
    store.write(wireTrace({ id: uuid(2), spans: all }))
    for (const span of all) store.write(wireTrace({ spans: [span] }))
    expect(sums()).toMatchObject({ total_token_count: 220, cost: 0.5 })
    expect(store.trace(uuid(2))).toMatchObject({ total_token_count: 220, cost: 0.5 })
  })

  it('leaves a cost that the client gave', () => {
    store.write(wireTrace({ cost: 7, spans: [agent(1, null), call(2, 1)] }))
    expect(sums()).toMatchObject({ cost: 7, total_token_count: 110 })
  })
})
