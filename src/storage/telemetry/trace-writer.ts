import type { Database } from 'better-sqlite3'
import { AttachmentWriter } from './attachment-writer.ts'
import { EventWriter } from './event-writer.ts'
import type { FactWriter } from './fact-writer.ts'
import { awaitStart, fillGaps, foldSaid, initialState, refoldUsage, settle, type TraceState } from './fold.ts'
import type { Keys } from './keys.ts'
import type { Numbers } from './numbers.ts'
import type { PackedTrace } from './pack.ts'
import { Repeats } from './repeats.ts'
import { type Repriced, Repricer } from './repricer.ts'
import { SaidMessages } from './said.ts'
import { SentBack } from './sent-back.ts'
import type { SessionTotals } from './sessions.ts'
import { type Shared, SpanWriter } from './span-writer.ts'
import { StandIns } from './stand-ins.ts'
import { changingValues, type Statements, type StoredTrace, traceValues } from './statements.ts'
import { termed, unite } from './terms.ts'
import type { TraceTerms } from './trace-terms.ts'
import type { UnpricedCounter } from './unpriced.ts'
import type { UsageCounter } from './usage-counter.ts'
import { UsageTree } from './usage-tree.ts'
import type { Receipt } from './wire.ts'

/** What traces share with whatever else the writer writes. */
interface Parts {
  sql: Statements
  keys: Keys
  numbers: Numbers
  terms: TraceTerms
  sessions: SessionTotals
  facts: FactWriter
  used: UsageCounter
  unpriced: UnpricedCounter
}

/**
 * Stores traces and grows them. Each change of a trace takes the next place of the log. Part of the writer: it runs inside its
 * transactions.
 */
export class TraceWriter {
  readonly #sql: Statements
  readonly #keys: Keys
  readonly #numbers: Numbers
  readonly #sessions: SessionTotals
  readonly #facts: FactWriter
  readonly #used: UsageCounter
  readonly #terms: TraceTerms
  readonly #spans: SpanWriter
  readonly #usageTree: UsageTree
  readonly #standIns: StandIns
  readonly #repeats: Repeats
  readonly #repricer: Repricer
  readonly #events: EventWriter
  readonly #said: SaidMessages
  readonly #attachments: AttachmentWriter
  readonly #sentBack: SentBack

  constructor(db: Database, { sql, keys, numbers, terms, sessions, facts, used, unpriced }: Parts) {
    this.#sql = sql
    this.#keys = keys
    this.#numbers = numbers
    this.#sessions = sessions
    this.#facts = facts
    this.#used = used
    this.#terms = terms
    this.#usageTree = new UsageTree(db)
    this.#standIns = new StandIns(db, this.#usageTree)
    this.#repeats = new Repeats(db)
    this.#repricer = new Repricer(db, this.#usageTree)
    this.#events = new EventWriter(db)
    this.#said = new SaidMessages(db)
    this.#attachments = new AttachmentWriter(db)
    this.#sentBack = new SentBack(db)
    const folds = { usageTree: this.#usageTree, standIns: this.#standIns, repeats: this.#repeats }
    this.#spans = new SpanWriter({ sql, numbers, unpriced, ...folds })
  }

  /** Reads anew what is held in memory, after a rollback. */
  reload(): void {
    this.#repeats.reload()
  }

  /** Stores a trace, or what is new of one that grows. */
  put(trace: PackedTrace, shared: Shared): Receipt {
    const tenant = this.#keys.tenant(trace.tenantId)
    const known = this.#sql.findTrace.get(tenant, trace.id)
    if (!known) return this.#create(tenant, trace, shared)
    if (trace.whenKnown === 'merge') return this.#merge(tenant, known, trace, shared)
    return { outcome: 'duplicate', createdAt: known.createdAt }
  }

  /** Gives spans of a trace other costs. False: none of them is there any more. */
  reprice({ tenantId, traceId, spans }: Repriced): boolean {
    const tenant = this.#keys.tenant(tenantId)
    const known = this.#sql.findTrace.get(tenant, traceId)
    if (!known) return false
    const priced = spans.map(({ price, ...span }) => ({
      ...span,
      price: price === null ? null : this.#keys.price(price),
    }))
    const state = this.#repricer.reprice(known, priced)
    if (!state) return false
    this.#update(tenant, known, state)
    return true
  }

  #create(tenant: number, trace: PackedTrace, shared: Shared): Receipt {
    const key = ++this.#numbers.trace
    const state = initialState(trace, shared.texts)
    const { models, unpriced } = this.#spans.add({ tenant, key, state, known: false }, trace, shared)
    settle(state, trace.receivedAt)
    const seq = this.#numbers.nextSeq()
    const changing = { state, seq, tags: JSON.stringify(trace.tags), tagMap: JSON.stringify(trace.tagMap) }
    const project = this.#keys.project(trace.projectId, tenant)
    const own = {
      createdSeq: seq,
      key,
      tenant,
      project,
      id: trace.id,
      createdAt: trace.receivedAt,
      externalId: trace.externalId,
      otelTraceId: trace.otelTraceId,
    }
    this.#sql.insertTrace.run(traceValues(changing, own))
    const { input, output, metadata } = trace
    this.#sql.insertTracePayload.run(key, shared.texts.bytes(input), shared.texts.bytes(output), metadata)
    this.#events.add(key, trace.events, false)
    if (trace.said.length > 0) this.#hear(key, state, trace)
    this.#attachments.add(tenant, key, trace.attachments)
    if (state.model !== null) models.add(state.model)
    this.#terms.post(tenant, key, { state, termed: termed(state, trace) }, models)
    this.#facts.attach(key, trace.id, own)
    this.#noteRepeats(tenant, key, trace)
    this.#sessions.change({ tenant, project }, null, state)
    this.#used.add(tenant, trace.receivedAt, { traces: 1, spans: state.spanCount })
    return { outcome: 'created', createdAt: trace.receivedAt, ...(unpriced && { unpriced }) }
  }

