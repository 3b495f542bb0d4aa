import type { Database } from 'better-sqlite3'
import { rfc3339 } from '../../../clock.ts'
import type { TenantId } from '../../../ids.ts'
import { RawJson, timeAsText, timeOrNull, traceItem, writeObject } from './answer.ts'
import { evaluationsOf } from './evaluations.ts'
import { feedbackOf } from './feedback.ts'
import { TRACE_COLUMNS, type TraceRow } from './list.ts'
import { prepared } from './prepared.ts'
import { batches } from './span-batches.ts'

/**
 * One trace, whole, as the JSON of the API, in pieces of half a megabyte. Each piece is a question of its own: a slow reader
 * holds no snapshot open, so the write-ahead log can be folded meanwhile, and several threads can have a part in a large trace; spans
 * never change once they are written.
 */
export interface AskTrace {
  tenantId: TenantId
  id: string
}

const PIECE_BYTES = 512 * 1024

export interface HotTrace extends TraceRow {
  rootSpan: number | null
  createdAt: number
}

/** What `writeTrace` needs of a trace `t` and its project `p`. */
export const HOT_COLUMNS = `${TRACE_COLUMNS}, t.root_span AS rootSpan, t.created_at AS createdAt`

export interface AskSpan extends AskTrace {
  spanId: string
}

/** The beginning of a trace's JSON, with the first of its spans; what is to be asked of `moreSpans` for the others; and its end. */
export interface TraceDetail {
  opening: Uint8Array
  more: AskSpans[]
  closing: string
}

/** Null when the tenant has no such trace. */
export function traceDetail(db: Database, ask: AskTrace): TraceDetail | null {
  // One view of the file: were spans taken out in between, the first piece could be empty, and the next begin with a comma.
  return db.transaction(() => {
    const trace = findTrace(db, ask)
    if (!trace) return null
    const [first, ...more] = spansOf(db, ask.tenantId, trace)
    const opening = Buffer.from(openingOf(db, ask.tenantId, trace))
    return { opening: first ? Buffer.concat([opening, firstSpans(db, first)]) : opening, more, closing: CLOSING }
  })()
}

/** The same in one go, for whoever writes traces one after another. */
export function* writeTrace(db: Database, tenantId: TenantId, trace: HotTrace): Generator<Uint8Array> {
  yield Buffer.from(openingOf(db, tenantId, trace))
  let written = false
  for (const ask of spansOf(db, tenantId, trace)) {
    const json: Uint8Array = written ? moreSpans(db, ask) : firstSpans(db, ask)
    yield json
    written ||= json.length > 0
  }
  yield Buffer.from(CLOSING)
}

const CLOSING = ']}'

/** Some spans of a trace, and what they share. */
export interface AskSpans {
  /** How the JSON of each begins. */
  own: string
  /** The moment when the trace came, and most of its spans with it. */
  created: number
  /** As a field. */
  createdJson: string
  /** The first and the last of them. */
  first: number
  last: number
  /** A JSON array of them all; null where it is each key from the first to the last, in that order. */
  keys: string | null
}

/** Spans as JSON, each with a comma before it. */
export const moreSpans = (db: Database, ask: AskSpans): Uint8Array =>
  prepared<[AskSpans], Buffer>(db, ask.keys === null ? RUN_AS_JSON : SPANS_AS_JSON, 'pluck').get(ask) ?? Buffer.alloc(0)

const firstSpans = (db: Database, ask: AskSpans): Uint8Array => moreSpans(db, ask).subarray(COMMA)
const COMMA = 1

function* spansOf(db: Database, tenantId: TenantId, trace: HotTrace): Generator<AskSpans> {
  for (const keys of batches(db, trace.key, PIECE_BYTES)) yield askOf(tenantId, trace, keys)
}

