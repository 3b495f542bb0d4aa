import type { Database } from 'better-sqlite3'
import { getOrAdd } from '../../get-or-add.ts'
import type { TraceState } from './fold.ts'
import type { TermIndex } from './term-index.ts'
import { sessionTerm } from './terms.ts'

/** Which session of which project; `term` is the number of its term in the index. */
interface SessionPlace {
  term: number
  project: number
  tenant: number
  id: string
}

/**
 * What the traces of a session add up to. Changes are gathered over a commit and written once for each session, because a session's
 * traces come together. Where a trace went or moved, the first and last start are asked of the index anew.
 */
export class SessionTotals {
  readonly #changes = new Map<string, Change>()
  readonly #terms: TermIndex
  readonly #add
  readonly #settle
  readonly #drop

  constructor(db: Database, terms: TermIndex) {
    this.#terms = terms
    this.#add = db.prepare(
      `INSERT INTO sessions (term, project, tenant, id, first_at, last_at, traces, errors, spans, tokens, priced, cost)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (term, project) DO UPDATE SET
         first_at = min(first_at, excluded.first_at), last_at = max(last_at, excluded.last_at),
         traces = traces + excluded.traces, errors = errors + excluded.errors, spans = spans + excluded.spans,
         tokens = tokens + excluded.tokens, priced = priced + excluded.priced, cost = cost + excluded.cost`,
    )
    this.#settle = db.prepare(
      `UPDATE sessions SET first_at = ${border('ASC')}, last_at = ${border('DESC')} WHERE term = ? AND project = ? AND traces > 0`,
    )
    this.#drop = db.prepare('DELETE FROM sessions WHERE term = ? AND project = ? AND traces = 0')
  }

  /**
   * A trace came (`before` is null), changed, or went (`after` is). It may learn late which session it belongs to; it never changes to
   * another.
   */
  change(owner: { tenant: number; project: number }, before: TraceState | null, after: TraceState | null): void {
    const id = (after ?? before)?.sessionId ?? null
    if (id === null) return
    const change = this.#changeOf(owner, id)
    if (before !== null && before.sessionId !== null) {
      add(change, before, -1)
      if (before.startedAt !== after?.startedAt) change.moved = true
    }
    if (after) add(change, after, 1)
    const startedAt = after?.startedAt ?? null
    if (startedAt === null) return
    change.first = Math.min(change.first, startedAt)
    change.last = Math.max(change.last, startedAt)
  }

  /** Writes down what was gathered; the postings must be as they shall stay. */
  flush(): void {
    for (const { place, first, last, moved, ...sums } of this.#changes.values()) {
      const { term, project, tenant, id } = place
      const { traces, errors, spans, tokens, priced, cost } = sums
      this.#add.run(term, project, tenant, id, first, last, traces, errors, spans, tokens, priced, cost)
      if (!moved) continue
      this.#settle.run(project, project, term, project)
      this.#drop.run(term, project)
    }
    this.#changes.clear()
  }

  /** After a rollback. */
  forget(): void {
    this.#changes.clear()
  }

  #changeOf({ tenant, project }: { tenant: number; project: number }, id: string): Change {
    const term = this.#terms.keyOf(tenant, sessionTerm(id))
    return getOrAdd(this.#changes, `${term} ${project}`, () => ({ place: { term, project, tenant, id }, ...NOTHING }))
  }
}

interface Change {
  place: SessionPlace
  first: number
  last: number
  traces: number
  errors: number
  spans: number
  tokens: number
  priced: number
  cost: number
  moved: boolean
}

/** The borders are such that they never win. */
const NOTHING = {
  first: Number.MAX_SAFE_INTEGER,
  last: Number.MIN_SAFE_INTEGER,
  ...{ traces: 0, errors: 0, spans: 0, tokens: 0, priced: 0, cost: 0, moved: false },
}

function add(change: Change, state: TraceState, sign: 1 | -1): void {
  change.traces += sign
  change.errors += state.error === null ? 0 : sign
  change.spans += sign * state.spanCount
  change.tokens += sign * ((state.promptTokens ?? 0) + (state.completionTokens ?? 0))
  change.priced += state.cost === null ? 0 : sign
  change.cost += sign * (state.cost ?? 0)
}

const border = (order: 'ASC' | 'DESC'): string =>
  `(SELECT o.started_at FROM postings o CROSS JOIN traces t ON t.key = o.trace
    WHERE o.term = sessions.term AND t.project = ? ORDER BY o.started_at ${order}, o.trace ${order} LIMIT 1)`
