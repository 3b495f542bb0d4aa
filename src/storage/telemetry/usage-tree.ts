import type { Database } from 'better-sqlite3'
import type { PackedSpan } from './pack.ts'

/** Tokens and dollars as a span reports them. */
export type Reported = Pick<PackedSpan, 'promptTokens' | 'completionTokens' | 'cost'>

/** Bits of what a span reports, or of what the spans below it report. */
export const REPORTS = { promptTokens: 1, completionTokens: 2, cost: 4 } as const

export const REPORTED = ['promptTokens', 'completionTokens', 'cost'] as const

interface Node extends Reported {
  key: number
  parentId: string | null
  reports: number
  /** What spans below this one report: it is not counted here. */
  below: number
  /** `below` as it is stored; null for a span of this request, which counts for nothing yet. */
  stored: number | null
}

/** A span's part in the trace's sums. */
export interface Part {
  span: Reported
  /** Bits of what counts from now on, and of what no longer does. */
  add: number
  subtract: number
}

interface Stored extends Reported {
  key: number
  parentId: string | null
  below: number
}

/**
 * Counts each model call once. Agents and chains repeat what the calls inside them used, and two instrumentations of one call nest, so
 * what a span reports counts only if no span below it reports the same. Spans come in any order: one whose children came first is
 * awaited, with what they report, and a stored one stops counting when a child comes. Nothing is read for a trace that comes whole.
 *
 * Parents that go round in a circle say nothing of who contains whom: what they tell each other does not count, so that each span's report
 * counts, or the same report of a span below it. A circle is found when it takes a report from the sums, and then all is worked out anew.
 */
export class UsageTree {
  readonly #sql: ReturnType<typeof statements>

  constructor(db: Database) {
    this.#sql = statements(db)
  }

  /**
   * What the new spans of a trace, stored under the keys from `firstKey` on, change in its sums: of each, what counts, and what no
   * longer does. `known`: the trace was there before; `grows`: more spans of it may come. Null: parents go round in a circle, and
   * the trace is to be counted anew.
   */
  add(
    trace: number,
    spans: readonly PackedSpan[],
    firstKey: number,
    { known, grows }: { known: boolean; grows: boolean },
  ): readonly Part[] | null {
    if (!known && !grows && spans.filter((span) => reportsOf(span) !== 0).length < 2) {
      return spans.map((span) => ({ span, add: reportsOf(span), subtract: 0 }))
    }
    const nodes = new Map<string, Node>()
    for (const [i, span] of spans.entries()) nodes.set(span.id, nodeOf(span, firstKey + i))
    const awaited = new Map<string, number>()
    if (known) this.#takeAwaited(trace, nodes)
    const before = nodes.size
    for (const { id } of spans) this.#climb(trace, id, nodes, awaited, known)
    if (this.#goesRound(trace, nodes, known)) return null
    if (grows) for (const [id, below] of awaited) if (!nodes.has(id)) this.#sql.await.run(trace, id, below)
    // Ancestors that were stored before are behind the new spans.
    let at = 0
    const parts: Part[] = []
    for (const node of nodes.values()) {
      const isNew = at++ < before
      const counted = node.reports & ~node.below
      if (isNew) parts.push({ span: node, add: counted, subtract: 0 })
      else parts.push({ span: node, add: 0, subtract: node.reports & node.below & ~(node.stored ?? 0) })
      if (node.reports !== 0 && node.below !== (node.stored ?? 0)) this.#sql.setBelow.run(node.below, node.key)
    }
    return parts
  }

  /**
   * Works out anew, from all spans of a trace, which of them repeat what is below them, after what they report has changed. Answers what
   * they report together, null where none of them does.
   */
  recount(trace: number): Reported {
    const nodes = new Map<string, Node>()
    for (const { id, ...span } of this.#sql.all.all(trace)) {
      nodes.set(id, { ...span, reports: reportsOf(span), below: 0, stored: span.below })
    }
    for (const id of this.#sql.toldElsewhere.all(trace)) {
      const node = nodes.get(id)
      if (node !== undefined) node.below = node.reports
    }
    for (const node of inCircles(nodes)) node.parentId = null
    const awaited = new Map<string, number>()
    for (const id of [...nodes.keys()]) this.#climb(trace, id, nodes, awaited, false)
    for (const { spanId } of this.#sql.awaited.all(trace)) this.#sql.arrived.run(trace, spanId)
    for (const [id, below] of awaited) this.#sql.await.run(trace, id, below)
    const sums: Reported = { promptTokens: null, completionTokens: null, cost: null }
    for (const node of nodes.values()) {
      const { key, reports, below, stored } = node
      if (reports !== 0 && below !== stored) this.#sql.setBelow.run(below, key)
      for (const name of REPORTED)
        if (reports & ~below & REPORTS[name]) sums[name] = (sums[name] ?? 0) + (node[name] ?? 0)
    }
    return sums
  }

  /** Tells the ancestors of a span what it, and what is below it, reports. */
  #climb(trace: number, id: string, nodes: Map<string, Node>, awaited: Map<string, number>, known: boolean): void {
    const node = nodes.get(id)
    let up = node === undefined ? 0 : node.reports | node.below
    let parentId = node?.parentId ?? null
    while (up !== 0 && parentId !== null) {
      const parent = nodes.get(parentId) ?? (known ? this.#stored(trace, parentId, nodes) : undefined)
      if (parent === undefined) {
        awaited.set(parentId, (awaited.get(parentId) ?? 0) | up)
        return
      }
      // Who knows already has told those above.
      up &= ~parent.below
      parent.below |= up
      parentId = parent.parentId
    }
  }

  /** Is there a span that no longer counts, and is its own ancestor? */
  #goesRound(trace: number, nodes: Map<string, Node>, known: boolean): boolean {
    const ends = new Set<Node>()
    for (const node of [...nodes.values()]) {
      if ((node.reports & node.below & ~(node.stored ?? 0)) === 0) continue
      const way = new Set<Node>()
      for (
        let at: Node | undefined = node;
        at !== undefined && !ends.has(at);
        at = this.#parent(trace, at, nodes, known)
      ) {
        if (way.has(at)) return true
        way.add(at)
      }
      for (const one of way) ends.add(one)
    }
    return false
  }

  #parent(trace: number, { parentId }: Node, nodes: Map<string, Node>, known: boolean): Node | undefined {
    if (parentId === null) return undefined
    return nodes.get(parentId) ?? (known ? this.#stored(trace, parentId, nodes) : undefined)
  }

  #stored(trace: number, id: string, nodes: Map<string, Node>): Node | undefined {
    const stored = this.#sql.find.get(trace, id)
    if (stored === undefined) return undefined
    const node: Node = { ...stored, reports: reportsOf(stored), stored: stored.below }
    // One that reports nothing does not store what it has heard, so it listens again.
    if (node.reports === 0) node.below = 0
    nodes.set(id, node)
    return node
  }