function askOf(tenant: TenantId, trace: HotTrace, keys: readonly number[]): AskSpans {
  const [first = 0, last = 0] = [keys[0], keys.at(-1)]
  return {
    own: opened({ tenant_id: tenant, trace_id: trace.id, otel_trace_id: trace.otelTraceId }),
    created: trace.createdAt,
    createdJson: `"created_at":"${rfc3339(trace.createdAt)}",`,
    first,
    last,
    keys: keys.every((key, i) => key === first + i) ? null : JSON.stringify(keys),
  }
}

/** JSON that goes on. */
const opened = (fields: object): string => `${JSON.stringify(fields).slice(0, -1)},`

/** The same without what is long in a span, and so a hundred times smaller: enough to draw a trace of any size at once. */
export function traceOutline(db: Database, ask: AskTrace): Generator<Uint8Array> | null {
  const trace = findTrace(db, ask)
  return trace ? writeOutline(db, ask.tenantId, trace) : null
}

function* writeOutline(db: Database, tenantId: TenantId, trace: HotTrace): Generator<Uint8Array> {
  yield Buffer.from(openingOf(db, tenantId, trace))
  const keys = db
    .prepare<[number], number>('SELECT key FROM spans WHERE trace = ? ORDER BY started_at IS NULL, started_at, key')
    .pluck()
    .all(trace.key)
  const read = db.prepare<[unknown], Buffer>(OUTLINES_AS_JSON).pluck()
  for (let at = 0; at < keys.length; at += OUTLINES_A_PIECE) {
    const part = JSON.stringify(keys.slice(at, at + OUTLINES_A_PIECE))
    const json = read.get({ before: at === 0 ? '' : ',', began: trace.startedAt, keys: part })
    if (json) yield json
  }
  yield Buffer.from(']}')
}

/** One span whole, as the JSON of the API. Null when the tenant's trace has no such span. */
export function spanDetail(db: Database, ask: AskSpan): Uint8Array | null {
  const trace = findTrace(db, ask)
  if (!trace) return null
  const key = db
    .prepare<[number, string], number>('SELECT key FROM spans WHERE trace = ? AND id = ?')
    .pluck()
    .get(trace.key, ask.spanId)
  if (key === undefined) return null
  return firstSpans(db, askOf(ask.tenantId, trace, [key]))
}

export function findTrace(db: Database, { tenantId, id }: AskTrace): HotTrace | undefined {
  return db
    .prepare<[string, string], HotTrace>(
      `SELECT 0 AS sortValue, ${HOT_COLUMNS}
       FROM traces t JOIN projects p ON p.key = t.project
       WHERE t.tenant = (SELECT key FROM tenants WHERE id = ?) AND t.id = ?`,
    )
    .get(tenantId, id)
}

const openingOf = (db: Database, tenantId: TenantId, trace: HotTrace): string =>
  `${head(db, trace)},"events":[${events(db, trace.key)}],"feedback":[${feedbackOf(db, tenantId, trace.key)}],` +
  `"evals":[${evaluationsOf(db, trace.key)}],"spans":[`

