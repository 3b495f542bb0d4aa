import type { Database } from 'better-sqlite3'
import { type AskTrace, batches, findTrace } from './detail.ts'

/**
 * The spans of one trace in whose texts something stands, whatever its case, as `{"spans":[{"span_id":…,"in":["input",…]},…]}`. The texts
 * themselves are looked through and not the index of texts: it knows words, and this must find any part of one.
 */
export interface AskFind extends AskTrace {
  text: string
}

/** Where a text may stand in a span, and which bit of a row's `found` says so. */
const PLACES = [
  { name: 'input', bit: 1, column: 'y.input' },
  { name: 'output', bit: 2, column: 'y.output' },
  { name: 'error', bit: 4, column: 's.error' },
] as const

/** Looked through at once; some milliseconds. */
const PIECE_BYTES = 4 * 1024 * 1024

/** Null when the tenant has no such trace. */
export function findInTrace(db: Database, ask: AskFind): Generator<Uint8Array> | null {
  const trace = findTrace(db, ask)
  return trace ? find(db, trace.key, formsOf(ask.text)) : null
}

function* find(db: Database, trace: number, forms: readonly string[]): Generator<Uint8Array> {
  const read = db.prepare<unknown[], { id: string; found: number }>(sqlFor(forms.length))
  const patterns = forms.map((form) => `%${form.replace(/[\\%_]/g, '\\$&')}%`)
  yield Buffer.from('{"spans":[')
  let before = ''
  for (const keys of batches(db, trace, PIECE_BYTES)) {
    const rows = read.all(...PLACES.flatMap(() => patterns), JSON.stringify(keys))
    if (rows.length === 0) continue
    yield Buffer.from(before + rows.map(hitJson).join(','))
    before = ','
  }
  yield Buffer.from(']}')
}

const hitJson = ({ id, found }: { id: string; found: number }): string =>
  JSON.stringify({ span_id: id, in: PLACES.flatMap(({ name, bit }) => (found & bit ? [name] : [])) })

const sqlFor = (forms: number): string => {
  const has = (column: string) => Array.from({ length: forms }, () => `${column} LIKE ? ESCAPE '\\'`).join(' OR ')
  const found = PLACES.map(({ column, bit }) => `iif(${has(column)}, ${bit}, 0)`).join(' + ')
  return `SELECT * FROM (
      SELECT s.id, ${found} AS found
      FROM json_each(?) k CROSS JOIN spans s ON s.key = k.value CROSS JOIN span_payloads y ON y.key = s.key
    ) WHERE found > 0`
}

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
