import { rfc3339 } from '../../clock.ts'
import type { Statements } from './statements.ts'

interface Used {
  traces: number
  spans: number
  evals: number
}

/** What was used counts in the commit that stores it, so that the counters are exact across a crash. Part of the writer. */
export class UsageCounter {
  readonly #sql: Statements
  readonly #used = new Map<string, Used & { tenant: number; day: string }>()

  constructor(sql: Statements) {
    this.#sql = sql
  }

  add(tenant: number, atMs: number, { traces = 0, spans = 0, evals = 0 }: Partial<Used>): void {
    const day = rfc3339(atMs).slice(0, 10)
    const at = `${tenant} ${day}`
    const used = this.#used.get(at)
    if (used) {
      used.traces += traces
      used.spans += spans
      used.evals += evals
    } else {
      this.#used.set(at, { tenant, day, traces, spans, evals })
    }
  }

  flush(): void {
    for (const { tenant, day, traces, spans, evals } of this.#used.values())
      this.#sql.addUsage.run(tenant, day, traces, spans, evals)
    this.forget()
  }

  /** After a rollback. */
  forget(): void {
    this.#used.clear()
  }
}
