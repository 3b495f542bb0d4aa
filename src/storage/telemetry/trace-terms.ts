import type { TraceState } from './fold.ts'
import type { Statements, StoredTrace } from './statements.ts'
import type { TermIndex } from './term-index.ts'
import { modelTerm, type Term, type Termed, termed, termsOf } from './terms.ts'

/** A trace as it is posted: the start stands in each posting. */
interface Posted {
  state: TraceState
  termed: Termed
}

/** To read so many spans costs as much as to ask the index for each model of a tenant. */
const MANY_SPANS = 500

/** Posts traces under what they can be filtered by, and moves the postings as traces change. Part of the writer. */
export class TraceTerms {
  readonly #sql: Statements
  readonly #index: TermIndex

  constructor(sql: Statements, index: TermIndex) {
    this.#sql = sql
    this.#index = index
  }

  /** What a stored trace is posted under, but for its models. */
  of(known: StoredTrace): Termed {
    return termed(known, {
      tags: JSON.parse(known.tags) as string[],
      tagMap: JSON.parse(known.tagMap) as Record<string, string>,
      metadata: this.#sql.metadataOf.get(known.key) ?? '{}',
    })
  }

  /** Posts a new trace. */
  post(tenant: number, key: number, trace: Posted, models: Iterable<string>): void {
    const startedAt = trace.state.startedAt ?? 0
    for (const term of termsOf(trace.termed)) this.#index.post(tenant, term, startedAt, key)
    for (const model of models) this.#index.post(tenant, modelTerm(model), startedAt, key)
  }

  /** Moves a trace from its old terms to its new ones. A new start moves them all. */
  repost(tenant: number, key: number, before: Posted, after: Posted, newModels: ReadonlySet<string>): void {
    const from = before.state.startedAt ?? 0
    const isMoved = from !== (after.state.startedAt ?? 0)
    const models = new Set(newModels)
    if (after.state.model !== null) models.add(after.state.model)
    if (isMoved) {
      for (const model of this.#modelsOf(tenant, key, before.state, after.state.model)) {
        models.add(model)
        this.#index.unpost(tenant, modelTerm(model), from, key)
      }
    }
    const kept = new Set(termsOf(after.termed).map(termText))
    for (const term of termsOf(before.termed)) {
      if (!kept.has(termText(term))) this.#index.erase(tenant, term, from, key)
      else if (isMoved) this.#index.unpost(tenant, term, from, key)
    }
    this.post(tenant, key, after, models)
  }

  /** Takes a trace, stored as `known` until now, off those of the models that none of its spans has any more. */
  dropModels(tenant: number, known: StoredTrace, model: string | null, models: ReadonlySet<string>): void {
    const left = new Set([...this.#sql.modelsOf.all(known.key), model])
    for (const one of models)
      if (!left.has(one)) this.#index.erase(tenant, modelTerm(one), known.startedAt ?? 0, known.key)
  }

  /** Takes a trace off all that it is posted under. */
  erase(tenant: number, known: StoredTrace): void {
    const startedAt = known.startedAt ?? 0
    const models = new Set(this.#sql.modelsOf.all(known.key))
    if (known.model !== null) models.add(known.model)
    for (const term of termsOf(this.of(known))) this.#index.erase(tenant, term, startedAt, known.key)
    for (const model of models) this.#index.erase(tenant, modelTerm(model), startedAt, known.key)
  }

  /**
   * The models that a trace is posted under. Of a large one they are asked of the index: its spans would all be read each time that one comes
   * which began before all others, and the last of 70 requests would take five times as long as the first.
   */
  #modelsOf(tenant: number, trace: number, { spanCount, startedAt }: TraceState, model: string | null): string[] {
    if (spanCount > MANY_SPANS) return this.#sql.postedModels.all(tenant, startedAt ?? 0, trace)
    return [...this.#sql.modelsOf.all(trace), ...(model === null ? [] : [model])]
  }
}

const termText = ([name, value]: Term): string => `${name}\u0000${value}`
