import type { Database } from 'better-sqlite3'
import { type AskTrace, findTrace } from './detail.ts'
import { batches } from './span-batches.ts'

/**
 * Where in one trace something stands, whatever its case, as `{"trace":["metadata",…],"spans":[{"span_id":…,"in":["input",…]},…]}`. The texts
 * themselves are looked through and not the index of texts: it knows words, and this must find any part of one.
 */
export interface AskFind extends AskTrace {
  text: string
}

/** Where a text may stand in a span or in what the trace says of itself, and which bit of a row's `found` says so. */
const BITS = { input: 1, output: 2, error: 4, metadata: 8, events: 16 } as const
type Columns = Record<Exclude<keyof typeof BITS, 'events'>, string>

const SPAN: Columns = { input: 'y.input', output: 'y.output', error: 's.error', metadata: 'y.metadata' }
const TRACE: Columns = { ...SPAN, error: 't.error' }

/** Looked through at once; some milliseconds. */
const PIECE_BYTES = 4 * 1024 * 1024

/** Null when the tenant has no such trace. */
export function findInTrace(db: Database, ask: AskFind): Generator<Uint8Array> | null {
  const trace = findTrace(db, ask)
  return trace ? find(db, trace.key, formsOf(ask.text)) : null
}

interface Searched {
  db: Database
  trace: number
  /** What `LIKE` takes: each form in which the text may be written. */
  patterns: readonly string[]
}

function* find(db: Database, trace: number, forms: readonly string[]): Generator<Uint8Array> {
  const searched = { db, trace, patterns: forms.map((form) => `%${form.replace(/[\\%_]/g, '\\$&')}%`) }
  const { spans: told, ofTrace } = eventsWith(searched)
  const own = ownPlaces(searched) | (ofTrace ? BITS.events : 0)
  yield Buffer.from(`{"trace":${placesJson(own)},"spans":[`)
  const read = db.prepare<unknown[], { id: string; found: number }>(
    `SELECT * FROM (
      SELECT s.id, ${foundIn(SPAN, searched.patterns)} + iif(s.id IN (SELECT value FROM json_each(?)), ${BITS.events}, 0) AS found
      FROM json_each(?) k CROSS JOIN spans s ON s.key = k.value CROSS JOIN span_payloads y ON y.key = s.key
    ) WHERE found > 0`,
  )
  let before = ''
  for (const keys of batches(db, trace, PIECE_BYTES)) {
    const rows = read.all(...valuesFor(SPAN, searched), JSON.stringify(told), JSON.stringify(keys))
    if (rows.length === 0) continue
    const hits = rows.map(({ id, found }) => `{"span_id":${JSON.stringify(id)},"in":${placesJson(found)}}`)
    yield Buffer.from(before + hits.join(','))
    before = ','
  }
  yield Buffer.from(']}')
}

const placesJson = (found: number): string =>
  JSON.stringify(Object.entries(BITS).flatMap(([name, bit]) => (found & bit ? [name] : [])))

/** Spans in whose events it stands, and whether it does in one that belongs to no span. */
function eventsWith({ db, trace, patterns }: Searched): { spans: string[]; ofTrace: boolean } {
  const rows = db
    .prepare<unknown[], { span: string | null }>(
      `SELECT DISTINCT s.id AS span
       FROM events e LEFT JOIN spans s ON s.trace = e.trace AND s.id = e.span_id
       WHERE e.trace = ? AND (${like('e.message', patterns)} OR ${like('e.metadata', patterns)})`,
    )
    .all(trace, ...patterns, ...patterns)
  return { spans: rows.flatMap(({ span }) => span ?? []), ofTrace: rows.some(({ span }) => span === null) }
}

/** In what the trace says of itself, not in what it has from its spans. */
function ownPlaces(searched: Searched): number {
  const { db, trace, patterns } = searched
  return (
    db
      .prepare<unknown[], number>(
        `SELECT ${foundIn(TRACE, patterns)} FROM traces t JOIN trace_payloads y ON y.key = t.key WHERE t.key = ?`,
      )
      .pluck()
      .get(...valuesFor(TRACE, searched), trace) ?? 0
  )
}

const like = (column: string, forms: readonly string[]): string =>
  forms.map(() => `${column} LIKE ? ESCAPE '\\'`).join(' OR ')

/** The bits of those columns that have one of the forms; `valuesFor` has its values. */
const foundIn = (columns: Columns, forms: readonly string[]): string =>
  Object.entries(columns)
    .map(([name, column]) => `iif(${like(column, forms)}, ${BITS[name as keyof Columns]}, 0)`)
    .join(' + ')

const valuesFor = (columns: Columns, { patterns }: Searched): string[] => Object.keys(columns).flatMap(() => patterns)

/**
 * As it is looked for: SQLite takes a and A for the same letter, but not ä and Ä. Inside of JSON quotes and line breaks are written otherwise.
 */
function formsOf(text: string): string[] {
  const forms = [text, text.toLowerCase(), text.toUpperCase()].flatMap((form) => [
    form,
    JSON.stringify(form).slice(1, -1),
  ])
  const asciiLower = (form: string) => form.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
  return [...new Set(forms.map(asciiLower))]
}
