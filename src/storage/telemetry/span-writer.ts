import { foldSpan, foldUsage, refoldUsage, type TraceState } from './fold.ts'
import type { Numbers } from './numbers.ts'
import type { PackedSpan, PackedTrace, TextReader } from './pack.ts'
import type { Repeats } from './repeats.ts'
import type { StandIns } from './stand-ins.ts'
import { type Statements, spanValues } from './statements.ts'
import type { UnpricedCounter } from './unpriced.ts'
import type { UsageTree } from './usage-tree.ts'

/** What the traces of an append have in common: its texts, and the numbers of what many of its spans share, in its order. */
export interface Shared {
  texts: TextReader
  prices: readonly number[]
  contexts: readonly number[]
}

/** The trace that spans are added to; `known`: it was there before. */
interface Owner {
  tenant: number
  key: number
  state: TraceState
  known: boolean
}

interface Added {
  models: Set<string>
  /** Calls that have tokens and no price, by provider; null where there is none. */
  unpriced: Map<string | null, number> | null
  /** The models that the trace had before, where spans took the place of those that stood for them: it is to be folded anew. */
  gone: Set<string> | null
}

/** Stores spans, and folds them into what their trace derives from them. Part of the writer. */
export class SpanWriter {
  readonly #sql: Statements
  readonly #numbers: Numbers
  readonly #usageTree: UsageTree
  readonly #standIns: StandIns
  readonly #repeats: Repeats
  readonly #unpriced: UnpricedCounter

  constructor(parts: {
    sql: Statements
    numbers: Numbers
    usageTree: UsageTree
    standIns: StandIns
    repeats: Repeats
    unpriced: UnpricedCounter
  }) {
    this.#sql = parts.sql
    this.#numbers = parts.numbers
    this.#usageTree = parts.usageTree
    this.#standIns = parts.standIns
    this.#repeats = parts.repeats
    this.#unpriced = parts.unpriced
  }

  /** Stores the spans of `sent` that are new. */
  add(owner: Owner, sent: PackedTrace, shared: Shared): Added {
    const { tenant, key: trace, state } = owner
    const { standIns, receivedAt } = sent
    const models = new Set<string>()
    const added: PackedSpan[] = []
    const firstKey = this.#numbers.span + 1
    let unpriced: Added['unpriced'] = null
    let gone: Added['gone'] = null
    for (const span of sent.spans) {
      const key = this.#numbers.span + 1
      const values = spanValues(key, trace, receivedAt, span, payloadBytes(span, shared.texts))
      let isCounted = false
      if (this.#sql.insertSpan.run(values).changes === 0) {
        if (!owner.known || standIns.includes(span.id) || !this.#standIns.has(trace, span.id)) continue
        gone ??= new Set(this.#sql.modelsOf.all(trace))
        this.#standIns.remove(trace, span.id)
        this.#sql.insertSpan.run(values)
        isCounted = true
      }
      if (standIns.length > 0 && standIns.includes(span.id)) this.#standIns.add(trace, span.id)
      this.#numbers.span = key
      this.#addPayload(key, span, shared)
      if (span.unpriced && !isCounted) {
        this.#unpriced.count(tenant, receivedAt, span)
        unpriced ??= new Map()
        unpriced.set(span.provider, (unpriced.get(span.provider) ?? 0) + 1)
      }
      foldSpan(state, span, key, shared.texts)
      if (span.model !== null) models.add(span.model)
      added.push(span)
    }
    if (gone === null) this.#foldUsage(owner, sent, added, firstKey)
    return { models, unpriced, gone }
  }

  #addPayload(key: number, span: PackedSpan, { texts, prices, contexts }: Shared): void {
    const context = span.otlpContext === null ? null : contexts[span.otlpContext]
    const payload = [span.input, span.output, span.metadata, span.otlp].map((at) => texts.bytes(at))
    const price = span.price === null ? null : prices[span.price]
    this.#sql.insertSpanPayload.run(key, ...payload, context, price, span.usageMore)
  }

  /** Adds what the new spans used, each call once; their keys begin with `firstKey`. */
  #foldUsage(
    { tenant, key, state, known }: Owner,
    { id, whenKnown }: PackedTrace,
    added: readonly PackedSpan[],
    firstKey: number,
  ): void {
    const grows = whenKnown === 'merge'
    const isTold = grows && this.#repeats.await(tenant, key, id)
    const parts = this.#usageTree.add(key, added, firstKey, { known: known || isTold, grows })
    if (parts === null) refoldUsage(state, this.#usageTree.recount(key))
    else foldUsage(state, parts)
  }
}

const payloadBytes = ({ input, output, metadata }: PackedSpan, texts: TextReader): number =>
  texts.size(input) + texts.size(output) + texts.size(metadata)
