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
