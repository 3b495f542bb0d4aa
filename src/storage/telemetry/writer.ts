import type { Database } from 'better-sqlite3'
import { type Erase, Eraser, type GoOn, type Progress } from './eraser.ts'
import { EventWriter } from './event-writer.ts'
import { FactWriter } from './fact-writer.ts'
import type { Fact } from './facts.ts'
import {
  awaitStart,
  fillGaps,
  foldSaid,
  foldSpan,
  foldUsage,
  initialState,
  refoldUsage,
  settle,
  type TraceState,
} from './fold.ts'
import { type HealthCount, HealthWriter } from './health.ts'
import { Keys } from './keys.ts'
import { LetterWriter } from './letters.ts'
import { type PackedAppend, type PackedSpan, type PackedTrace, TextReader } from './pack.ts'
import { Repeats } from './repeats.ts'
import { type Repriced, Repricer } from './repricer.ts'
import { SaidMessages } from './said.ts'
import { SentBack } from './sent-back.ts'
import { SessionTotals } from './sessions.ts'
import { StandIns } from './stand-ins.ts'
import { changingValues, type Statements, type StoredTrace, spanValues, statements, traceValues } from './statements.ts'
import { TermIndex } from './term-index.ts'
import { modelTerm, sessionTerm, type Term, type Termed, termed, termsOf, unite } from './terms.ts'
import { UnpricedCounter } from './unpriced.ts'
import { UsageCounter } from './usage-counter.ts'
import { UsageTree } from './usage-tree.ts'
import type { Receipt } from './wire.ts'

/**
 * The only writer of `telemetry.db`. Each append of a group is folded into the tables inside one transaction; nobody is answered
 * before it is committed. Invariant: after a rollback every number held in memory is read anew from the file.
 */
export class TelemetryWriter {
  readonly #db: Database
  readonly #sql: Statements
  readonly #terms: TermIndex
  readonly #sessions: SessionTotals
  readonly #health: HealthWriter
  readonly #eraser: Eraser
  readonly #facts: FactWriter
  readonly #usageTree: UsageTree
  readonly #repricer: Repricer
  readonly #events: EventWriter
  readonly #said: SaidMessages
  readonly #standIns: StandIns
  readonly #repeats: Repeats
  readonly #sentBack: SentBack
  readonly #keys: Keys
  readonly #letters: LetterWriter
  readonly #used: UsageCounter
  readonly #unpriced: UnpricedCounter
  #seq = 0
  #traceKey = 0
  #spanKey = 0

  constructor(db: Database) {
    this.#db = db
    this.#sql = statements(db)
    this.#keys = new Keys(this.#sql)
    this.#letters = new LetterWriter(this.#sql, this.#keys)
    this.#used = new UsageCounter(this.#sql)
    this.#terms = new TermIndex(db)
    this.#sessions = new SessionTotals(db)
    this.#health = new HealthWriter(db)
    this.#eraser = new Eraser(db, this.#sql, this.#terms, this.#sessions)
    this.#facts = new FactWriter(db, () => ++this.#seq)
    this.#usageTree = new UsageTree(db)
    this.#unpriced = new UnpricedCounter(this.#sql)
    this.#repricer = new Repricer(db, this.#usageTree)
    this.#events = new EventWriter(db)
    this.#said = new SaidMessages(db)
    this.#standIns = new StandIns(db, this.#usageTree)
    this.#repeats = new Repeats(db)
    this.#sentBack = new SentBack(db)
    this.#reload()
  }

  /** The last committed place of the log. */
  get head(): number {
    return this.#seq
  }

