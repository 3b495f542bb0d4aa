import fc from 'fast-check'
import type { SpanId } from '../../ids.ts'
import { START, uuid, wireSpan } from './testing.ts'
import type { WireSpan } from './wire.ts'

/** Spans of one trace: a tree over numbered spans, with every value that a trace derives something from. */
const spansBelow = (parent: fc.Arbitrary<number | null>) =>
  fc
    .array(
      fc.record({
        parent,
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
          completionTokens: row.tokens === null || row.tokens % 3 === 0 ? null : row.tokens + 1,
          error: row.error,
          input: row.input?.toWellFormed() ?? null,
        })
      }),
    )

/** The same spans in another order, cut into requests, some of which come twice. */
export const deliveriesBelow = (parent: fc.Arbitrary<number | null>) =>
  spansBelow(parent).chain((all) =>
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
