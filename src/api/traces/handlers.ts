import { rfc3339 } from '../../clock.ts'
import { AppError } from '../../errors.ts'
import type { ProjectId, TraceId } from '../../ids.ts'
import type { NewTrace } from '../../storage/telemetry/questions/new-traces.ts'
import { type Binding, bind } from '../http/mount.ts'
import { decodeCursor, encodeCursor } from '../http/page.ts'
import { ok, okBytes, type Reply } from '../http/reply.ts'
import { sendPieces } from '../http/send-pieces.ts'
import { EventStream } from '../http/stream.ts'
import type { Services } from '../services.ts'
import {
  exportTraces,
  findInTrace,
  getSpan,
  getTrace,
  getTraceCosts,
  getTraceOutline,
  type LiveTraceEvent,
  listTraces,
  liveTraceFeed,
} from './contract.ts'
import { type ExportNeeds, openExport } from './export.ts'
import { filterOf, sortOf } from './filter.ts'
import { searched } from './search.ts'
import { wholeTrace } from './whole.ts'

type Needs = Pick<Services, 'telemetry' | 'search' | 'live' | 'clock' | 'exports'> & ExportNeeds

export const traceHandlers = ({ telemetry, search, live, clock, exports, ...needs }: Needs): Binding[] => [
  bind(listTraces, async ({ actor, query }) => {
    const list = `traces:${query.sort}`
    const after = query.cursor === undefined ? undefined : decodeCursor(list, query.cursor, ['number', 'number'])
    const ask = {
      ...filterOf(actor.tenantId, query),
      sort: sortOf(query.sort),
      limit: query.limit,
      ...(after ? { after } : {}),
    }
    const { q } = query
    const { found: page, notYetSearchable } =
      q === undefined
        ? { found: await telemetry.ask('tracePage', ask), notYetSearchable: null }
        : await searched({ telemetry, search }, q, (text) => telemetry.ask('searchPage', { ...ask, text }))
    return ok({
      traces: page.traces,
      next_cursor: page.hasMore && page.last ? encodeCursor(list, page.last) : null,
      has_more: page.hasMore,
      ...(notYetSearchable === null ? {} : { not_yet_searchable: notYetSearchable }),
    })
  }),

  // These two before `{id}`, which would take their names for one.
  bind(exportTraces, ({ actor, query, res }) =>
    exports.reply(res, (gone) => openExport({ telemetry, search, clock, ...needs }, actor, query, gone)),
  ),

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
    const detail = await telemetry.ask('traceDetail', { tenantId: actor.tenantId, id })
    return inPieces(detail && wholeTrace(telemetry, detail))
  }),

  bind(getTraceOutline, async ({ actor, params }) =>
    inPieces(await telemetry.ask('traceOutline', { tenantId: actor.tenantId, id: params.id })),
  ),

  bind(findInTrace, async ({ actor, params, query }) =>
    inPieces(await telemetry.ask('findInTrace', { tenantId: actor.tenantId, id: params.id, text: query.text })),
  ),

  bind(getTraceCosts, async ({ actor, params, query }) => {
    const of = query.span_id === undefined ? {} : { spanId: query.span_id }
    const costs = await telemetry.ask('traceCosts', { tenantId: actor.tenantId, id: params.id, ...of })
    if (!costs) throw noTrace()
    return ok({
      cost: costs.cost,
      spans_cost: costs.spans,
      models: costs.models.map(({ parts, ...model }) => ({
        ...model,
        parts: parts.map(({ perMillion, ...part }) => ({ ...part, per_million: perMillion })),
      })),
      unpriced_calls: costs.unpricedCalls,
    })
  }),

  bind(getSpan, async ({ actor, params }) => {
    const ask = { tenantId: actor.tenantId, id: params.id, spanId: params.span_id }
    const span = await telemetry.ask('spanDetail', ask)
    if (!span) throw new AppError('not_found', 'There is no span with this id in this trace.')
    return okBytes(span)
  }),
]

const noTrace = () => new AppError('not_found', 'There is no trace with this id.')

function inPieces(pieces: AsyncIterable<Uint8Array> | null): Reply {
  if (!pieces) throw noTrace()
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
