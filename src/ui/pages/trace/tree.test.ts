import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SpanOutline } from './data.ts'
import { axisOf, criticalPath, treeOf, visibleRows } from './tree.ts'

const span = (
  id: string,
  parent: string | null,
  start: number | null,
  duration: number | null,
  error: string | null = null,
) =>
  ({
    id,
    parent_span_id: parent,
    start_ms: start,
    duration_ms: duration,
    error,
    name: id,
    type: 'tool',
    kind: null,
  }) as SpanOutline

const wild = fc.array(
  fc.record({
    parent: fc.option(fc.integer({ min: 0, max: 40 })),
    start: fc.option(fc.integer({ min: -500, max: 50_000 })),
    duration: fc.option(fc.integer({ min: 0, max: 9_000 })),
    failed: fc.boolean(),
  }),
  { maxLength: 40 },
)
const treeFrom = (spans: { parent: number | null; start: number | null; duration: number | null; failed: boolean }[]) =>
  treeOf(
    spans.map(({ parent, start, duration, failed }, i) =>
      span(`${i}`, parent === null ? null : `${parent}`, start, duration, failed ? 'x' : null),
    ),
  )

describe('a tree of spans', () => {
  it('has every span once, under its parent, whatever the parents are: circles, orphans, itself', () => {
    fc.assert(
      fc.property(wild, (spans) => {
        const tree = treeFrom(spans)
        expect([...tree.order].sort((a, b) => a - b)).toEqual(spans.map((_, i) => i))
        tree.order.forEach((i, place) => {
          expect(tree.rank[i]).toBe(place)
          const above = tree.parent[i] ?? -1
          if (above >= 0) expect(tree.depth[i]).toBe((tree.depth[above] ?? 0) + 1)
        })
      }),
    )
  })

  it('marks all that holds a failure, and lists failures from top to bottom', () => {
    const tree = treeOf([
      span('a', null, 0, 9),
      span('b', 'a', 0, 9),
      span('c', 'b', 1, 2, 'boom'),
      span('d', 'a', 5, 1),
    ])
    expect([...tree.holdsError]).toEqual([1, 1, 1, 0])
    expect(tree.errors).toEqual([2])
  })

  it('hides what lies under a folded span, and nothing else', () => {
    const tree = treeOf([span('a', null, 0, 9), span('b', 'a', 0, 9), span('c', 'b', 1, 2), span('d', 'a', 5, 1)])
    expect([...visibleRows(tree, new Set([1]))]).toEqual([0, 1, 3])
    expect([...visibleRows(tree, new Set([0]))]).toEqual([0])
  })
})

describe('the critical path', () => {
  it('is what the end waited for', () => {
    const tree = treeOf([
      span('root', null, 0, 100),
      span('early', 'root', 0, 30),
      span('beside', 'root', 0, 20),
      span('late', 'root', 40, 60),
      span('inside', 'late', 50, 50),
    ])
    expect([...criticalPath(tree)].sort()).toEqual([0, 1, 3, 4])
  })

  it('ends, whatever the tree', () => {
    fc.assert(fc.property(wild, (spans) => criticalPath(treeFrom(spans)).size <= spans.length))
  })
})

describe('the axis', () => {
  it('only goes forward, between 0 and 1, folded or not', () => {
    fc.assert(
      fc.property(wild, fc.boolean(), (spans, folded) => {
        const tree = treeFrom(spans)
        const axis = axisOf(tree, folded)
        const times = spans.flatMap((_, i) => [tree.start[i] ?? 0, tree.end[i] ?? 0]).sort((a, b) => a - b)
        let last = -1e-9
        for (const ms of times) {
          const place = axis.place(ms)
          expect(place).toBeGreaterThanOrEqual(last - 1e-9)
          expect(place).toBeLessThanOrEqual(1 + 1e-9)
          last = place
        }
      }),
    )
  })

  it('folds time in which nothing worked, and finds the way back', () => {
    const tree = treeOf([span('root', null, 0, 10_000), span('a', 'root', 0, 100), span('b', 'root', 9_900, 100)])
    const axis = axisOf(tree, true)
    expect(axis.gaps).toEqual([expect.objectContaining({ ms: 9_800 })])
    expect(axis.place(100)).toBeGreaterThan(0.45)
    expect(axis.time(axis.place(9_950))).toBeCloseTo(9_950)
  })
})