/** The trace's own fields, without the closing brace. What it does not say itself it has from its root span. */
function head(db: Database, trace: HotTrace): string {
  const own = prepared<[number], { input: string | null; output: string | null; metadata: string }>(
    db,
    'SELECT input, output, metadata FROM trace_payloads WHERE key = ?',
  ).get(trace.key)
  const root =
    trace.rootSpan === null
      ? undefined
      : prepared<[number], { input: string | null; output: string | null }>(
          db,
          'SELECT input, output FROM span_payloads WHERE key = ?',
        ).get(trace.rootSpan)
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
  const rows = prepared<
    [number],
    { id: string; spanId: string | null; level: string; message: string; at: number | null; metadata: string }
  >(
    db,
    `SELECT id, span_id AS spanId, level, message, at, metadata FROM events WHERE trace = ? ORDER BY ifnull(at, 0), key`,
  ).all(trace)
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

/** Not those that all spans of a trace share, nor times, which are written apart: each costs a tenth of a microsecond in every span. */
const SPAN_FIELDS = {
  id: 's.id',
  parent_span_id: 's.parent_id',
  otel_span_id: 's.otel_span_id',
  name: 's.name',
  type: 's.type',
  kind: 's.kind',
  model: 's.model',
  provider: 's.provider',
  error: 's.error',
  failure_type: 's.failure_type',
  latency_ms: 's.latency_ms',
  cost: 's.cost',
  prompt_tokens: 's.prompt_tokens',
  completion_tokens: 's.completion_tokens',
  cache_read_tokens: 's.cache_read_tokens',
  cache_write_tokens: 's.cache_write_tokens',
  reasoning_tokens: 's.reasoning_tokens',
}

const timeField = (name: string, column: string): string =>
  `ifnull('"${name}":"' || ${timeAsText(column)} || '",', '"${name}":null,')`

/** The finer parts, and of those that have columns, audio, which few calls have. A patch leaves out what is null. */
const USAGE_DETAILS = `iif(ifnull(s.input_audio_tokens, 0) + ifnull(s.output_audio_tokens, 0) = 0, ifnull(y.usage_more, 'null'),
  json_patch(ifnull(y.usage_more, '{}'), json_object(
    'input_audio_tokens', nullif(s.input_audio_tokens, 0), 'output_audio_tokens', nullif(s.output_audio_tokens, 0))))`

const jsonObject = (fields: Record<string, string>): string =>
  `json_object(${Object.entries(fields).map(([name, value]) => `'${name}', ${value}`)})`

/**
 * The spans as the API's JSON, made by SQLite in one blob: taking them out as rows and writing them here costs four times as much,
 * most of it for strings that are made only to be written again. A comma goes before each.
 *
 * The long texts are joined on outside, and all at once: each `||` would copy what stands before it. The stored metadata goes in as it
 * is: SQLite's own parser would refuse what is nested deeper than a thousand. `trim` takes the braces off the object, which no name and no
 * value but a number, a null or a text stands beside; `substr` would count every character of it.
 */
const AS_JSON = `CAST(group_concat(concat(
    ',', @own, iif(s.created_at = @created, @createdJson, ${timeField('created_at', 's.created_at')}),
    ${timeField('start_time', 's.started_at')}, ${timeField('end_time', 's.ended_at')}, trim(${jsonObject(SPAN_FIELDS)}, '{}'),
    iif(s.external_id IS NULL, '', ',"external_id":' || json_quote(s.external_id)),
    ',"input":', json_quote(y.input), ',"output":', json_quote(y.output), ',"metadata":', y.metadata,
    ',"cost_details":', ifnull((SELECT body FROM prices WHERE key = y.price), 'null'), ',"usage_details":', ${USAGE_DETAILS}, '}'
  ), '') AS BLOB)`

const SPANS_AS_JSON = `
  SELECT ${AS_JSON} FROM json_each(@keys) k CROSS JOIN spans s ON s.key = k.value CROSS JOIN span_payloads y ON y.key = s.key`

/** Found one after another, and not each from the root of its table. */
const RUN_AS_JSON = `
  SELECT ${AS_JSON} FROM spans s CROSS JOIN span_payloads y ON y.key = s.key WHERE s.key BETWEEN @first AND @last`

const OUTLINES_A_PIECE = 2_000

/** Times count from the start of the trace, in milliseconds; an error is cut, for it only has to be recognised. */
const OUTLINES_AS_JSON = `
  SELECT CAST(@before || group_concat(json_object(
    'id', s.id, 'parent_span_id', s.parent_id, 'name', s.name, 'type', s.type, 'kind', s.kind, 'model', s.model,
    'error', substr(s.error, 1, 200), 'start_ms', s.started_at - @began, 'duration_ms', ifnull(s.latency_ms, s.ended_at - s.started_at),
    'cost', s.cost, 'prompt_tokens', s.prompt_tokens, 'completion_tokens', s.completion_tokens
  ), ',') AS BLOB)
  FROM json_each(@keys) k CROSS JOIN spans s ON s.key = k.value`
