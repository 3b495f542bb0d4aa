import type { Database } from 'better-sqlite3'
import type { ProjectId, TenantId, TraceId } from '../../../ids.ts'
import { USAGE_COLUMNS, type UsageRow } from '../usage-more.ts'

/** Traces whose costs may be worked out anew. Times are milliseconds, inclusive, of the traces' start. */
export interface AskPriceable {
  tenantId: TenantId
  projectId?: ProjectId
  from: number
  to: number
  /** Only spans of this model. */
  model?: string
}

/** Where the page before ended: start and key of its last trace. */
export type PriceablePlace = [startedAt: number, key: number]

export interface PriceableSpan extends UsageRow {
  key: number
  model: string
  provider: string | null
  createdAt: number
  cost: number | null
}

export interface PriceableTrace {
  id: TraceId
  /** Those that we priced, or that have tokens and no price; never one whose cost the client said. */
  spans: PriceableSpan[]
}

export interface PriceablePage {
  traces: PriceableTrace[]
  /** Traces looked at, also those that have nothing to price. */
  looked: number
  last: PriceablePlace | null
}

/** Enough spans to be worth a question, few enough to be held. */
const MOST_SPANS = 2_000
const MOST_TRACES = 200

interface Row {
  key: number
  id: TraceId
  startedAt: number
  spans: number
}

/** A page of traces by start, with the spans that may be priced. */
export function priceablePage(db: Database, ask: AskPriceable & { after: PriceablePlace | null }): PriceablePage {
  const { where, values, index } = scope(ask)
  const [startedAt, key] = ask.after ?? [ask.from, -1]
  const rows = db
    .prepare<unknown[], Row>(
      `SELECT t.key, t.id, t.started_at AS startedAt, t.span_count AS spans FROM traces t INDEXED BY ${index}
       WHERE ${where} AND (t.started_at, t.key) > (?, ?) ORDER BY t.started_at, t.key LIMIT ${MOST_TRACES}`,
    )
    .all(...values, startedAt, key)
  const page = few(rows)
  const last = page.at(-1)
  const traces = page.map((row) => ({ id: row.id, spans: spansOf(db, row.key, ask.model) }))
  return {
    traces: traces.filter(({ spans }) => spans.length > 0),
    looked: page.length,
    last: last ? [last.startedAt, last.key] : null,
  }
}

/** How many traces there are to look at. */
export function priceableCount(db: Database, ask: AskPriceable): number {
  const { where, values, index } = scope(ask)
  return (
    db
      .prepare<unknown[], number>(`SELECT count(*) FROM traces t INDEXED BY ${index} WHERE ${where}`)
      .pluck()
      .get(...values) ?? 0
  )
}

function scope({ tenantId, projectId, from, to }: AskPriceable) {
  const times = 't.started_at BETWEEN ? AND ?'
  if (projectId === undefined) {
    const where = `t.tenant = (SELECT key FROM tenants WHERE id = ?) AND ${times}`
    return { where, values: [tenantId, from, to], index: 'traces_started' }
  }
  const where = `t.project = (SELECT p.key FROM projects p JOIN tenants n ON n.key = p.tenant WHERE p.id = ? AND n.id = ?) AND ${times}`
  return { where, values: [projectId, tenantId, from, to], index: 'traces_project' }
}

/** As many of them as hold `MOST_SPANS` together, and one at least. */
function few(rows: readonly Row[]): readonly Row[] {
  let spans = 0
  const end = rows.findIndex((row, i) => {
    spans += row.spans
    return i > 0 && spans > MOST_SPANS
  })
  return end === -1 ? rows : rows.slice(0, end)
}

const spansOf = (db: Database, trace: number, model: string | undefined): PriceableSpan[] =>
  db
    .prepare<unknown[], PriceableSpan>(
      `SELECT s.key, s.model, s.provider, s.created_at AS createdAt, s.cost, ${USAGE_COLUMNS}
       FROM spans s CROSS JOIN span_payloads y ON y.key = s.key
       WHERE s.trace = ? AND s.model IS NOT NULL AND (s.prompt_tokens IS NOT NULL OR s.completion_tokens IS NOT NULL)
         AND (s.cost IS NULL OR y.price IS NOT NULL) ${model === undefined ? '' : 'AND s.model = ?'}
       ORDER BY s.key`,
    )
    .all(trace, ...(model === undefined ? [] : [model]))
