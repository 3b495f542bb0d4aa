import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { collectGarbage, TestStore, uuid, wireSpan, wireTrace } from './testing.ts'
import type { WireTrace } from './wire.ts'

const TRACES = 100
const LENGTH = 200_000

/** Megabytes that are still held after so many traces, each of which is like no other. */
function heldAfter(store: TestStore, trace: (i: number) => Partial<WireTrace>): number {
  // The first makes what is made once.
  store.write(wireTrace({ id: uuid(1), ...trace(0) }))
  collectGarbage()
  const before = process.memoryUsage()
  for (let i = 1; i <= TRACES; i++) store.write(wireTrace({ id: uuid(i + 1), ...trace(i) }))
  collectGarbage()
  const after = process.memoryUsage()
  return (after.heapUsed + after.external - before.heapUsed - before.external) / 1_000_000
}

let store: TestStore
beforeEach(() => {
  store = new TestStore()
})
afterEach(() => store.close())

describe('what a sender makes up does not stay in memory', () => {
  const long = (i: number) => `${i}`.padEnd(LENGTH, 'x')

  it('when it is the resource of a span', () => {
    const otlpContext = (i: number) => JSON.stringify({ scope: null, resource: { made: long(i) } })
    const held = heldAfter(store, (i) => ({ spans: [wireSpan({ id: uuid(i + 1), otlpContext: otlpContext(i) })] }))
    expect(store.db.prepare('SELECT count(*) FROM otlp_contexts').pluck().get()).toBe(TRACES + 1)
    expect(held).toBeLessThan(5)
  })

  it('when it is a name in metadata', () => {
    const held = heldAfter(store, (i) => ({ metadata: JSON.stringify({ [long(i)]: 1 }) }))
    expect(store.db.prepare('SELECT count(*) FROM terms').pluck().get()).toBe(TRACES + 1)
    expect(held).toBeLessThan(5)
  })
})
