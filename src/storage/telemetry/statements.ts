import type { Database } from 'better-sqlite3'
import type { TraceState } from './fold.ts'
import type { PackedSpan } from './pack.ts'

/** A trace's hot row as the writer needs it to grow the trace. */
export interface StoredTrace extends TraceState {
  key: number
  project: number
  createdAt: number
  tags: string
  tagMap: string
  /** 1: it did not come as OTLP. */
  isNative: number
}

/** The last numbers that were given: of the log, of traces, of spans. */
export interface Head {
  seq: number
  traceKey: number
  spanKey: number
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

const CHANGING = [...Object.keys(STATE), 'seq', 'total_tokens', 'tags', 'tag_map']
const OWN = ['created_seq', 'key', 'tenant', 'project', 'id', 'created_at', 'external_id', 'otel_trace_id']
const COLUMNS = [...CHANGING, ...OWN]

const STATE_NAMES = Object.values(STATE)

/** What changes with a trace, in the order of `CHANGING`. */
export interface Changing {
  state: TraceState
  seq: number
  tags: string
  tagMap: string
}

/** What a trace has for good, in the order of `OWN`. */
export interface Own {
  createdSeq: number
  key: number
  tenant: number
  project: number
  id: string
  createdAt: number
  externalId: string | null
  otelTraceId: string | null
}

/** Values by place. An object of all of them, to bind by name, cost 30 KB of garbage a trace. */
export function changingValues({ state, seq, tags, tagMap }: Changing): unknown[] {
  const values: unknown[] = STATE_NAMES.map((name) => state[name])
  values.push(seq, totalTokens(state), tags, tagMap)
  return values
}

export function traceValues(changing: Changing, own: Own): unknown[] {
  const values = changingValues(changing)
  values.push(own.createdSeq, own.key, own.tenant, own.project)
  values.push(own.id, own.createdAt, own.externalId, own.otelTraceId)
  return values
}

/** The values of `insertSpan`, in its order. */
export function spanValues(key: number, trace: number, createdAt: number, span: PackedSpan, payloadBytes: number) {
  return [
    key,
    trace,
    span.id,
    span.externalId,
    span.parentId,
    span.otelSpanId,
    createdAt,
    span.name,
    span.type,
    span.kind,
    span.model,
    span.provider,
    span.error,
    span.failureType,
    span.startedAt,
    span.endedAt,
    span.latencyMs,
    span.cost,
    span.promptTokens,
    span.completionTokens,
    span.cacheReadTokens,
    span.cacheWriteTokens,
    span.reasoningTokens,
    span.inputAudioTokens,
    span.outputAudioTokens,
    payloadBytes,
  ]
}

const totalTokens = ({ promptTokens, completionTokens }: TraceState): number | null =>
  promptTokens === null && completionTokens === null ? null : (promptTokens ?? 0) + (completionTokens ?? 0)

const marks = (count: number): string => Array(count).fill('?').join(', ')

/** A text that is bound as UTF-8 (`pack.ts`). */
const TEXT = 'CAST(? AS TEXT)'

export type Statements = ReturnType<typeof statements>

/** Every statement of the writer, prepared once. */
export function statements(db: Database) {
  const id = <P extends unknown[]>(sql: string) => db.prepare<P, number>(sql).pluck()
  return {
    head: db.prepare<[], Head>('SELECT seq, trace_key AS traceKey, span_key AS spanKey FROM log_head'),
    setHead: db.prepare<[number, number, number]>('UPDATE log_head SET seq = ?, trace_key = ?, span_key = ?'),

    findTenant: id<[string]>('SELECT key FROM tenants WHERE id = ?'),
    insertTenant: db.prepare<[string]>('INSERT INTO tenants (id) VALUES (?)'),
    findProject: id<[string]>('SELECT key FROM projects WHERE id = ?'),
    insertProject: db.prepare<[string, number]>('INSERT INTO projects (id, tenant) VALUES (?, ?)'),
    findContext: id<[string]>('SELECT key FROM otlp_contexts WHERE hash = ?'),
    insertContext: db.prepare<[string, string]>('INSERT INTO otlp_contexts (hash, body) VALUES (?, ?)'),

    findTrace: db.prepare<[number, string], StoredTrace>(
      `SELECT key, project, created_at AS createdAt, tags, tag_map AS tagMap, otel_trace_id IS NULL AS isNative, ${Object.entries(STATE).map(([column, name]) => `${column} AS ${name}`)}
       FROM traces WHERE tenant = ? AND id = ?`,
    ),
    insertTrace: db.prepare(`INSERT INTO traces (${COLUMNS}) VALUES (${marks(COLUMNS.length)})`),
    updateTrace: db.prepare(`UPDATE traces SET ${CHANGING.map((column) => `${column} = ?`)} WHERE key = ?`),
    insertTracePayload: db.prepare(
      `INSERT INTO trace_payloads (key, input, output, metadata) VALUES (?, ${TEXT}, ${TEXT}, ?)`,
    ),
    updateTraceMetadata: db.prepare<[string, number]>('UPDATE trace_payloads SET metadata = ? WHERE key = ?'),
    metadataOf: db.prepare<[number], string>('SELECT metadata FROM trace_payloads WHERE key = ?').pluck(),
    modelsOf: db
      .prepare<[number], string>('SELECT DISTINCT model FROM spans WHERE trace = ? AND model IS NOT NULL')
      .pluck(),

    postedModels: db
      .prepare<[number, number, number], string>(
        `SELECT t.value FROM terms t WHERE t.tenant = ? AND t.name = 'model'
           AND EXISTS (SELECT 1 FROM postings p WHERE p.term = t.key AND p.started_at = ? AND p.trace = ?)`,
      )
      .pluck(),

    insertSpan: db.prepare(
      `INSERT INTO spans (key, trace, id, external_id, parent_id, otel_span_id, created_at, name, type, kind, model, provider,
         error, failure_type, started_at, ended_at, latency_ms, cost, prompt_tokens, completion_tokens, cache_read_tokens,
         cache_write_tokens, reasoning_tokens, input_audio_tokens, output_audio_tokens, payload_bytes)
       VALUES (${marks(26)}) ON CONFLICT (trace, id) DO NOTHING`,
    ),
    insertSpanPayload: db.prepare(
      `INSERT INTO span_payloads (key, input, output, metadata, otlp, otlp_context, price, usage_more)
       VALUES (?, ${TEXT}, ${TEXT}, ${TEXT}, ${TEXT}, ?, ?, ?)`,
    ),
    addUsage: db.prepare<[number, string, number, number, number]>(
      `INSERT INTO usage_daily (tenant, day, traces, spans, evals) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (tenant, day) DO UPDATE
         SET traces = traces + excluded.traces, spans = spans + excluded.spans, evals = evals + excluded.evals`,
    ),
    findPrice: id<[string]>('SELECT key FROM prices WHERE body = ?'),
    insertPrice: db.prepare<[string]>('INSERT INTO prices (body) VALUES (?)'),
    addUnpriced: db.prepare<[number, string, string, string, string, number]>(
      `INSERT INTO unpriced_daily (tenant, day, model, provider, tier, spans) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (tenant, day, model, provider, tier) DO UPDATE SET spans = spans + excluded.spans`,
    ),
    unpricedOfDay: id<[number, string]>('SELECT count(*) FROM unpriced_daily WHERE tenant = ? AND day = ?'),

    insertDeadLetter: db.prepare(
      `INSERT INTO dead_letters (id, tenant, project, received_at, source, code, message, subject_id, size)
       VALUES (${marks(9)})`,
    ),
    replayedDeadLetter: db.prepare<[number, number, string, number]>(
      `UPDATE dead_letters SET state = 'replayed', settled_at = ?, tried_at = ?, attempts = attempts + 1
       WHERE id = ? AND tenant = ? AND state = 'open'`,
    ),
    failDeadLetter: db.prepare<[string, string, number, string, number]>(
      `UPDATE dead_letters SET code = ?, message = ?, tried_at = ?, attempts = attempts + 1
       WHERE id = ? AND tenant = ? AND state = 'open'`,
    ),
    dismissDeadLetter: db.prepare<[number, string, number]>(
      `UPDATE dead_letters SET state = 'resolved', settled_at = ? WHERE id = ? AND tenant = ? AND state = 'open'`,
    ),
    insertDeadLetterPayload: db.prepare('INSERT INTO dead_letter_payloads (key, payload) VALUES (?, ?)'),
  }
}
