import { rfc3339 } from '../../clock.ts'
import { AppError } from '../../errors.ts'
import { LIMITS } from '../../plans.ts'
import { noRoom } from '../../storage/analytics/parquet/parquet.ts'
import type { Actor } from '../../storage/control/actor.ts'
import type { AskExport } from '../../storage/telemetry/questions/export.ts'
import type { TraceFilter } from '../../storage/telemetry/questions/filter.ts'
import type { TextAsk } from '../../storage/telemetry/questions/search.ts'
import type { QueryOf } from '../http/endpoint.ts'
import type { Opened } from '../http/exports.ts'
import type { Services } from '../services.ts'
import type { exportTraces } from './contract.ts'
import { filterOf } from './filter.ts'
import { searched } from './search.ts'

type Query = QueryOf<typeof exportTraces>
export type ExportNeeds = Pick<Services, 'telemetry' | 'search' | 'parquet' | 'disk' | 'clock'>

const TYPES = {
  csv: 'text/csv; charset=utf-8',
  jsonl: 'application/x-ndjson',
  parquet: 'application/vnd.apache.parquet',
} as const

/** Begins an export of traces: as many as the plan allows, and the header that says so when it cut some off. */
export async function openExport(
  { telemetry, search, parquet, disk, clock }: ExportNeeds,
  actor: Actor,
  query: Query,
  gone: AbortSignal,
): Promise<Opened> {
  const { format, fields } = query
  const form = formOf(format, fields)
  const filter = filterOf(actor.tenantId, query)
  const { text, notYetSearchable } = await textOf({ telemetry, search }, filter, query.q)
  const which = { ...filter, ...(text ? { text } : {}) }
  const most = LIMITS[actor.plan].exportRows
  const isCut = most !== null && (await telemetry.askLong('exportIsCut', { ...which, most }))
  const rows = (as: AskExport['form']) => telemetry.askLong('traceExport', { ...which, most, form: as })
  // Not only when it is full: what is made here must not be why ingest is refused.
  const room = () => {
    if (disk.health.state !== 'ok') throw noRoom()
  }
  if (form.parquet) room()
  return {
    pieces: form.parquet
      ? await parquet.make({ form: form.rows, rows: await rows(form.rows), room, signal: gone })
      : await rows(form.rows),
    headers: {
      'Content-Type': TYPES[format],
      'Content-Disposition': `attachment; filename="traces-${rfc3339(clock.now()).slice(0, 10)}.${format}"`,
      ...(isCut ? { 'X-TruLayer-Truncated': 'true' } : {}),
      ...(notYetSearchable > 0 ? { 'X-TruLayer-Not-Yet-Searchable': String(notYetSearchable) } : {}),
    },
  }
}

type Form = { parquet: true; rows: 'jsonl' | 'whole' } | { parquet: false; rows: AskExport['form'] }

function formOf(format: Query['format'], fields: Query['fields']): Form {
  if (format === 'csv' && fields === 'all') {
    throw new AppError(
      'invalid_query',
      'fields: `all` takes format=jsonl or format=parquet; a whole trace does not fit into the cells of a CSV.',
    )
  }
  const rows = fields === 'all' ? 'whole' : 'jsonl'
  return format === 'parquet' ? { parquet: true, rows } : { parquet: false, rows: format === 'csv' ? 'csv' : rows }
}

/** A text, and a look at whether the index can be read: once the answer has begun, it is too late to build it anew. */
async function textOf(
  { telemetry, search }: Pick<ExportNeeds, 'telemetry' | 'search'>,
  filter: TraceFilter,
  q: string | undefined,
): Promise<{ text: TextAsk | null; notYetSearchable: number }> {
  if (q === undefined) return { text: null, notYetSearchable: 0 }
  const ask = { ...filter, sort: { by: 'started_at', descending: true }, limit: 1 } as const
  const { found, notYetSearchable } = await searched({ telemetry, search }, q, async (text) =>
    (await telemetry.askLong('searchPage', { ...ask, text })) ? text : null,
  )
  return { text: found, notYetSearchable }
}
