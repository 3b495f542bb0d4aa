import type { Database } from 'better-sqlite3'
import { IndexBroken, indexBeside } from '../../search/reader.ts'
import { pageOfRows, type TraceItem, type TracePage } from './answer.ts'
import { Excerpts, type TraceMatch } from './matches.ts'
import { type Limits, type SearchTraces, searchTraces } from './search.ts'

/** A page of traces that match a text, each with where it does. */
export interface SearchPage extends TracePage {
  traces: (TraceItem & { match: TraceMatch | null })[]
}

/** Null: the index cannot be read, and must be built anew. */
export function searchPage(db: Database, ask: SearchTraces, limits?: Partial<Limits>): SearchPage | null {
  try {
    const rows = searchTraces(db, { ...ask, limit: ask.limit + 1 }, limits)
    if (rows.length === 0) return { traces: [], hasMore: false, last: null }
    const { query, generation } = ask.text
    const excerpts = new Excerpts(db, indexBeside(db, generation), query)
    const page = pageOfRows(rows, ask.limit)
    return { ...page, traces: page.traces.map((trace, i) => ({ ...trace, match: excerpts.of(rows[i]?.key ?? 0) })) }
  } catch (error) {
    if (error instanceof IndexBroken) return null
    throw error
  }
}
