import type { Database } from 'better-sqlite3'
import { stringify } from 'csv-stringify/sync'
import { rfc3339 } from '../../../clock.ts'
import { HOT_COLUMNS, type HotTrace, writeTrace } from './detail.ts'
import type { ListTraces, TraceFilter } from './filter.ts'
import { selectTraces } from './list.ts'
import { selectFound, type TextAsk } from './search.ts'

/** Which traces: as in the list, those too that a text is found in. */
interface TextFilter extends TraceFilter {
  text?: TextAsk
}

/** Which traces to export, newest first, and how: the columns of the contract, or everything there is about each trace. */
export interface AskExport extends TextFilter {
  form: 'csv' | 'jsonl' | 'whole'
  /** At most so many traces; null: all. */
  most: number | null
}

/** The columns of the contract, in its order. */
export const EXPORT_COLUMNS = [
  'id',
  'project_id',
  'model',
  'environment',
  'status',
  'duration_ms',
  'token_count',
  'cost_usd',
  'created_at',
] as const

const PAGE = 1_000
/** Traces whose payloads are read between two looks at the list. */
const WHOLE_PAGE = 100
const PIECE_BYTES = 256 * 1024

/**
 * An export in pieces. Each page is a read of its own, so that an export of hours holds no snapshot, and no more of it is in memory than
 * a page and a piece.
 */
export function* traceExport(db: Database, { form, most, ...filter }: AskExport): Generator<Uint8Array> {
  if (form === 'whole') yield* gathered(wholeTraces(db, filter, most))
  else yield* columns(db, filter, form, most)
}

/** Does the filter find more traces than `most`? */
export function exportIsCut(db: Database, { most, ...filter }: TextFilter & { most: number }): boolean {
  let left = most
  for (const page of pages<{ key: number }>(db, filter, 't.key', PAGE, null)) {
    left -= page.length
    if (left < 0) return true
  }
  return false
}

interface ColumnsRow {
  key: number
  id: string
  projectId: string
  model: string | null
  environment: string | null
  failed: 0 | 1
  latencyMs: number | null
  totalTokens: number | null
  cost: number | null
  createdAt: number
}

const COLUMNS = `t.key, t.id, p.id AS projectId, t.model, t.environment, t.error IS NOT NULL AS failed, t.latency_ms AS latencyMs,
  t.total_tokens AS totalTokens, t.cost, t.created_at AS createdAt`

function* columns(db: Database, filter: TextFilter, form: 'csv' | 'jsonl', most: number | null): Generator<Uint8Array> {
  if (form === 'csv') yield Buffer.from(`${EXPORT_COLUMNS.join(',')}\n`)
  for (const page of pages<ColumnsRow>(db, filter, COLUMNS, PAGE, most)) {
    const rows = page.map(exported)
    yield Buffer.from(form === 'csv' ? csv(rows) : rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
  }
}

const exported = (row: ColumnsRow): Record<(typeof EXPORT_COLUMNS)[number], string | number | null> => ({
  id: row.id,
  project_id: row.projectId,
  model: row.model,
  environment: row.environment,
  status: row.failed ? 'error' : 'ok',
  duration_ms: row.latencyMs,
  token_count: row.totalTokens,
  cost_usd: row.cost,
  created_at: rfc3339(row.createdAt),
})

/** What a spreadsheet would take for a formula gets an apostrophe before it. */
const csv = (rows: ReturnType<typeof exported>[]): string =>
  stringify(rows, { columns: [...EXPORT_COLUMNS], escape_formulas: true })

function* wholeTraces(db: Database, filter: TextFilter, most: number | null): Generator<Uint8Array> {
  for (const page of pages<HotTrace>(db, filter, HOT_COLUMNS, WHOLE_PAGE, most)) {
    for (const trace of page) {
      yield* writeTrace(db, filter.tenantId, trace)
      yield NEW_LINE
    }
  }
}

const NEW_LINE = Buffer.from('\n')

/** Small pieces together, so that a trace of a kilobyte does not cost a message between threads. */
function* gathered(pieces: Iterable<Uint8Array>): Generator<Uint8Array> {
  let held: Uint8Array[] = []
  let size = 0
  for (const piece of pieces) {
    held.push(piece)
    size += piece.byteLength
    if (size < PIECE_BYTES) continue
    yield Buffer.concat(held, size)
    held = []
    size = 0
  }
  if (size > 0) yield Buffer.concat(held, size)
}

/** The traces of a filter, newest first, page by page; never an empty page. */
function* pages<Row extends { key: number }>(
  db: Database,
  { text, ...filter }: TextFilter,
  selected: string,
  size: number,
  most: number | null,
): Generator<(Row & { sortValue: number })[]> {
  const ask: ListTraces = { ...filter, sort: { by: 'started_at', descending: true }, limit: size }
  let left = most ?? Number.POSITIVE_INFINITY
  while (left > 0) {
    ask.limit = Math.min(size, left)
    const page = text ? selectFound<Row>(db, { ...ask, text }, selected) : selectTraces<Row>(db, ask, selected)
    const last = page.at(-1)
    if (!last) return
    yield page
    if (page.length < ask.limit) return
    ask.after = [last.sortValue, last.key]
    left -= page.length
  }
}
