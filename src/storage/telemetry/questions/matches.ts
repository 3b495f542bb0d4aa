import type { Database } from 'better-sqlite3'
import { type ExcerptPart, Marker } from '../../search/mark.ts'
import { FIELDS, type Field, type TextQuery } from '../../search/query.ts'
import type { TextIndex } from '../../search/reader.ts'

/** Where a text was found in a trace: in what field, of which span (null: the trace itself), and what stands around it. */
export interface TraceMatch {
  field: Field
  span_id: string | null
  parts: readonly ExcerptPart[]
}

/** Characters that are looked through for excerpts, of one trace and of a page. Beyond that a trace stands in the page without one. */
const OF_TRACE = 2 * 1024 * 1024
const OF_PAGE = 8 * 1024 * 1024

interface Said {
  spanId: string | null
  name: string | null
  error: string | null
  input: string | null
  output: string | null
}

/** Makes the excerpts of a page, from the payloads as they are stored. */
export class Excerpts {
  readonly #db: Database
  readonly #index: TextIndex
  readonly #query: TextQuery
  readonly #markers: ReadonlyMap<Field, Marker>
  #left = OF_PAGE

  constructor(db: Database, index: TextIndex, query: TextQuery) {
    this.#db = db
    this.#index = index
    this.#query = query
    this.#markers = new Map(FIELDS.map((field) => [field, new Marker(query, field)]))
  }

  /** The excerpt in which the most of what was looked for stands; null where none was found. */
  of(trace: number): TraceMatch | null {
    let best: { match: TraceMatch; clauses: number } | null = null
    let left = Math.min(OF_TRACE, this.#left)
    const before = left
    for (const said of this.#texts(trace)) {
      for (const field of FIELDS) {
        const text = said[field]
        if (text === null) continue
        left -= text.length
        const excerpt = this.#markers.get(field)?.excerpt(text)
        if (!excerpt || excerpt.clauses <= (best?.clauses ?? 0)) continue
        best = { match: { field, span_id: said.spanId, parts: excerpt.parts }, clauses: excerpt.clauses }
      }
      if (best?.clauses === this.#query.clauses.length || left <= 0) break
    }
    this.#left -= before - left
    return best?.match ?? null
  }

  *#texts(trace: number): Generator<Said> {
    yield* this.#db
      .prepare<[number], Said>(
        `SELECT NULL AS spanId, t.name, t.error, y.input, y.output FROM traces t CROSS JOIN trace_payloads y ON y.key = t.key
         WHERE t.key = ?`,
      )
      .all(trace)
    const [first, last] = this.#spansToRead(trace)
    yield* this.#db
      .prepare<[number, number, number], Said>(
        `SELECT s.id AS spanId, s.name, s.error, y.input, y.output FROM spans s CROSS JOIN span_payloads y ON y.key = s.key
         WHERE s.trace = ? AND s.key BETWEEN ? AND ? ORDER BY s.key`,
      )
      .iterate(trace, first, last)
  }

  /** Of a large trace, only the spans in which the index has found something. */
  #spansToRead(trace: number): [number, number] {
    for (const term of this.#query.clauses.flat()) {
      const found = this.#index.spansWith(term, trace)
      if (found) return found
    }
    return [0, Number.MAX_SAFE_INTEGER]
  }
}