  /** What the trace's missing spans are awaited with; those that have come now know it. */
  #takeAwaited(trace: number, nodes: Map<string, Node>): void {
    for (const { spanId, below } of this.#sql.awaited.all(trace)) {
      const node = nodes.get(spanId)
      if (node === undefined) continue
      node.below |= below
      this.#sql.arrived.run(trace, spanId)
    }
  }
}

/** The spans that are their own ancestors. */
function inCircles(nodes: ReadonlyMap<string, Node>): Node[] {
  const found: Node[] = []
  const seen = new Set<Node>()
  for (const first of nodes.values()) {
    const way: Node[] = []
    let at: Node | undefined = first
    for (; at !== undefined && !seen.has(at); at = at.parentId === null ? undefined : nodes.get(at.parentId)) {
      seen.add(at)
      way.push(at)
    }
    const begins = at === undefined ? -1 : way.indexOf(at)
    if (begins >= 0) found.push(...way.slice(begins))
  }
  return found
}

const nodeOf = (span: PackedSpan, key: number): Node => ({
  key,
  parentId: span.parentId,
  promptTokens: span.promptTokens,
  completionTokens: span.completionTokens,
  cost: span.cost,
  reports: reportsOf(span),
  below: 0,
  stored: null,
})

const reportsOf = ({ promptTokens, completionTokens, cost }: Reported): number =>
  (promptTokens === null ? 0 : REPORTS.promptTokens) |
  (completionTokens === null ? 0 : REPORTS.completionTokens) |
  (cost === null ? 0 : REPORTS.cost)

function statements(db: Database) {
  return {
    find: db.prepare<[number, string], Stored>(
      `SELECT key, parent_id AS parentId, prompt_tokens AS promptTokens, completion_tokens AS completionTokens, cost,
         ifnull(reported_below, 0) AS below
       FROM spans WHERE trace = ? AND id = ?`,
    ),
    all: db.prepare<[number], Stored & { id: string }>(
      `SELECT id, key, parent_id AS parentId, prompt_tokens AS promptTokens, completion_tokens AS completionTokens, cost,
         ifnull(reported_below, 0) AS below
       FROM spans WHERE trace = ?`,
    ),
    toldElsewhere: db
      .prepare<[number], string>(
        `SELECT r.of_span FROM traces t JOIN repeats r ON r.tenant = t.tenant AND r.of_trace = t.id WHERE t.key = ?`,
      )
      .pluck(),
    setBelow: db.prepare<[number, number]>('UPDATE spans SET reported_below = ? WHERE key = ?'),
    awaited: db.prepare<[number], { spanId: string; below: number }>(
      'SELECT span_id AS spanId, below FROM awaited_spans WHERE trace = ?',
    ),
    arrived: db.prepare<[number, string]>('DELETE FROM awaited_spans WHERE trace = ? AND span_id = ?'),
    await: db.prepare<[number, string, number]>(
      `INSERT INTO awaited_spans (trace, span_id, below) VALUES (?, ?, ?)
       ON CONFLICT (trace, span_id) DO UPDATE SET below = below | excluded.below`,
    ),
  }
}
