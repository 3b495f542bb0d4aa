import { rfc3339 } from '../../clock.ts'
import { AppError } from '../../errors.ts'
import { LIMITS } from '../../plans.ts'
import type { Actor } from '../../storage/control/actor.ts'
import type { AskExport } from '../../storage/telemetry/questions/export.ts'
import type { QueryOf } from '../http/endpoint.ts'
import type { Opened } from '../http/exports.ts'
import type { Services } from '../services.ts'
import type { exportTraces } from './contract.ts'
import { filterOf } from './filter.ts'

type Query = QueryOf<typeof exportTraces>

const TYPES = { csv: 'text/csv; charset=utf-8', jsonl: 'application/x-ndjson' } as const

/** Begins an export of traces: as many as the plan allows, and the header that says so when it cut some off. */
export async function openExport(
  { telemetry, clock }: Pick<Services, 'telemetry' | 'clock'>,
  actor: Actor,
  query: Query,
): Promise<Opened> {
  const { format, fields } = query
  const filter = filterOf(actor.tenantId, query)
  const most = LIMITS[actor.plan].exportRows
  const isCut = most !== null && (await telemetry.askLong('exportIsCut', { ...filter, most }))
  return {
    pieces: await telemetry.askLong('traceExport', { ...filter, most, form: formOf(format, fields) }),
    headers: {
      'Content-Type': TYPES[format],
      'Content-Disposition': `attachment; filename="traces-${rfc3339(clock.now()).slice(0, 10)}.${format}"`,
      ...(isCut ? { 'X-TruLayer-Truncated': 'true' } : {}),
    },
  }
}

function formOf(format: Query['format'], fields: Query['fields']): AskExport['form'] {
  if (fields === 'columns') return format
  if (format === 'jsonl') return 'whole'
  throw new AppError(
    'invalid_query',
    'fields: `all` takes format=jsonl; a whole trace does not fit into the columns of a table.',
  )
}
