import type { Database } from 'better-sqlite3'
import { rfc3339 } from '../../../clock.ts'
import type { ListTraces } from './filter.ts'
import { listTraces, type TraceRow } from './list.ts'

/** A trace as the API shows it in a list; the fields that are not in the published contract are ours. */
export interface TraceItem {
  id: string
  project_id: string
  session_id: string | null
  external_id: string | null
  otel_trace_id: string | null
  user_id: string | null
  environment: string | null
  name: string | null
  model: string | null
  latency_ms: number | null
  cost: number | null
  total_token_count: number | null
  error: string | null
  failure_type: string | null
  tags: string[]
  tag_map: Record<string, string>
  span_count: number
  input_preview: string | null
  output_preview: string | null
  started_at: string
  ended_at: string | null
}

/** A page, with the place where the next one begins. */
export interface TracePage {
  traces: TraceItem[]
  hasMore: boolean
  last: [value: number, key: number] | null
}

export const timeOrNull = (ms: number | null): string | null => (ms === null ? null : rfc3339(ms))

/** The same as `rfc3339` in SQL, of a column of milliseconds; null of null. Takes half as long as `strftime` with a format. */
export const timeAsText = (column: string): string =>
  `replace(datetime(${column} / 1000.0, 'unixepoch', 'subsec'), ' ', 'T') || 'Z'`

export function traceItem(row: TraceRow): TraceItem {
  return {
    id: row.id,
    project_id: row.projectId,
    session_id: row.sessionId,
    external_id: row.externalId,
    otel_trace_id: row.otelTraceId,
    user_id: row.userId,
    environment: row.environment,
    name: row.name,
    model: row.model,
    latency_ms: row.latencyMs,
    cost: row.cost,
    total_token_count: row.totalTokens,
    error: row.error,
    failure_type: row.failureType,
    tags: JSON.parse(row.tags) as string[],
    tag_map: JSON.parse(row.tagMap) as Record<string, string>,
    span_count: row.spanCount,
    input_preview: row.inputPreview,
    output_preview: row.outputPreview,
    started_at: rfc3339(row.startedAt),
    ended_at: timeOrNull(row.endedAt),
  }
}

/** One page of `ask.limit` traces; one more is read to know whether there are more. */
export function tracePage(db: Database, ask: ListTraces, few?: number): TracePage {
  return pageOfRows(listTraces(db, { ...ask, limit: ask.limit + 1 }, few), ask.limit)
}

/** The page of rows that were read one past `limit`. */
export function pageOfRows(rows: readonly TraceRow[], limit: number): TracePage {
  const page = rows.slice(0, limit)
  const last = page.at(-1)
  return {
    traces: page.map(traceItem),
    hasMore: rows.length > page.length,
    last: last ? [last.sortValue, last.key] : null,
  }
}

/** Stored JSON text inside JSON that is being written; the stored text is trusted, for only the writer wrote it. */
export class RawJson {
  constructor(readonly text: string) {}
}

/** `JSON.stringify` for an object whose values may be JSON text already. */
export function writeObject(fields: Record<string, unknown>): string {
  let text = '{'
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue
    text += `${text.length > 1 ? ',' : ''}"${name}":${value instanceof RawJson ? value.text : JSON.stringify(value)}`
  }
  return `${text}}`
}
