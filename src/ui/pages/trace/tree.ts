import type { SpanOutline } from './data.ts'
import { type Kind, kindOf } from './kinds.tsx'

/**
 * A trace as a tree. Spans are known by their place in the list of the answer, because numbers are cheap: a trace may have tens of
 * thousands. Times are milliseconds after the start of the trace.
 */
export interface Tree {
  spans: readonly SpanOutline[]
  children: readonly (readonly number[])[]
  parent: Int32Array
  depth: Int32Array
  start: Float64Array
  end: Float64Array
  kind: readonly Kind[]
  /** Failed itself, or holds a span that failed. */
  holdsError: Uint8Array
  /** All spans from top to bottom, everything unfolded. */
  order: Int32Array
  /** Place of each span in `order`. */
  rank: Int32Array
  errors: readonly number[]
  /** First start and last end. */
  from: number
  to: number
  byId: ReadonlyMap<string, number>
}

export function treeOf(spans: readonly SpanOutline[]): Tree {
  const n = spans.length
  const byId = new Map(spans.map(({ id }, i) => [id, i]))
  const parent = new Int32Array(n).fill(-1)
  const start = new Float64Array(n)
  const end = new Float64Array(n)
  const children: number[][] = Array.from({ length: n }, () => [])
  const roots: number[] = []
  spans.forEach((span, i) => {
    start[i] = span.start_ms ?? 0
    end[i] = (start[i] ?? 0) + Math.max(0, span.duration_ms ?? 0)
    const above = span.parent_span_id === null ? undefined : byId.get(span.parent_span_id)
    if (above === undefined || above === i) roots.push(i)
    else {
      parent[i] = above
      children[above]?.push(i)
    }
  })
  const { order, depth } = walk(roots, children, parent, n)
  const holdsError = new Uint8Array(n)
  for (let at = order.length - 1; at >= 0; at--) {
    const i = order[at] ?? 0
    const above = parent[i] ?? -1
    if (spans[i]?.error != null) holdsError[i] = 1
    if (holdsError[i] && above >= 0) holdsError[above] = 1
  }
  const rank = new Int32Array(n)
  order.forEach((i, place) => {
    rank[i] = place
  })
  return {
    spans,
    children,
    parent,
    depth,
    start,
    end,
    kind: spans.map(kindOf),
    holdsError,
    order,
    rank,
    errors: [...order].filter((i) => spans[i]?.error != null),
    from: n === 0 ? 0 : least(start),
    to: n === 0 ? 0 : most(end),
    byId,
  }
}

/** Depth first without recursion. Spans in a circle, which no walk from a root reaches, are put at the end as roots. */
function walk(roots: number[], children: readonly number[][], parent: Int32Array, n: number) {
  const order = new Int32Array(n)
  const depth = new Int32Array(n).fill(-1)
  let filled = 0
  const visit = (root: number) => {
    const stack = [root]
    depth[root] = 0
    for (let i = stack.pop(); i !== undefined; i = stack.pop()) {
      order[filled++] = i
      for (const child of children[i]?.toReversed() ?? []) {
        if (depth[child] !== -1) continue
        depth[child] = (depth[i] ?? 0) + 1
        stack.push(child)
      }
    }
  }
  for (const root of roots) visit(root)
  for (let i = 0; i < n && filled < n; i++) {
    if (depth[i] !== -1) continue
    parent[i] = -1
    visit(i)
  }
  return { order, depth }
}

const least = (numbers: Float64Array): number => numbers.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
const most = (numbers: Float64Array): number => numbers.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)

/** The rows from top to bottom, without what lies under a folded span. */
export function visibleRows({ order, depth }: Tree, folded: ReadonlySet<number>): Int32Array {
  if (folded.size === 0) return order
  const rows = new Int32Array(order.length)
  let filled = 0
  let hiddenBelow = Number.POSITIVE_INFINITY
  for (const i of order) {
    const level = depth[i] ?? 0
    if (level > hiddenBelow) continue
    hiddenBelow = folded.has(i) ? level : Number.POSITIVE_INFINITY
    rows[filled++] = i
  }
  return rows.subarray(0, filled)
}

