import type { Database, Statement } from 'better-sqlite3'

/**
 * What the mirror reads of `telemetry.db`: column by column, each as one JSON text that SQLite makes of it. A value that comes by itself costs
 * as much as ten that are read out of such a text.
 */
export interface TraceColumns {
  key: number[]
  createdSeq: number[]
  createdAt: number[]
  seq: number[]
  tenant: number[]
  project: number[]
  id: string[]
  startedAt: number[]
  latencyMs: (number | null)[]
  error: (string | null)[]
  failureType: (string | null)[]
  name: (string | null)[]
  model: (string | null)[]
  environment: (string | null)[]
  sessionId: (string | null)[]
  userId: (string | null)[]
  tags: string[]
  tagMap: string[]
  cost: (number | null)[]
  promptTokens: (number | null)[]
  completionTokens: (number | null)[]
  spanCount: number[]
}

const TRACE_SQL: Record<keyof TraceColumns, string> = {
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
}

export interface SpanColumns {
  trace: number[]
  startedAt: (number | null)[]
  latencyMs: (number | null)[]
  name: string[]
  type: string[]
  /** 0 or 1. */
  failed: number[]
  failureType: (string | null)[]
  model: (string | null)[]
  provider: (string | null)[]
  reportedBelow: (number | null)[]
  cost: (number | null)[]
  promptTokens: (number | null)[]
  completionTokens: (number | null)[]
  cacheReadTokens: (number | null)[]
  cacheWriteTokens: (number | null)[]
  reasoningTokens: (number | null)[]
}

/** Every value that is read costs; what only few spans have is read apart. */
const SPAN_SQL: Record<keyof SpanColumns, string> = {
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
}

/** What is longer as one text is read row by row: no text may have more than half a gigabyte. */
const LONGEST_TEXT = 64 * 1024 * 1024

/** Prepares to read columns. `rows` says which, with everything after the `SELECT` list. */
function columnReader<C extends object, P extends unknown[]>(
  db: Database,
  sql: Record<keyof C & string, string>,
  rows: string,
): (...values: P) => C {
  const names = Object.keys(sql) as (keyof C & string)[]
  const list = names.map((name) => `${sql[name]} AS "${name}"`)
  const plain = db.prepare<P, (number | string | null)[]>(`SELECT ${list} ${rows}`).raw()
  const columns = names.map((name) => `'${name}', json_group_array("${name}")`)
  const packed = db
    .prepare<P, string | null>(
      `WITH packed AS MATERIALIZED (SELECT json_object(${columns}) AS text FROM (SELECT ${list} ${rows}))
       SELECT iif(octet_length(text) <= ${LONGEST_TEXT}, text, NULL) FROM packed`,
    )
    .pluck()
  return (...values) => {
    const text = unlessTooLong(() => packed.get(...values) ?? null)
    if (text !== null) return JSON.parse(text) as C
    const read = names.map((): (number | string | null)[] => [])
    for (const row of plain.iterate(...values)) for (const [i, column] of read.entries()) column.push(row[i] ?? null)
    return Object.fromEntries(names.map((name, i) => [name, read[i]])) as C
  }
}

/** Null where it is too long for SQLite itself. */
function unlessTooLong(read: () => string | null): string | null {
  try {
    return read()
  } catch (error) {
    if ((error as { code?: string }).code === 'SQLITE_TOOBIG') return null
    throw error
  }
}

export type Row = (number | string | null)[]

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
    traces: columnReader<TraceColumns, [after: number, most: number]>(
      db,
      TRACE_SQL,
      'FROM traces INDEXED BY traces_seq WHERE seq > ? ORDER BY seq LIMIT ?',
    ),
    /** Of new traces, whose keys follow on one another. */
    spansBetween: columnReader<SpanColumns, [first: number, last: number]>(
      db,
      SPAN_SQL,
      'FROM spans s WHERE s.trace BETWEEN ? AND ?',
    ),
    spansOf: columnReader<SpanColumns, [keys: string]>(
      db,
      SPAN_SQL,
      'FROM json_each(?) k CROSS JOIN spans s ON s.trace = k.value',
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
