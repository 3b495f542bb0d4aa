import type { Database } from 'better-sqlite3'
import type { TenantId, TraceId } from '../../ids.ts'
import { refoldCosts, type TraceState } from './fold.ts'
import type { StoredTrace } from './statements.ts'
import type { UsageTree } from './usage-tree.ts'

/** New costs of some spans of a trace. */
export interface Repriced {
  tenantId: TenantId
  traceId: TraceId
  spans: readonly RepricedSpan<string>[]
}

export interface RepricedSpan<Price> {
  key: number
  /** Dollars; null when there is no price any more. */
  cost: number | null
  /** The rates, as with a new span. */
  price: Price | null
}

/** A span as far as a trace's costs follow from it. */
export interface CostSpan {
  type: string
  model: string | null
  cost: number | null
}

/** Gives spans other costs, and derives anew what their trace has from them. */
export class Repricer {
  readonly #tree: UsageTree
  readonly #sql: ReturnType<typeof statements>

  constructor(db: Database, tree: UsageTree) {
    this.#tree = tree
    this.#sql = statements(db)
  }

  /** The trace's state after it, or null when none of the spans is there any more. */
  reprice(trace: StoredTrace, spans: readonly RepricedSpan<number>[]): TraceState | null {
    let changed = 0
    for (const { key, cost, price } of spans) {
      if (this.#sql.setCost.run(cost, key, trace.key).changes === 0) continue
      this.#sql.setPrice.run(price, key)
      changed += 1
    }
    if (changed === 0) return null
    const state: TraceState = { ...trace }
    refoldCosts(state, this.#sql.spans.all(trace.key), this.#tree.recount(trace.key).cost)
    return state
  }
}

function statements(db: Database) {
  return {
    setCost: db.prepare<[number | null, number, number]>('UPDATE spans SET cost = ? WHERE key = ? AND trace = ?'),
    setPrice: db.prepare<[number | null, number]>('UPDATE span_payloads SET price = ? WHERE key = ?'),
    spans: db.prepare<[number], CostSpan>('SELECT type, model, cost FROM spans WHERE trace = ? ORDER BY key'),
  }
}