/** The spans that the end of the trace waited for: from each end backward, the child that ended last before. */
export function criticalPath({ children, start, end, order, parent }: Tree): ReadonlySet<number> {
  const found = new Set<number>()
  const roots = [...order].filter((i) => parent[i] === -1)
  const last = roots.reduce<number | null>((best, i) => (best === null || at(end, i) > at(end, best) ? i : best), null)
  if (last === null) return found
  const stack: [span: number, until: number][] = [[last, at(end, last)]]
  for (let next = stack.pop(); next; next = stack.pop()) {
    const [span, until] = next
    if (found.has(span)) continue
    found.add(span)
    let time = until
    for (const child of (children[span] ?? []).toSorted((a, b) => at(end, b) - at(end, a))) {
      if (at(end, child) > time + 0.5 || at(end, child) <= at(start, child)) continue
      stack.push([child, at(end, child)])
      time = at(start, child)
    }
  }
  return found
}

const at = (numbers: Float64Array, i: number): number => numbers[i] ?? 0

/** From time to a place between 0 and 1 and back. With `foldGaps`, time in which nothing worked takes no more than a sliver. */
export interface Axis {
  place(ms: number): number
  time(place: number): number
  /** The stretches that were folded, as places. */
  gaps: readonly { from: number; to: number; ms: number }[]
}

/** The part of the axis that is looked at, as places. */
export interface View {
  from: number
  to: number
}

export const WHOLE: View = { from: 0, to: 1 }

const SLIVER = 0.015
const WORTH_FOLDING = 0.04

export function axisOf(tree: Tree, foldGaps: boolean): Axis {
  const { from, to } = tree
  const whole = Math.max(1, to - from)
  const found = foldGaps ? idleStretches(tree).filter(([a, b]) => b - a > whole * WORTH_FOLDING) : []
  const left = whole - found.reduce((sum, [a, b]) => sum + b - a, 0)
  // Where nothing worked at all there is nothing to make room for.
  const [idle, busy] = left > 0 ? [found, left] : [[], whole]
  const room = 1 - idle.length * SLIVER
  // Corner points of a line in pieces: time → place.
  const times = [from]
  const places = [0]
  const add = (time: number, width: number) => {
    times.push(time)
    places.push((places.at(-1) ?? 0) + width)
  }
  let now = from
  for (const [a, b] of idle) {
    add(a, ((a - now) / busy) * room)
    add(b, SLIVER)
    now = b
  }
  add(to > now ? to : now + 1, ((Math.max(to, now) - now) / busy) * room || 1 - (places.at(-1) ?? 0))
  return {
    place: (ms) => between(times, places, ms),
    time: (place) => between(places, times, place),
    gaps: idle.map(([a, b]) => ({ from: between(times, places, a), to: between(times, places, b), ms: b - a })),
  }
}

function between(xs: readonly number[], ys: readonly number[], x: number): number {
  let i = 1
  while (i < xs.length - 1 && x > (xs[i] ?? 0)) i++
  const [x0, x1, y0, y1] = [xs[i - 1] ?? 0, xs[i] ?? 1, ys[i - 1] ?? 0, ys[i] ?? 1]
  return x1 === x0 ? y0 : y0 + ((x - x0) / (x1 - x0)) * (y1 - y0)
}

/** When no span without children was at work. */
function idleStretches({ children, start, end, from, to }: Tree): [number, number][] {
  const leaves = [...start.keys()].filter((i) => children[i]?.length === 0).sort((a, b) => at(start, a) - at(start, b))
  const idle: [number, number][] = []
  let busyUntil = from
  for (const i of leaves) {
    if (at(start, i) > busyUntil) idle.push([busyUntil, at(start, i)])
    busyUntil = Math.max(busyUntil, at(end, i))
  }
  if (to > busyUntil) idle.push([busyUntil, to])
  return idle
}

/** Round times inside a stretch of the axis, five at most. */
export function ticks(axis: Axis, view: View, most = 5): { ms: number; place: number }[] {
  const [a, b] = [axis.time(view.from), axis.time(view.to)]
  const rough = (b - a) / most
  const power = 10 ** Math.floor(Math.log10(Math.max(rough, 0.001)))
  const step = [1, 2, 5, 10].map((m) => m * power).find((one) => one >= rough) ?? power * 10
  const found: { ms: number; place: number }[] = []
  for (let ms = Math.ceil(a / step) * step; ms <= b && found.length <= most; ms += step) {
    found.push({ ms, place: axis.place(ms) })
  }
  return found
}