  #merge(tenant: number, known: StoredTrace, sent: PackedTrace, shared: Shared): Receipt {
    const { key } = known
    const trace = known.isNative ? this.#sentBack.newOf(key, sent.id, sent) : sent
    const before = this.#terms.of(known)
    const state: TraceState = { ...known }
    awaitStart(state)
    const { models, unpriced, gone } = this.#spans.add({ tenant, key, state, known: true }, trace, shared)
    const receipt: Receipt = { outcome: 'merged', createdAt: known.createdAt, ...(unpriced && { unpriced }) }
    if (gone !== null) this.#foldAnew(tenant, known, state, gone)
    const grown = gone !== null || state.spanCount > known.spanCount
    const newEvents = this.#events.add(key, trace.events, true)
    const heard = (grown || trace.said.length > 0) && this.#hear(key, state, trace)
    this.#attachments.add(tenant, key, trace.attachments)
    this.#noteRepeats(tenant, key, trace)
    const filled = fillGaps(state, trace)
    const united = unite(before, trace)
    if (!grown && !newEvents && !heard && !filled && united === before) return receipt
    settle(state, known.createdAt)
    this.#used.add(tenant, trace.receivedAt, { spans: state.spanCount - known.spanCount })
    this.#update(tenant, known, state, JSON.stringify(united.tags), JSON.stringify(united.tagMap))
    if (united.metadata !== before.metadata) this.#sql.updateTraceMetadata.run(united.metadata, key)
    this.#terms.repost(tenant, key, { state: known, termed: before }, { state, termed: termed(state, united) }, models)
    return receipt
  }

  /** Writes down what a trace derives anew, which is a change of it. */
  #update(tenant: number, known: StoredTrace, state: TraceState, tags = known.tags, tagMap = known.tagMap): void {
    this.#sql.updateTrace.run(changingValues({ state, seq: this.#numbers.nextSeq(), tags, tagMap }), known.key)
    this.#sessions.change({ tenant, project: known.project }, known, state)
  }

  /** Notes which spans of other traces this one repeats, and no longer counts those that have come. */
  #noteRepeats(tenant: number, trace: number, { repeats }: PackedTrace): void {
    if (repeats.length === 0) return
    for (const id of this.#repeats.add(tenant, trace, repeats)) {
      const known = this.#sql.findTrace.get(tenant, id)
      if (known === undefined) continue
      const state: TraceState = { ...known }
      refoldUsage(state, this.#usageTree.recount(known.key))
      this.#update(tenant, known, state)
    }
  }

  /** Derives a trace's own values anew, after the spans that stood for others have gone, with the models that only they had. */
  #foldAnew(tenant: number, known: StoredTrace, state: TraceState, models: ReadonlySet<string>): void {
    this.#standIns.refold(known.key, state)
    this.#terms.dropModels(tenant, known, state.model, models)
  }

  /** Lets the spans of a trace say what log records say was said in them. True if anything changed. */
  #hear(key: number, state: TraceState, { said }: PackedTrace): boolean {
    const shown = this.#said.add(key, said)
    for (const { spanKey, side, text } of shown) if (side !== 'tools') foldSaid(state, spanKey, side, text)
    return shown.length > 0
  }
}
