import type { Database } from 'better-sqlite3'
import type { TraceState } from './fold.ts'

/** A trace's hot row as the writer needs it to grow the trace. */
export interface StoredTrace extends TraceState {
  key: number
  createdAt: number
  tags: string
  tagMap: string
}

/** What changes when a trace grows, by column. */
const STATE = {
  session_id: 'sessionId',
  user_id: 'userId',
  environment: 'environment',
  name: 'name',
  model: 'model',
  error: 'error',
  failure_type: 'failureType',
  started_at: 'startedAt',
  ended_at: 'endedAt',
  latency_ms: 'latencyMs',
  cost: 'cost',
  prompt_tokens: 'promptTokens',
  completion_tokens: 'completionTokens',
  span_count: 'spanCount',
  input_preview: 'inputPreview',
  output_preview: 'outputPreview',
  fixed: 'fixed',
  root_span: 'rootSpan',
  root_rank: 'rootRank',
  root_started_at: 'rootStartedAt',
  root_error: 'rootError',
  root_failure_type: 'rootFailureType',
  model_cost: 'modelCost',
  last_started_at: 'lastStartedAt',
  last_error: 'lastError',
  last_failure_type: 'lastFailureType',
} as const satisfies Record<string, keyof TraceState>

const CHANGING = { ...STATE, seq: 'seq', total_tokens: 'totalTokens', tags: 'tags', tag_map: 'tagMap' } as const
const ALL = {
  ...CHANGING,
  created_seq: 'createdSeq',
  key: 'key',
  tenant: 'tenant',
  project: 'project',
  id: 'id',
  created_at: 'createdAt',
  external_id: 'externalId',
  otel_trace_id: 'otelTraceId',
} as const

const list = (columns: Record<string, string>, one: (column: string, name: string) => string): string =>
  Object.entries(columns)
    .map(([column, name]) => one(column, name))
    .join(', ')

const NAMES = Object.values(ALL)

/** The values of `insertTrace`, in its order: bound by place, which is faster than by name. */
export function traceValues(fields: Record<(typeof ALL)[keyof typeof ALL], unknown>): unknown[] {
  return NAMES.map((name) => fields[name as keyof typeof fields])
}

const marks = (count: number): string => Array(count).fill('?').join(', ')

export type Statements = ReturnType<typeof statements>

/** Every statement of the writer, prepared once. */
export function statements(db: Database) {
  const id = <P extends unknown[]>(sql: string) => db.prepare<P, number>(sql).pluck()
  return {
    head: id<[]>('SELECT seq FROM log_head'),
    setHead: db.prepare<[number]>('UPDATE log_head SET seq = ?'),
    lastTraceKey: id<[]>('SELECT max(key) FROM traces'),
    lastSpanKey: id<[]>('SELECT max(key) FROM spans'),

    findTenant: id<[string]>('SELECT key FROM tenants WHERE id = ?'),
    insertTenant: db.prepare<[string]>('INSERT INTO tenants (id) VALUES (?)'),
    findProject: id<[string]>('SELECT key FROM projects WHERE id = ?'),
    insertProject: db.prepare<[string, number]>('INSERT INTO projects (id, tenant) VALUES (?, ?)'),
    findContext: id<[string]>('SELECT key FROM otlp_contexts WHERE hash = ?'),
    insertContext: db.prepare<[string, string]>('INSERT INTO otlp_contexts (hash, body) VALUES (?, ?)'),

    findTrace: db.prepare<[number, string], StoredTrace>(
      `SELECT key, created_at AS createdAt, tags, tag_map AS tagMap, ${list(STATE, (c, n) => `${c} AS ${n}`)}
       FROM traces WHERE tenant = ? AND id = ?`,
    ),
    insertTrace: db.prepare(`INSERT INTO traces (${list(ALL, (c) => c)}) VALUES (${marks(NAMES.length)})`),
    updateTrace: db.prepare(`UPDATE traces SET ${list(CHANGING, (c, n) => `${c} = @${n}`)} WHERE key = @key`),
    insertTracePayload: db.prepare('INSERT INTO trace_payloads (key, input, output, metadata) VALUES (?, ?, ?, ?)'),
    updateTraceMetadata: db.prepare<[string, number]>('UPDATE trace_payloads SET metadata = ? WHERE key = ?'),
    metadataOf: db.prepare<[number], string>('SELECT metadata FROM trace_payloads WHERE key = ?').pluck(),
    modelsOf: db
      .prepare<[number], string>('SELECT DISTINCT model FROM spans WHERE trace = ? AND model IS NOT NULL')
      .pluck(),

    insertSpan: db.prepare(
      `INSERT INTO spans (key, trace, id, external_id, parent_id, otel_span_id, created_at, name, type, kind, model, provider,
         error, failure_type, started_at, ended_at, latency_ms, cost, prompt_tokens, completion_tokens, cache_read_tokens,
         cache_write_tokens, reasoning_tokens, input_audio_tokens, output_audio_tokens)
       VALUES (${marks(25)}) ON CONFLICT (trace, id) DO NOTHING`,
    ),
    insertSpanPayload: db.prepare(
      `INSERT INTO span_payloads (key, input, output, metadata, otlp, otlp_context) VALUES (${marks(6)})`,
    ),
    insertEvent: db.prepare(
      `INSERT INTO events (trace, id, span_id, level, message, at, metadata) VALUES (${marks(7)})
       ON CONFLICT (trace, id) DO NOTHING`,
    ),
    addUsage: db.prepare<[number, string, number, number]>(
      `INSERT INTO usage_daily (tenant, day, traces, spans) VALUES (?, ?, ?, ?)
       ON CONFLICT (tenant, day) DO UPDATE SET traces = traces + excluded.traces, spans = spans + excluded.spans`,
    ),
    insertDeadLetter: db.prepare(
      `INSERT INTO dead_letters (id, tenant, project, received_at, source, code, message, subject_id, size)
       VALUES (${marks(9)})`,
    ),
    insertDeadLetterPayload: db.prepare('INSERT INTO dead_letter_payloads (key, payload) VALUES (?, ?)'),
  }
}
