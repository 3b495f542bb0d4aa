import type { listTraces } from '../../../api/traces/contract.ts'
import type { QueryOf } from '../../client/call.ts'
import { iso, type TimeRange } from '../../lib/ranges.ts'
import type { Search } from '../../lib/search.ts'
import { filterQuery } from './filters.ts'

export const LIST: typeof listTraces.path = '/v1/traces'
export const USUAL_SORT = '-started_at'
const PAGE = 100
const MINUTE_MS = 60_000

export interface TraceQuery {
  search: Search
  range: TimeRange
}

/** What the API is asked for a list as the address describes it. */
export function listQuery({ search, range }: TraceQuery): QueryOf<typeof listTraces> {
  return {
    ...filterQuery(search),
    project_id: search.project,
    sort: search.sort ?? USUAL_SORT,
    // By the minute, so that what was asked for before the page was there is what the page asks for.
    from: iso(range.relative ? Math.floor(range.from() / MINUTE_MS) * MINUTE_MS : range.from()),
    ...(range.relative ? {} : { to: iso(range.to()) }),
  }
}

/** What it is asked for a page of it. */
export const pageQuery = (query: TraceQuery, cursor?: string) => ({ ...listQuery(query), cursor, limit: PAGE })
