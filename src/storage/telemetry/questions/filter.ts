import type { ProjectId, TenantId } from '../../../ids.ts'
import type { Term } from '../terms.ts'

/** Which traces, in the field's words. Everything composes by AND; times are inclusive, milliseconds. */
export interface TraceFilter {
  tenantId: TenantId
  projectId?: ProjectId
  /** Equalities that the term index answers: session, name, model, tag, metadata, failure type, error. */
  terms: readonly Term[]
  /** `false`: only traces without error (with one: the term `error`). */
  failed?: false
  from?: number
  to?: number
  latencyMs?: Range
  /** US dollars. */
  cost?: Range
  totalTokens?: Range
}

export interface Range {
  min?: number
  max?: number
}

const SORTABLE = ['started_at', 'latency_ms', 'cost', 'total_token_count'] as const
export interface Sort {
  by: (typeof SORTABLE)[number]
  descending: boolean
}

export interface ListTraces extends TraceFilter {
  sort: Sort
  limit: number
  /** Where the page before ended: the sort value of its last trace, and its key. */
  after?: readonly [value: number, key: number]
}
