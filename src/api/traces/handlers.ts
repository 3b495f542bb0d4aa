import { rfc3339 } from '../../clock.ts'
import { AppError } from '../../errors.ts'
import type { ProjectId, TraceId } from '../../ids.ts'
import { parseQuery } from '../../storage/search/query.ts'
import type { ListTraces } from '../../storage/telemetry/questions/filter.ts'
import type { NewTrace } from '../../storage/telemetry/questions/new-traces.ts'
import { type Binding, bind } from '../http/mount.ts'
import { decodeCursor, encodeCursor } from '../http/page.ts'
import { ok, okBytes, type Reply } from '../http/reply.ts'
import { EventStream, sendPieces } from '../http/stream.ts'
import type { Services } from '../services.ts'
import {
  exportTraces,
  getSpan,
  getTrace,
  getTraceOutline,
  type LiveTraceEvent,
  listTraces,
  liveTraceFeed,
} from './contract.ts'
import { openExport } from './export.ts'
import { filterOf, sortOf } from './filter.ts'

type Needs = Pick<Services, 'telemetry' | 'search' | 'live' | 'clock' | 'exports'>

export const traceHandlers = ({ telemetry, search, live, clock, exports }: Needs): Binding[] => [
  bind(listTraces, async ({ actor, query }) => {
    const list = `traces:${query.sort}`
    const after = query.cursor === undefined ? undefined : decodeCursor(list, query.cursor, ['number', 'number'])
    const ask = {
      ...filterOf(actor.tenantId, query),
      sort: sortOf(query.sort),
      limit: query.limit,
      ...(after ? { after } : {}),
    }
    const page =
      query.q === undefined
        ? await telemetry.ask('tracePage', ask)
        : await searched({ telemetry, search }, ask, query.q)
    return ok({
      traces: page.traces,
      next_cursor: page.hasMore && page.last ? encodeCursor(list, page.last) : null,
      has_more: page.hasMore,
      ...('notYetSearchable' in page ? { not_yet_searchable: page.notYetSearchable } : {}),
    })
  }),

  // These two before `{id}`, which would take their names for one.
  bind(exportTraces, ({ actor, query }) => exports.reply(() => openExport({ telemetry, clock }, actor, query))),

  bind(liveTraceFeed, ({ actor, query, req }) => ({
    status: 200,
    stream: async (res) => {
      let stop: () => void = () => undefined
      const events = new EventStream(res, clock, () => stop())
      const listener = {
        tenantId: actor.tenantId,
        projectId: (query.project_id as ProjectId | undefined) ?? null,
        hear: (trace: NewTrace) => events.send(trace.key, liveEvent(trace)),
        end: () => events.end(),
      }
      stop = await live.listen(listener, lastEventId(req.headers['last-event-id']))
      if (res.destroyed) stop()
    },
  })),

  bind(getTrace, async ({ actor, params }) => {
    const id = params.id.toLowerCase() as TraceId
    return inPieces(await telemetry.ask('traceDetail', { tenantId: actor.tenantId, id }))
  }),

  bind(getTraceOutline, async ({ actor, params }) =>
    inPieces(await telemetry.ask('traceOutline', { tenantId: actor.tenantId, id: params.id })),
  ),

  bind(getSpan, async ({ actor, params }) => {
    const ask = { tenantId: actor.tenantId, id: params.id, spanId: params.span_id }
    const span = await telemetry.ask('spanDetail', ask)
    if (!span) throw new AppError('not_found', 'There is no span with this id in this trace.')
    return okBytes(span)
  }),
]

/** A page of what has a text in it. An index that is missing or damaged is begun anew; 503 where that is of no use. */
async function searched({ telemetry, search }: Pick<Services, 'telemetry' | 'search'>, ask: ListTraces, q: string) {
  const query = parseQuery(q)
  const { head } = telemetry
  await search.caughtUp(head)
  for (const again of [true, false]) {
    const notYetSearchable = Math.max(0, head - search.place)
    const page = await telemetry.ask('searchPage', { ...ask, text: { query, generation: search.generation } })
    if (page) return { ...page, notYetSearchable }
    if (again) await search.rebuild()
  }
  throw new AppError('storage_unavailable', 'The index of texts is being built anew; try again shortly.', {
    retryAfterS: 1,
  })
}

function inPieces(pieces: AsyncIterable<Uint8Array> | null): Reply {
  if (!pieces) throw new AppError('not_found', 'There is no trace with this id.')
  return {
    status: 200,
    headers: { 'Content-Type': 'application/json; charset=utf-8' },
    stream: (res) => sendPieces(res, pieces),
  }
}

const liveEvent = (trace: NewTrace): LiveTraceEvent => ({
  trace_id: trace.id,
  name: trace.name ?? '',
  status: trace.failed ? 'error' : 'ok',
  latency_ms: trace.latencyMs ?? 0,
  created_at: rfc3339(trace.createdAt),
})

function lastEventId(header: string | string[] | undefined): number | null {
  const place = Number(header)
  return header !== undefined && Number.isSafeInteger(place) && place >= 0 ? place : null
}
