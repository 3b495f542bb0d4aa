import type { ProjectId } from '../../ids.ts'
import type { Actor } from '../../storage/control/actor.ts'
import type { Telemetry } from '../../storage/telemetry/telemetry.ts'
import type { QueryOf } from '../http/endpoint.ts'
import type { Opened } from '../http/exports.ts'
import { decodeCursor, encodeCursor } from '../http/page.ts'
import { requireOrder } from '../http/time.ts'
import type { otlpExportTraces } from './contract.ts'

const LIST = 'otlp'
const MOST_SPANS = 10_000

/** Begins a page of an OTLP export, whose header says where the next one begins. */
export async function openOtlpExport(
  telemetry: Telemetry,
  { tenantId }: Actor,
  { from, to, project_id, cursor }: QueryOf<typeof otlpExportTraces>,
): Promise<Opened> {
  requireOrder(from, to)
  const after = cursor === undefined ? undefined : decodeCursor(LIST, cursor, ['number', 'string', 'number', 'string'])
  const { parts, next } = await telemetry.askLong('otlpPage', {
    ...{ tenantId, from, to, most: MOST_SPANS },
    ...(project_id === undefined ? {} : { projectId: project_id as ProjectId }),
    ...(after ? { after } : {}),
  })
  return {
    pieces: await telemetry.askLong('otlpSpans', { tenantId, parts }),
    headers: {
      'Content-Type': 'application/json; charset=utf-8',
      ...(next ? { 'X-Next-Cursor': encodeCursor(LIST, next) } : {}),
    },
  }
}