  /**
   * Commits the appends at once: all of them, or as many from the first on as `goOn` allows, and one at least. Answers for those that it
   * took. Throws SQLite's error with nothing written.
   */
  commit(group: readonly PackedAppend[], goOn: GoOn = () => true): Receipt[][] {
    return this.#transact(() => {
      const receipts: Receipt[][] = []
      for (const append of group) {
        receipts.push(this.#append(append))
        if (!goOn()) break
      }
      return receipts
    })
  }

  /** Commits one step of an erasure: as much as `goOn` allows, and a row at least. Throws like `commit`. */
  erase(erase: Erase, from: Progress, goOn: GoOn): Progress {
    const overwrite = 'overwrite' in erase && erase.overwrite
    this.#db.pragma(`secure_delete = ${overwrite ? 'ON' : 'OFF'}`)
    return this.#transact(() => this.#eraser.step(erase, from, goOn, () => ++this.#seq))
  }

  /** Commits new costs of spans, and what follows from them for their traces. Answers how many traces changed. Throws like `commit`. */
  reprice(changes: readonly Repriced[]): number {
    return this.#transact(() => {
      let changed = 0
      for (const change of changes) if (this.#repriceTrace(change)) changed += 1
      return changed
    })
  }

  #repriceTrace({ tenantId, traceId, spans }: Repriced): boolean {
    const tenant = this.#keys.tenant(tenantId)
    const known = this.#sql.findTrace.get(tenant, traceId)
    if (!known) return false
    const priced = spans.map(({ price, ...span }) => ({
      ...span,
      price: price === null ? null : this.#keys.price(price),
    }))
    const state = this.#repricer.reprice(known, priced)
    if (!state) return false
    const { tags, tagMap } = known
    this.#sql.updateTrace.run(changingValues({ state, seq: ++this.#seq, tags, tagMap }), known.key)
    this.#countSession(tenant, this.#repricer.projectOf(known.key), known, state)
    return true
  }

  /** Are there traces that have vanished, of which not everything is removed yet? */
  get remains(): boolean {
    return this.#eraser.remains
  }

  /** Commits one step of removing what is left of traces that have vanished. True: nothing is left. */
  sweep(goOn: GoOn): boolean {
    return this.#transact(() => this.#eraser.sweep(goOn))
  }

  #transact<T>(write: () => T): T {
    try {
      return this.#db
        .transaction(() => {
          const result = write()
          this.#used.flush()
          this.#unpriced.flush()
          this.#sessions.flush()
          this.#sql.setHead.run(this.#seq, this.#traceKey, this.#spanKey)
          return result
        })
        .immediate()
    } catch (error) {
      this.#reload()
      throw error
    }
  }

  #append({
    traces,
    deadLetters,
    facts,
    letterChanges,
    health,
    prices,
    contexts,
    texts: packed,
  }: PackedAppend): Receipt[] {
    const texts = new TextReader(packed)
    const shared = {
      prices: prices.map((body) => this.#keys.price(body)),
      contexts: contexts.map((body) => this.#keys.context(body)),
    }
    for (const letter of deadLetters) this.#letters.add(letter)
    for (const fact of facts) this.#state(fact)
    for (const change of letterChanges) this.#letters.change(change)
    for (const count of health) this.#addHealth(count)
    return traces.map((trace) => {
      const tenant = this.#keys.tenant(trace.tenantId)
      const known = this.#sql.findTrace.get(tenant, trace.id)
      if (!known) return this.#create(tenant, trace, texts, shared)
      if (trace.whenKnown === 'merge') return this.#merge(tenant, known, trace, texts, shared)
      return { outcome: 'duplicate', createdAt: known.createdAt }
    })
  }

  #create(tenant: number, trace: PackedTrace, texts: TextReader, shared: Shared): Receipt {
    const key = ++this.#traceKey
    const state = initialState(trace, texts)
    const { models, unpriced } = this.#addSpans(key, state, trace, texts, { tenant, ...shared, known: false })
    settle(state, trace.receivedAt)
    const seq = ++this.#seq
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
    this.#sql.insertTracePayload.run(key, texts.bytes(trace.input), texts.bytes(trace.output), trace.metadata)
    this.#events.add(key, trace.events, false)
    if (trace.said.length > 0) this.#hear(key, state, trace)
    this.#attach(tenant, key, trace)
    if (state.model !== null) models.add(state.model)
    const startedAt = state.startedAt ?? trace.receivedAt
    for (const term of termsOf(termed(state, trace))) this.#terms.post(tenant, term, startedAt, key)
    for (const model of models) this.#terms.post(tenant, modelTerm(model), startedAt, key)
    this.#facts.attach(key, trace.id, own)
    this.#noteRepeats(tenant, key, trace)
    this.#countSession(tenant, project, null, state)
    this.#used.add(tenant, trace.receivedAt, { traces: 1, spans: state.spanCount })
    return { outcome: 'created', createdAt: trace.receivedAt, ...(unpriced && { unpriced }) }
  }

  #merge(tenant: number, known: StoredTrace, sent: PackedTrace, texts: TextReader, shared: Shared): Receipt {
    const { key } = known
    const trace = known.isNative ? this.#sentBack.newOf(key, sent.id, sent) : sent
    const before = this.#termed(known)
    const state: TraceState = { ...known }
    awaitStart(state)
    const added = this.#addSpans(key, state, trace, texts, { tenant, ...shared, known: true })
    const { models, unpriced, gone } = added
    const receipt: Receipt = { outcome: 'merged', createdAt: known.createdAt, ...(unpriced && { unpriced }) }
    if (gone !== null) this.#foldAnew(tenant, known, state, gone)
    const grown = gone !== null || state.spanCount > known.spanCount
    const newEvents = this.#events.add(key, trace.events, true)
    const heard = (grown || trace.said.length > 0) && this.#hear(key, state, trace)
    this.#attach(tenant, key, trace)
    this.#noteRepeats(tenant, key, trace)
    const filled = fillGaps(state, trace)
    const united = unite(before, trace)
    if (!grown && !newEvents && !heard && !filled && united === before) return receipt
    settle(state, known.createdAt)
    this.#used.add(tenant, trace.receivedAt, { spans: state.spanCount - known.spanCount })
    const changing = {
      state,
      seq: ++this.#seq,
      tags: JSON.stringify(united.tags),
      tagMap: JSON.stringify(united.tagMap),
    }
    this.#sql.updateTrace.run(changingValues(changing), key)
    if (united.metadata !== before.metadata) this.#sql.updateTraceMetadata.run(united.metadata, key)
    this.#repost(tenant, key, { state: known, termed: before }, { state, termed: termed(state, united) }, models)
    this.#countSession(tenant, known.project, known, state)
    return receipt
  }

  /** Notes which spans of other traces this one repeats, and no longer counts those that have come. */
  #noteRepeats(tenant: number, trace: number, { repeats }: PackedTrace): void {
    if (repeats.length === 0) return
    for (const id of this.#repeats.add(tenant, trace, repeats)) {
      const known = this.#sql.findTrace.get(tenant, id)
      if (known === undefined) continue
      const state: TraceState = { ...known }
      refoldUsage(state, this.#usageTree.recount(known.key))
      const { tags, tagMap } = known
      this.#sql.updateTrace.run(changingValues({ state, seq: ++this.#seq, tags, tagMap }), known.key)
      this.#countSession(tenant, known.project, known, state)
    }
  }

  /** Derives a trace's own values anew, after the spans that stood for others have gone, with the models that only they had. */
  #foldAnew(tenant: number, known: StoredTrace, state: TraceState, models: ReadonlySet<string>): void {
    this.#standIns.refold(known.key, state)
    const left = new Set([...this.#sql.modelsOf.all(known.key), state.model])
    for (const model of models)
      if (!left.has(model)) this.#terms.erase(tenant, modelTerm(model), known.startedAt ?? 0, known.key)
  }

  /**
   * Stores the spans that are new and folds them into the state. Answers their models, whose calls have no price, and, where spans
   * took the place of those that stood for them, the models that the trace had before: it is to be folded anew.
   */
  #addSpans(
    trace: number,
    state: TraceState,
    { id, spans, standIns, receivedAt, whenKnown }: PackedTrace,
    texts: TextReader,
    { tenant, prices, contexts, known }: Shared & { tenant: number; known: boolean },
  ): { models: Set<string>; unpriced: Map<string | null, number> | null; gone: Set<string> | null } {
    const models = new Set<string>()
    let unpriced: Map<string | null, number> | null = null
    const added: PackedSpan[] = []
    const firstKey = this.#spanKey + 1
    let gone: Set<string> | null = null
    for (const span of spans) {
      const key = this.#spanKey + 1
      const values = spanValues(key, trace, receivedAt, span)
      let isCounted = false
      if (this.#sql.insertSpan.run(values).changes === 0) {
        if (!known || standIns.includes(span.id) || !this.#standIns.has(trace, span.id)) continue
        gone ??= new Set(this.#sql.modelsOf.all(trace))
        this.#standIns.remove(trace, span.id)
        this.#sql.insertSpan.run(values)
        isCounted = true
      }
      if (standIns.length > 0 && standIns.includes(span.id)) this.#standIns.add(trace, span.id)
      this.#spanKey = key
      const context = span.otlpContext === null ? null : contexts[span.otlpContext]
      const payload = [span.input, span.output, span.metadata, span.otlp].map((at) => texts.bytes(at))
      const price = span.price === null ? null : prices[span.price]
      this.#sql.insertSpanPayload.run(key, ...payload, context, price, span.usageMore)
      if (span.unpriced && !isCounted) {
        this.#unpriced.count(tenant, receivedAt, span)
        unpriced ??= new Map()
        unpriced.set(span.provider, (unpriced.get(span.provider) ?? 0) + 1)
      }
      foldSpan(state, span, key, texts)
      if (span.model !== null) models.add(span.model)
      added.push(span)
    }
    if (gone === null) {
      const grows = whenKnown === 'merge'
      const isTold = grows && this.#repeats.await(tenant, trace, id)
      const parts = this.#usageTree.add(trace, added, firstKey, { known: known || isTold, grows })
      if (parts === null) refoldUsage(state, this.#usageTree.recount(trace))
      else foldUsage(state, parts)
    }
    return { models, unpriced, gone }
  }

  /** Lets the spans of a trace say what log records say was said in them. True if anything changed. */
  #hear(key: number, state: TraceState, { said }: PackedTrace): boolean {
    const shown = this.#said.add(key, said)
    for (const { spanKey, side, text } of shown) foldSaid(state, spanKey, side, text)
    return shown.length > 0
  }

  /** Keeps the attachments of a trace, each once for its tenant. */
  #attach(tenant: number, trace: number, { attachments }: PackedTrace): void {
    for (const { id, mediaType, bytes } of attachments) {
      let key = this.#sql.findAttachment.get(tenant, id)
      if (key === undefined) {
        key = Number(this.#sql.insertAttachment.run(tenant, id, mediaType, bytes.byteLength).lastInsertRowid)
        this.#sql.insertAttachmentBody.run(key, bytes)
      }
      this.#sql.useAttachment.run(trace, key)
    }
  }

  /** Moves a trace from its old terms to its new ones. Postings carry the start time, so a new start moves them all. */
  #repost(tenant: number, key: number, before: Posted, after: Posted, newModels: ReadonlySet<string>): void {
    const from = before.state.startedAt ?? 0
    const to = after.state.startedAt ?? 0
    const models = new Set(newModels)
    if (after.state.model !== null) models.add(after.state.model)
    if (from !== to) {
      for (const model of this.#modelsOf(tenant, key, before.state, after.state.model)) {
        models.add(model)
        this.#terms.unpost(tenant, modelTerm(model), from, key)
      }
    }
    const next = termsOf(after.termed)
    const kept = new Set(next.map(termText))
    for (const term of termsOf(before.termed)) {
      if (!kept.has(termText(term))) this.#terms.erase(tenant, term, from, key)
      else if (from !== to) this.#terms.unpost(tenant, term, from, key)
    }
    for (const term of next) this.#terms.post(tenant, term, to, key)
    for (const model of models) this.#terms.post(tenant, modelTerm(model), to, key)
  }

  /**
   * The models that a trace is posted under. Of a large one they are asked of the index: its spans would all be read each time that one comes
   * which began before all others, and the last of 70 requests would take five times as long as the first.
   */
  #modelsOf(tenant: number, trace: number, { spanCount, startedAt }: TraceState, model: string | null): string[] {
    if (spanCount > MANY_SPANS) return this.#sql.postedModels.all(tenant, startedAt ?? 0, trace)
    return [...this.#sql.modelsOf.all(trace), ...(model === null ? [] : [model])]
  }

  /** A trace may learn late which session it belongs to; it never changes to another. */
  #countSession(tenant: number, project: number, before: TraceState | null, after: TraceState): void {
    const { sessionId } = after
    if (sessionId === null) return
    const term = this.#terms.keyOf(tenant, sessionTerm(sessionId))
    this.#sessions.change({ term, project, tenant, id: sessionId }, before?.sessionId == null ? null : before, after)
  }

  #termed(known: StoredTrace): Termed {
    return termed(known, {
      tags: JSON.parse(known.tags) as string[],
      tagMap: JSON.parse(known.tagMap) as Record<string, string>,
      metadata: this.#sql.metadataOf.get(known.key) ?? '{}',
    })
  }

  #state(fact: Fact): void {
    const tenant = this.#keys.tenant(fact.tenantId)
    switch (fact.kind) {
      case 'feedback':
        this.#facts.feedback(fact, { tenant, project: this.#keys.project(fact.projectId, tenant) })
        break
      case 'evaluation':
        if (this.#facts.evaluation(fact, tenant)) this.#used.add(tenant, fact.createdAt, { evals: 1 })
        break
      default:
        fact satisfies never
    }
  }

  #addHealth(count: HealthCount): void {
    const tenant = count.tenantId === null ? 0 : this.#keys.tenant(count.tenantId)
    const project = count.projectId === null ? 0 : this.#keys.project(count.projectId, tenant)
    this.#health.add(tenant, project, count)
  }

  #reload(): void {
    const head = this.#sql.head.get()
    this.#seq = head?.seq ?? 0
    this.#traceKey = head?.traceKey ?? 0
    this.#spanKey = head?.spanKey ?? 0
    this.#keys.forget()
    this.#used.forget()
    this.#unpriced.forget()
    this.#terms.forget()
    this.#facts.reload()
    this.#repeats.reload()
    this.#sessions.forget()
  }
}

/** The numbers of what many spans of an append share, in the order in which the append has them. */
interface Shared {
  prices: readonly number[]
  contexts: readonly number[]
}

/** To read so many spans costs as much as to ask the index for each model of a tenant. */
const MANY_SPANS = 500

interface Posted {
  state: TraceState
  termed: Termed
}

const termText = ([name, value]: Term): string => `${name}\u0000${value}`
