import type { Database } from 'better-sqlite3'
import { prepared } from './prepared.ts'

/** Keys of the spans by start, in batches of about so many bytes of text; only one batch of payloads is in memory. */
export function* batches(db: Database, trace: number, pieceBytes: number): Generator<number[]> {
  const { keys, bytes } = asTheyCame(db, trace) ?? sorted(db, trace)
  let from = 0
  let size = 0
  for (let at = 0; at < keys.length; at += 1) {
    size += (bytes[at] ?? 0) + SPAN_BYTES
    if (size < pieceBytes) continue
    yield keys.slice(from, at + 1)
    from = at + 1
    size = 0
  }
  if (from < keys.length) yield keys.slice(from)
}

/** Keys of the spans by start, and what their texts weigh. */
interface Weighed {
  keys: number[]
  bytes: number[]
}

/** The spans of earlier versions were not weighed when they came, nor are those whose messages came apart from them. */
const BYTES = `ifnull(s.payload_bytes, (
  SELECT octet_length(y.metadata) + ifnull(octet_length(y.input), 0) + ifnull(octet_length(y.output), 0)
  FROM span_payloads y WHERE y.key = s.key))`

/** Arrays in one row: a row for each span would cost as much again as finding it. */
const SORTED = `
  SELECT json_group_array(key) AS keys, json_group_array(bytes) AS bytes FROM (
    SELECT s.key, ${BYTES} AS bytes FROM spans s WHERE s.trace = ? ORDER BY s.started_at IS NULL, s.started_at, s.key)`

function sorted(db: Database, trace: number): Weighed {
  const read = prepared<[number], { keys: string; bytes: string }>(db, SORTED).get(trace)
  return { keys: JSON.parse(read?.keys ?? '[]'), bytes: JSON.parse(read?.bytes ?? '[]') }
}

const BOUNDS = 'SELECT count(*) AS count, min(key) AS first, max(key) AS last FROM spans WHERE trace = ?'

const RUN = `
  SELECT json_group_array(started) AS starts, json_group_array(bytes) AS bytes FROM (
    SELECT s.started_at AS started, ${BYTES} AS bytes FROM spans s WHERE s.key BETWEEN ? AND ? ORDER BY s.key)`

/**
 * Spans that came together have keys one after another, most often in the order of their start: neither looked up one by one nor sorted they
 * take less than half as long. Null where they are not like that.
 */
function asTheyCame(db: Database, trace: number): Weighed | null {
  const bounds = prepared<[number], { count: number; first: number; last: number }>(db, BOUNDS).get(trace)
  if (!bounds || bounds.last - bounds.first + 1 !== bounds.count) return null
  const { first, last, count } = bounds
  const read = prepared<[number, number], { starts: string; bytes: string }>(db, RUN).get(first, last)
  const starts = (JSON.parse(read?.starts ?? '[]') as (number | null)[]).map((start) => start ?? Number.MAX_VALUE)
  if (!starts.every((start, i) => i === 0 || (starts[i - 1] ?? 0) <= start)) return null
  return { keys: Array.from({ length: count }, (_, i) => first + i), bytes: JSON.parse(read?.bytes ?? '[]') }
}

/** What the fields of a span weigh, besides its texts. */
const SPAN_BYTES = 700
