import type { Database, Statement } from 'better-sqlite3'

/** What the mirror reads of `telemetry.db`. Rows are lists, since as objects they cost twice as much: `TRACE` and `SPAN` say where in them what is. */
export type Row = (number | string | null)[]

const TRACE_COLUMNS = {
  key: 'key',
  createdSeq: 'created_seq',
  createdAt: 'created_at',
  seq: 'seq',
  tenant: 'tenant',
  project: 'project',
  id: 'id',
  startedAt: 'started_at',
  latencyMs: 'latency_ms',
  error: 'error',
  failureType: 'failure_type',
  name: 'name',
  model: 'model',
  environment: 'environment',
  sessionId: 'session_id',
  userId: 'user_id',
  tags: 'tags',
  tagMap: 'tag_map',
  cost: 'cost',
  promptTokens: 'prompt_tokens',
  completionTokens: 'completion_tokens',
  spanCount: 'span_count',
} as const

/** Every value that is read costs; what only few spans have is read apart. */
const SPAN_COLUMNS = {
  trace: 's.trace',
  startedAt: 's.started_at',
  latencyMs: 'ifnull(s.latency_ms, iif(s.ended_at >= s.started_at, s.ended_at - s.started_at, NULL))',
  name: 's.name',
  type: 's.type',
  failed: 's.error IS NOT NULL',
  failureType: 's.failure_type',
  model: 's.model',
  provider: 's.provider',
  reportedBelow: 's.reported_below',
  cost: 's.cost',
  promptTokens: 's.prompt_tokens',
  completionTokens: 's.completion_tokens',
  cacheReadTokens: 's.cache_read_tokens',
  cacheWriteTokens: 's.cache_write_tokens',
  reasoningTokens: 's.reasoning_tokens',
} as const

const places = <T extends object>(columns: T) =>
  Object.fromEntries(Object.keys(columns).map((name, i) => [name, i])) as Record<keyof T, number>
export const TRACE = places(TRACE_COLUMNS)
export const SPAN = places(SPAN_COLUMNS)
export const keyOf = (row: Row): number => row[TRACE.key] as number

/** A span that failed, as `failures/failures.ts` judges it. */
export interface FailedSpan {
  id: string
  parentId: string | null
  name: string
  error: string
  failureType: string | null
  seenAt: number
}

export function factStatements(db: Database) {
  const raw = <P extends unknown[]>(sql: string): Statement<P, Row> => db.prepare<P, Row>(sql).raw()
  return {
    head: db.prepare<[], number>('SELECT seq FROM log_head').pluck(),
    projects: raw<[number]>('SELECT key, id, tenant FROM projects WHERE key > ? ORDER BY key'),
    idOf: db.prepare<[number], string>('SELECT id FROM traces WHERE key = ?').pluck(),
    erasedAfter: db
      .prepare<[number, string, number], number>(
        'SELECT seq FROM tombstones WHERE trace_key = ? AND id = ? AND seq > ?',
      )
      .pluck(),
    projectId: db.prepare<[number], string>('SELECT id FROM projects WHERE key = ?').pluck(),
    traces: raw<[number, number]>(
      `SELECT ${Object.values(TRACE_COLUMNS)} FROM traces INDEXED BY traces_seq WHERE seq > ? ORDER BY seq LIMIT ?`,
    ),
    /** Of new traces, whose keys follow on one another. */
    spansBetween: raw<[number, number]>(
      `SELECT ${Object.values(SPAN_COLUMNS)} FROM spans s WHERE s.trace BETWEEN ? AND ?`,
    ),
    spansOf: raw<[string]>(
      `SELECT ${Object.values(SPAN_COLUMNS)} FROM json_each(?) k CROSS JOIN spans s ON s.trace = k.value`,
    ),
    failedSpans: db.prepare<[number, number], FailedSpan>(
      `SELECT id, parent_id AS parentId, name, error, failure_type AS failureType, created_at AS seenAt
       FROM spans WHERE trace = ? AND error IS NOT NULL ORDER BY id LIMIT ?`,
    ),
    feedback: raw<[number, number]>(
      `SELECT key, seq, tenant, project, id, trace, label, score, created_at FROM feedback WHERE seq > ? AND seq <= ? ORDER BY seq`,
    ),
    evaluations: raw<[number, number]>(
      `SELECT key, seq, tenant, project, id, trace, metric, evaluator_type, context, status, label, score, created_at
       FROM evaluations WHERE seq > ? AND seq <= ? ORDER BY seq`,
    ),
    /** For each other kind of fact the place of the last one that a step takes, if there are that many. */
    reaches: ['feedback', 'evaluations', 'tombstones'].map((table) =>
      db
        .prepare<[number, number], number>(`SELECT seq FROM ${table} WHERE seq > ? ORDER BY seq LIMIT 1 OFFSET ?`)
        .pluck(),
    ),
    erased: db.prepare<[number, number], number>('SELECT trace_key FROM tombstones WHERE seq > ? AND seq <= ?').pluck(),
  }
}
export type FactStatements = ReturnType<typeof factStatements>
