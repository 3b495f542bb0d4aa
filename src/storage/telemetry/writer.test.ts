import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { EventId, TenantId, TraceId } from '../../ids.ts'
import { pack } from './pack.ts'
import { changesAfter } from './questions/log.ts'
import { START, TestStore, uuid, wireSpan, wireTrace } from './testing.ts'

let store: TestStore
beforeEach(() => {
  store = new TestStore()
})
afterEach(() => store.close())

const ID = uuid<TraceId>(1)

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
      events: [
        { id: uuid<EventId>(1), spanId: null, level: 'info', message: 'm', at: null, metadata: '{}', otlp: null },
      ],
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

  it('takes as many appends into a commit as there is time for, one at least', () => {
    const group = [1, 2, 3].map((n) => pack({ traces: [wireTrace({ id: uuid(n) })], deadLetters: [] }).packed)
    const created = [{ outcome: 'created', createdAt: START }]
    let left = 2
    expect(store.writer.commit(group, () => --left > 0)).toEqual([created, created])
    expect(store.list().traces).toHaveLength(2)
    expect(store.writer.commit(group.slice(2), () => false)).toEqual([created])
    expect(store.list().traces).toHaveLength(3)
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
