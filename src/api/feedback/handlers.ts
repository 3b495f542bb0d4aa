import { rfc3339 } from '../../clock.ts'
import { AppError } from '../../errors.ts'
import { type FeedbackId, foreignId, isUuid, newId, type ProjectId, type TraceId } from '../../ids.ts'
import { type Binding, bind } from '../http/mount.ts'
import { decodeCursor, encodeCursor } from '../http/page.ts'
import { created, okBytes } from '../http/reply.ts'
import { Projects } from '../ingest/projects.ts'
import type { Services } from '../services.ts'
import { listFeedback, submitFeedback } from './contract.ts'

const CURSOR = 'feedback'
/** What the metadata of one may weigh as JSON. */
const MOST_METADATA = 64 * 1024

export const feedbackHandlers = ({
  control,
  telemetry,
  clock,
}: Pick<Services, 'control' | 'telemetry' | 'clock'>): Binding[] => [
  bind(submitFeedback, async ({ actor, body }) => {
    const metadata = JSON.stringify(body.metadata ?? {})
    if (Buffer.byteLength(metadata) > MOST_METADATA)
      throw new AppError('invalid_body', `metadata: must be at most ${MOST_METADATA} bytes of JSON.`)
    const createdAt = clock.now()
    const id = newId<FeedbackId>(createdAt)
    const { tenantId } = actor
    const fact = {
      ...{ kind: 'feedback' as const, id, tenantId, createdAt, metadata },
      projectId: await new Projects(control, actor).require(null),
      traceId: traceId(body.trace_id),
      label: body.label.toWellFormed(),
      score: body.score ?? null,
      comment: body.comment?.toWellFormed() ?? null,
    }
    await telemetry.append({ traces: [], deadLetters: [], facts: [fact] })
    const { items } = await telemetry.ask('feedbackPage', { tenantId, id, limit: 1 })
    // Erased with its trace in this very moment, it was there all the same.
    const kept = items[0] === undefined ? null : JSON.parse(items[0])
    return created(
      kept ?? {
        ...{ id, tenant_id: tenantId, project_id: fact.projectId, trace_id: fact.traceId, attached: false },
        ...{ label: fact.label, score: fact.score, comment: fact.comment, metadata: body.metadata ?? {} },
        created_at: rfc3339(createdAt),
      },
    )
  }),

  bind(listFeedback, async ({ actor, query }) => {
    const { project_id, trace_id, label, from, to, cursor, limit } = query
    if (from !== undefined && to !== undefined && to < from)
      throw new AppError('invalid_query', 'to: must not be before from.')
    const after = cursor === undefined ? undefined : decodeCursor(CURSOR, cursor, ['number', 'number'])
    const { items, hasMore, last } = await telemetry.ask('feedbackPage', {
      ...{ tenantId: actor.tenantId, limit },
      ...(project_id === undefined ? {} : { projectId: project_id as ProjectId }),
      ...(trace_id === undefined ? {} : { traceId: traceId(trace_id) }),
      ...(label === undefined ? {} : { label }),
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
      ...(after ? { after } : {}),
    })
    const next = hasMore && last ? encodeCursor(CURSOR, last) : null
    return okBytes(
      Buffer.from(`{"feedback":[${items.join(',')}],"next_cursor":${JSON.stringify(next)},"has_more":${hasMore}}`),
    )
  }),
]

/** As ingest maps it. */
const traceId = (text: string): TraceId => (isUuid(text) ? (text.toLowerCase() as TraceId) : foreignId('trace', text))
