import type { Statements } from './statements.ts'

/** The last numbers that were given, each only once and for good: of changes in the log, of traces, of spans. Part of the writer. */
export class Numbers {
  seq = 0
  trace = 0
  span = 0
  readonly #sql: Statements

  constructor(sql: Statements) {
    this.#sql = sql
  }

  /** The place of the next change in the log. */
  readonly nextSeq = (): number => ++this.seq

  save(): void {
    this.#sql.setHead.run(this.seq, this.trace, this.span)
  }

  /** Reads anew what the file has, after a rollback. */
  reload(): void {
    const head = this.#sql.head.get()
    this.seq = head?.seq ?? 0
    this.trace = head?.traceKey ?? 0
    this.span = head?.spanKey ?? 0
  }
}
