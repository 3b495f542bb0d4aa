import type { Database } from 'better-sqlite3'
import { stringify } from 'csv-stringify/sync'
import { giveWay } from '../gives-way.ts'
import { timeAsText } from './answer.ts'
import { HOT_COLUMNS, type HotTrace, writeTrace } from './detail.ts'
import type { ListTraces, TraceFilter } from './filter.ts'
import { eachTrace } from './list.ts'
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
/** Rows that are written as CSV in one go. */
const CSV_ROWS = 50
/** Traces whose payloads are read between two looks at the list. */
const WHOLE_PAGE = 100
const PIECE_BYTES = 256 * 1024

/**
 * An export in pieces. Each page is a read of its own, so that an export of hours holds no snapshot, and no more of it is in memory than
 * a page and a piece.
 */
export function* traceExport(db: Database, { form, most, ...filter }: AskExport): Generator<Uint8Array> {
  switch (form) {
    case 'csv':
      return yield* csvLines(db, filter, most)
    case 'jsonl':
      return yield* jsonLines(db, filter, most)
    case 'whole':
      return yield* gathered(wholeTraces(db, filter, most))
    default:
      form satisfies never
  }
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

type Column = (typeof EXPORT_COLUMNS)[number]

type Cells = Record<Column, string | number | null> & { key: number }

/** Where each comes from, of a trace `t` and its project `p`. */
const SOURCES: Record<Column, string> = {
  id: 't.id',
  project_id: 'p.id',
  model: 't.model',
  environment: 't.environment',
  status: "iif(t.error IS NULL, 'ok', 'error')",
  duration_ms: 't.latency_ms',
  token_count: 't.total_tokens',
  cost_usd: 't.cost',
  created_at: timeAsText('t.created_at'),
}

const CELLS = EXPORT_COLUMNS.map((column) => `${SOURCES[column]} AS ${column}`)
/** Made by SQLite, a line takes half as long as one of which the cells are taken out first. */
const LINE = `json_object(${EXPORT_COLUMNS.map((column) => `'${column}', ${SOURCES[column]}`)}) || char(10)`

function* csvLines(db: Database, filter: TextFilter, most: number | null): Generator<Uint8Array> {
  yield Buffer.from(`${EXPORT_COLUMNS.join(',')}\n`)
  for (const page of pages<Cells>(db, filter, `t.key, ${CELLS}`, PAGE, most)) {
    let lines = ''
    for (let at = 0; at < page.length; at += CSV_ROWS) {
      lines += csv(page.slice(at, at + CSV_ROWS))
      giveWay()
    }
    yield Buffer.from(lines)
  }
}

function* jsonLines(db: Database, filter: TextFilter, most: number | null): Generator<Uint8Array> {
  for (const page of pages<{ key: number; line: string }>(db, filter, `t.key, ${LINE} AS line`, PAGE, most))
    yield Buffer.from(page.map(({ line }) => line).join(''))
}

/** What a spreadsheet would take for a formula gets an apostrophe before it. */
const csv = (rows: Cells[]): string => stringify(rows, { columns: [...EXPORT_COLUMNS], escape_formulas: true })

function* wholeTraces(db: Database, filter: TextFilter, most: number | null): Generator<Uint8Array> {
  for (const page of pages<HotTrace>(db, filter, HOT_COLUMNS, WHOLE_PAGE, most)) {
    for (const trace of page) {
      yield* writeTrace(db, filter.tenantId, trace)
      yield NEW_LINE
      giveWay()
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
    const page: (Row & { sortValue: number })[] = []
    for (const row of text ? selectFound<Row>(db, { ...ask, text }, selected) : eachTrace<Row>(db, ask, selected)) {
      page.push(row)
      giveWay()
    }
    const last = page.at(-1)
    if (!last) return
    yield page
    if (page.length < ask.limit) return
    ask.after = [last.sortValue, last.key]
    left -= page.length
  }
}
