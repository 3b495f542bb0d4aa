import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SpanId, TraceId } from '../../../ids.ts'
import { START, TENANT, TestStore, uuid, wireSpan, wireTrace } from '../testing.ts'
import { moreSpans, traceDetail } from './detail.ts'

let store: TestStore
beforeEach(() => {
  store = new TestStore()
})
afterEach(() => store.close())

const ID = uuid<TraceId>(1)
const KB = 1024

describe('a trace with long texts', () => {
  /** Bytes of its pieces, but for the opening and the closing. */
  const pieces = () =>
    traceDetail(store.db, { tenantId: TENANT, id: ID })?.more.map((ask) => moreSpans(store.db, ask).length)

  const write = (text: string) =>
    store.write(
      wireTrace({
        spans: Array.from({ length: 40 }, (_, i) =>
          wireSpan({
            id: uuid<SpanId>(i),
            startedAt: START + i,
            input: i % 2 === 0 ? text : null,
            output: i % 2 === 0 ? null : text,
          }),
        ),
      }),
    )

  it.each([
    ['of one byte a character', 'x'.repeat(60 * KB)],
    ['of three bytes a character', '語'.repeat(20 * KB)],
  ])('comes in pieces of half a megabyte, %s', (_, text) => {
    write(text)
    const sizes = pieces() ?? []
    expect(sizes.length).toBe(4)
    expect(Math.max(...sizes)).toBeLessThan(576 * KB)
    expect(store.trace(ID).spans.map((span: { id: string }) => span.id)).toEqual(
      Array.from({ length: 40 }, (_, i) => uuid<SpanId>(i)),
    )
  })

  it('comes in the same pieces where its spans were never weighed', () => {
    write('x'.repeat(60 * KB))
    const weighed = pieces()
    store.db.exec('UPDATE spans SET payload_bytes = NULL')
    expect(pieces()).toEqual(weighed)
  })
})

describe('the spans of a trace', () => {
  /** Spans that come in requests, each with the times of its spans; the next trace comes between two of them. */
  const send = (...requests: (number | null)[][]) => {
    let count = 0
    for (const starts of requests) {
      const spans = starts.map((start) => {
        count += 1
        return wireSpan({ id: uuid<SpanId>(count), startedAt: start === null ? null : START + start, input: 'text' })
      })
      const between = wireSpan({ id: uuid<SpanId>(1_000 + count), startedAt: spans.at(-1)?.startedAt ?? null })
      store.write(wireTrace({ spans }), wireTrace({ id: uuid<TraceId>(1_000 + count), spans: [between] }))
    }
  }

  it.each<[string, (number | null)[][], number[]]>([
    ['that came in their order', [[10, 20, 30, null]], [1, 2, 3, 4]],
    ['that came in another', [[20, 30, 10]], [3, 1, 2]],
    ['of which the first has no time', [[null, 10, 20]], [2, 3, 1]],
    ['that began at once', [[20, 10, 20, 10]], [2, 4, 1, 3]],
    ['from before 1970', [[-START - 5, -START - 9, 0]], [2, 1, 3]],
    ['that came in parts, with others between them', [[10, 20], [30], [15]], [1, 4, 2, 3]],
    ['that came in parts, in their order', [[10, 20], [30]], [1, 2, 3]],
    ['of which there is one', [[10]], [1]],
    ['of which there is none', [[]], []],
  ])('%s stand in the order of their start', (_, requests, expected) => {
    send(...requests)
    const read = store.trace(ID).spans as { id: string; input: string }[]
    expect(read.map(({ id }) => id)).toEqual(expected.map((n) => uuid<SpanId>(n)))
    expect(new Set(read.map(({ input }) => input))).toEqual(new Set(expected.length > 0 ? ['text'] : []))
  })
})
