import { BIGINT, BOOLEAN, DOUBLE, INTEGER, UUID, VARCHAR } from './duckdb.ts'

/**
 * `analytics.duckdb`: a columnar mirror of the facts, made from the log and disposable. Tables are as narrow as the questions allow, for
 * what is repeated compresses to nothing and the rest is what the file weighs (`npm run bench:analytics` prints bytes per trace).
 *
 * place      how far the log is in here, moved in the transaction that brings it
 * key        a trace's row number in `telemetry.db`
 * call       a span that used a model or cost something. A call without a name is the rest: what the client said the whole trace cost, less
 *            its spans; so the costs of the calls always add up to those of the traces
 * failure    what failed in a trace and why (`failures/failures.ts`)
 * model      of a call, named by a number: a chart of many calls by model takes half the time
 * slot       the quarter of an hour in which a trace started, counted from the epoch
 * task       what became of a tenant's task, of `control.db`, whose ids are used since it knows no numbers
 * list text  several texts in one, each between separators (`\x1f`): such a column compresses better than a list
 *
 * Times are milliseconds since the epoch, durations milliseconds, money US dollars. A change here takes a new `VERSION`: the file is then
 * made anew.
 */
export const VERSION = 5

/** What DuckDB calls the file. */
export const CATALOG = 'mirror'

/** Separates the members of a list text, and before that a tag's key from its value. */
export const SEPARATOR = '\u001f'
export const TAG_SEPARATOR = '\u001e'

/** A tag of a map is `key`, a separator and its value; one of a list is itself. */
export const tagMember = (key: string, value: string): string => `${key}${TAG_SEPARATOR}${value}`

const TABLES = {
  projects: { key: INTEGER, id: UUID, tenant: INTEGER },
  models: { key: INTEGER, name: VARCHAR },
  traces: {
    key: BIGINT,
    seq: BIGINT,
    tenant: INTEGER,
    project: INTEGER,
    id: UUID,
    started_at: BIGINT,
    slot: INTEGER,
    latency_ms: BIGINT,
    failed: BOOLEAN,
    error: VARCHAR,
    failure_type: VARCHAR,
    name: VARCHAR,
    model: VARCHAR,
    /** List text: the models of all its spans, where they are not just `model`. */
    models: VARCHAR,
    environment: VARCHAR,
    session_id: VARCHAR,
    user_id: VARCHAR,
    /** List text. */
    tags: VARCHAR,
    cost: DOUBLE,
    prompt_tokens: BIGINT,
    completion_tokens: BIGINT,
    span_count: INTEGER,
  },
  spans: {
    trace: BIGINT,
    tenant: INTEGER,
    /** After the start of its trace. */
    offset_ms: BIGINT,
    latency_ms: BIGINT,
    name: VARCHAR,
    type: VARCHAR,
    failed: BOOLEAN,
    failure_type: VARCHAR,
  },
  calls: {
    trace: BIGINT,
    tenant: INTEGER,
    project: INTEGER,
    /** When its trace started. */
    started_at: BIGINT,
    slot: INTEGER,
    latency_ms: BIGINT,
    failed: BOOLEAN,
    name: VARCHAR,
    model: INTEGER,
    provider: VARCHAR,
    cost: DOUBLE,
    prompt_tokens: BIGINT,
    completion_tokens: BIGINT,
    cache_read_tokens: BIGINT,
    cache_write_tokens: BIGINT,
    reasoning_tokens: BIGINT,
  },
  failures: {
    trace: BIGINT,
    tenant: INTEGER,
    project: INTEGER,
    /** When its trace started. */
    started_at: BIGINT,
    /** When the appliance had it. */
    seen_at: BIGINT,
    signature: VARCHAR,
    type: VARCHAR,
    message: VARCHAR,
    span: VARCHAR,
    failure_type: VARCHAR,
    variant: VARCHAR,
  },
  feedback: {
    key: BIGINT,
    seq: BIGINT,
    tenant: INTEGER,
    project: INTEGER,
    id: UUID,
    /** Null until its trace has come. */
    trace: BIGINT,
    label: VARCHAR,
    score: DOUBLE,
    created_at: BIGINT,
  },
  evaluations: {
    key: BIGINT,
    seq: BIGINT,
    tenant: INTEGER,
    project: INTEGER,
    id: UUID,
    trace: BIGINT,
    metric: VARCHAR,
    evaluator_type: VARCHAR,
    context: VARCHAR,
    status: VARCHAR,
    label: VARCHAR,
    score: DOUBLE,
    created_at: BIGINT,
  },
  tasks: {
    id: UUID,
    tenant: UUID,
    kind: VARCHAR,
    outcome: VARCHAR,
    attempts: INTEGER,
    error: VARCHAR,
    created_at: BIGINT,
    finished_at: BIGINT,
  },
} as const

export type TableName = keyof typeof TABLES
/** The tables that the log fills. */
export const LOGGED_TABLES = (Object.keys(TABLES) as TableName[]).filter((name) => name !== 'tasks')

/** The types of a table's columns, in order. */
export const columnTypes = (table: TableName) => Object.values(TABLES[table])

/** The place of a column in its table. */
export const columnPlace = <T extends TableName>(table: T, column: keyof (typeof TABLES)[T] & string): number =>
  Object.keys(TABLES[table]).indexOf(column)

export const CREATE = [
  'CREATE TABLE place (version INTEGER NOT NULL, seq BIGINT NOT NULL)',
  `INSERT INTO place VALUES (${VERSION}, 0)`,
  ...Object.entries(TABLES).map(
    ([table, columns]) => `CREATE TABLE ${table} (${Object.entries(columns).map(([name, type]) => `${name} ${type}`)})`,
  ),
].join(';\n')
