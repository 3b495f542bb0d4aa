import type { Database } from 'better-sqlite3'
import { type Erase, Eraser, type GoOn, type Progress } from './eraser.ts'
import { FactWriter } from './fact-writer.ts'
import type { Fact } from './facts.ts'
import { type HealthCount, HealthWriter } from './health.ts'
import { Keys } from './keys.ts'
import { LetterWriter } from './letters.ts'
import { Numbers } from './numbers.ts'
import { type PackedAppend, TextReader } from './pack.ts'
import type { Repriced } from './repricer.ts'
import { SessionTotals } from './sessions.ts'
import { statements } from './statements.ts'
import { TermIndex } from './term-index.ts'
import { TraceTerms } from './trace-terms.ts'
import { TraceWriter } from './trace-writer.ts'
import { UnpricedCounter } from './unpriced.ts'
import { UsageCounter } from './usage-counter.ts'
import type { Receipt } from './wire.ts'

/**
 * The only writer of `telemetry.db`. Each append of a group is folded into the tables inside one transaction; nobody is answered
 * before it is committed. Invariant: after a rollback every number held in memory is read anew from the file.
 */
export class TelemetryWriter {
  readonly #db: Database
  readonly #terms: TermIndex
  readonly #sessions: SessionTotals
  readonly #health: HealthWriter
  readonly #eraser: Eraser
  readonly #facts: FactWriter
  readonly #numbers: Numbers
  readonly #keys: Keys
  readonly #letters: LetterWriter
  readonly #used: UsageCounter
  readonly #unpriced: UnpricedCounter
  readonly #traces: TraceWriter

  constructor(db: Database) {
    const sql = statements(db)
    this.#db = db
    this.#numbers = new Numbers(sql)
    this.#keys = new Keys(sql)
    this.#letters = new LetterWriter(sql, this.#keys)
    this.#used = new UsageCounter(sql)
    this.#unpriced = new UnpricedCounter(sql)
    this.#terms = new TermIndex(db)
    this.#sessions = new SessionTotals(db, this.#terms)
    this.#health = new HealthWriter(db)
    this.#facts = new FactWriter(db, this.#numbers.nextSeq)
    const terms = new TraceTerms(sql, this.#terms)
    this.#eraser = new Eraser(db, sql, terms, this.#sessions)
    this.#traces = new TraceWriter(db, {
      ...{ sql, terms, keys: this.#keys, numbers: this.#numbers, sessions: this.#sessions },
      ...{ facts: this.#facts, used: this.#used, unpriced: this.#unpriced },
    })
    this.#reload()
  }

  /** The last committed place of the log. */
  get head(): number {
    return this.#numbers.seq
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
    return this.#transact(() => this.#eraser.step(erase, from, goOn, this.#numbers.nextSeq))
  }

  /** Commits new costs of spans, and what follows from them for their traces. Answers how many traces changed. Throws like `commit`. */
  reprice(changes: readonly Repriced[]): number {
    return this.#transact(() => {
      let changed = 0
      for (const change of changes) if (this.#traces.reprice(change)) changed += 1
      return changed
    })
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
          this.#numbers.save()
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
    const shared = {
      texts: new TextReader(packed),
      prices: prices.map((body) => this.#keys.price(body)),
      contexts: contexts.map((body) => this.#keys.context(body)),
    }
    for (const letter of deadLetters) this.#letters.add(letter)
    for (const fact of facts) this.#state(fact)
    for (const change of letterChanges) this.#letters.change(change)
    for (const count of health) this.#addHealth(count)
    return traces.map((trace) => this.#traces.put(trace, shared))
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
    this.#numbers.reload()
    this.#keys.forget()
    this.#used.forget()
    this.#unpriced.forget()
    this.#terms.forget()
    this.#facts.reload()
    this.#traces.reload()
    this.#sessions.forget()
  }
}
