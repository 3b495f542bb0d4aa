import type { Database } from 'better-sqlite3'
import { rfc3339 } from '../../../clock.ts'
import type { TenantId } from '../../../ids.ts'
import { RawJson, timeOrNull, traceItem, writeObject } from './answer.ts'
import { TRACE_COLUMNS, type TraceRow } from './list.ts'

/**
 * One trace, whole, as the JSON of the API, in pieces of a few hundred kilobytes. Each piece is a read of its own: a slow reader
 * holds no snapshot open, so the write-ahead log can be folded meanwhile; spans never change once they are written.
 */
export interface AskTrace {
  tenantId: TenantId
  id: string
}

const PIECE_BYTES = 256 * 1024
const SPANS_AT_ONCE = 200

interface HotTrace extends TraceRow {
  rootSpan: number | null
}

interface SpanRow {
  key: number
  id: string
  externalId: string | null
  parentId: string | null
  otelSpanId: string | null
  createdAt: number
  name: string
  type: string
  kind: string | null
  model: string | null
  provider: string | null
  error: string | null
  failureType: string | null
  startedAt: number | null
  endedAt: number | null
  latencyMs: number | null
  cost: number | null
  promptTokens: number | null
  completionTokens: number | null
  cacheReadTokens: number | null
  cacheWriteTokens: number | null
  reasoningTokens: number | null
  input: string | null
  output: string | null
  metadata: string
}

/** Null when the tenant has no such trace. */
export function traceDetail(db: Database, ask: AskTrace): Generator<Uint8Array> | null {
  const trace = findTrace(db, ask)
  return trace ? write(db, ask, trace) : null
}

function* write(db: Database, { tenantId }: AskTrace, trace: HotTrace): Generator<Uint8Array> {
  let text = `${head(db, trace)},"events":[${events(db, trace.key)}],"spans":[`
  let first = true
  for (const batch of spansInOrder(db, trace.key)) {
    for (const span of batch) {
      text += (first ? '' : ',') + spanJson(span, tenantId, trace)
      first = false
      if (text.length < PIECE_BYTES) continue
      yield Buffer.from(text)
      text = ''
    }
  }
  yield Buffer.from(`${text}]}`)
}

function findTrace(db: Database, { tenantId, id }: AskTrace): HotTrace | undefined {
  return db
    .prepare<[string, string], HotTrace>(
      `SELECT 0 AS sortValue, ${TRACE_COLUMNS}, t.root_span AS rootSpan
       FROM traces t JOIN projects p ON p.key = t.project
       WHERE t.tenant = (SELECT key FROM tenants WHERE id = ?) AND t.id = ?`,
    )
    .get(tenantId, id)
}

/** The trace's own fields, without the closing brace. What it does not say itself it has from its root span. */
function head(db: Database, trace: HotTrace): string {
  const own = db
    .prepare<[number], { input: string | null; output: string | null; metadata: string }>(
      'SELECT input, output, metadata FROM trace_payloads WHERE key = ?',
    )
    .get(trace.key)
  const root =
    trace.rootSpan === null
      ? undefined
      : db
          .prepare<[number], { input: string | null; output: string | null }>(
            'SELECT input, output FROM span_payloads WHERE key = ?',
          )
          .get(trace.rootSpan)
  const { input_preview: _i, output_preview: _o, ...fields } = traceItem(trace)
  const json = writeObject({
    ...fields,
    input: own?.input ?? root?.input ?? null,
    output: own?.output ?? root?.output ?? null,
    metadata: new RawJson(own?.metadata ?? '{}'),
    control_loop_depth: 0,
  })
  return json.slice(0, -1)
}

function events(db: Database, trace: number): string {
  const rows = db
    .prepare<
      [number],
      { id: string; spanId: string | null; level: string; message: string; at: number | null; metadata: string }
    >(
      `SELECT id, span_id AS spanId, level, message, at, metadata FROM events WHERE trace = ? ORDER BY ifnull(at, 0), key`,
    )
    .all(trace)
  return rows
    .map((e) =>
      writeObject({
        id: e.id,
        span_id: e.spanId,
        level: e.level,
        message: e.message,
        created_at: timeOrNull(e.at),
        metadata: new RawJson(e.metadata),
      }),
    )
    .join(',')
}

/** Spans by start, in batches; only one batch of payloads is in memory. */
function* spansInOrder(db: Database, trace: number): Generator<SpanRow[]> {
  const keys = db
    .prepare<[number], number>('SELECT key FROM spans WHERE trace = ? ORDER BY started_at IS NULL, started_at, key')
    .pluck()
    .all(trace)
  const read = db.prepare<[string], SpanRow>(
    `SELECT s.key, s.id, s.external_id AS externalId, s.parent_id AS parentId, s.otel_span_id AS otelSpanId,
       s.created_at AS createdAt, s.name, s.type, s.kind, s.model, s.provider, s.error, s.failure_type AS failureType,
       s.started_at AS startedAt, s.ended_at AS endedAt, s.latency_ms AS latencyMs, s.cost, s.prompt_tokens AS promptTokens,
       s.completion_tokens AS completionTokens, s.cache_read_tokens AS cacheReadTokens,
       s.cache_write_tokens AS cacheWriteTokens, s.reasoning_tokens AS reasoningTokens, y.input, y.output, y.metadata
     FROM json_each(?) k CROSS JOIN spans s ON s.key = k.value CROSS JOIN span_payloads y ON y.key = s.key
     ORDER BY k.id`,
  )
  for (let i = 0; i < keys.length; i += SPANS_AT_ONCE) yield read.all(JSON.stringify(keys.slice(i, i + SPANS_AT_ONCE)))
}

function spanJson(span: SpanRow, tenantId: string, trace: HotTrace): string {
  return writeObject({
    id: span.id,
    external_id: span.externalId ?? undefined,
    tenant_id: tenantId,
    trace_id: trace.id,
    parent_span_id: span.parentId,
    otel_trace_id: trace.otelTraceId,
    otel_span_id: span.otelSpanId,
    created_at: rfc3339(span.createdAt),
    name: span.name,
    type: span.type,
    kind: span.kind,
    model: span.model,
    provider: span.provider,
    input: span.input,
    output: span.output,
    error: span.error,
    failure_type: span.failureType,
    start_time: timeOrNull(span.startedAt),
    end_time: timeOrNull(span.endedAt),
    latency_ms: span.latencyMs,
    cost: span.cost,
    prompt_tokens: span.promptTokens,
    completion_tokens: span.completionTokens,
    cache_read_tokens: span.cacheReadTokens,
    cache_write_tokens: span.cacheWriteTokens,
    reasoning_tokens: span.reasoningTokens,
    metadata: new RawJson(span.metadata),
  })
}
