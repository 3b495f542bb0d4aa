import { z } from 'zod'
import { AppError } from '../../errors.ts'
import type { ProjectId, TenantId } from '../../ids.ts'
import type { FactFilter } from '../../storage/analytics/questions/filter.ts'
import type { GroupBy } from '../../storage/analytics/questions/groups.ts'
import { termValue } from '../../storage/telemetry/terms.ts'
import { uuid } from '../http/schemas.ts'

const text = z.string().min(1).optional()

/** What every question about metrics can be narrowed to. */
export const filterParams = {
  project_id: uuid.optional(),
  model: text.meta({ description: 'Traces that used this model in any span.' }),
  environment: text,
  name: text,
  session_id: text,
  user_id: text,
  tag_key: text,
  tag_value: text,
  tag: text.meta({ description: 'One of the tags that came as a list.' }),
  error: z
    .enum(['true', 'false'])
    .transform((value) => value === 'true')
    .optional()
    .meta({ override: { type: 'boolean' } }),
}

export const FILTER_DESCRIPTION =
  'All filters compose. Besides them, `metadata.<key>=<value>` narrows to traces by a field of their metadata; nested fields are reached with dots.'

const filterSchema = z.looseObject(filterParams)
type FilterQuery = z.output<typeof filterSchema>

/** The filter that a query asks for. Throws 400 where one parameter misses its other half. */
export function factFilter(tenantId: TenantId, query: FilterQuery): FactFilter {
  const { project_id, model, environment, name, session_id, user_id, tag_key, tag_value, error } = query
  if ((tag_key === undefined) !== (tag_value === undefined)) {
    throw new AppError('error.tags_filter_incomplete', 'tag_key and tag_value go together; send both or neither.')
  }
  return {
    tenantId,
    terms: [...metadataTerms(query), ...(query.tag === undefined ? [] : [['tag', termValue(query.tag)] as const])],
    ...(project_id === undefined ? {} : { projectId: project_id as ProjectId }),
    ...(model === undefined ? {} : { model }),
    ...(environment === undefined ? {} : { environment }),
    ...(name === undefined ? {} : { name }),
    ...(session_id === undefined ? {} : { sessionId: session_id }),
    ...(user_id === undefined ? {} : { userId: user_id }),
    ...(tag_key === undefined || tag_value === undefined ? {} : { tag: { key: tag_key, value: tag_value } }),
    ...(error === undefined ? {} : { failed: error }),
  }
}

const metadataTerms = (query: Record<string, unknown>) =>
  Object.entries(query)
    .filter(([name]) => name.startsWith('metadata.'))
    .flatMap(([name, value]) =>
      (Array.isArray(value) ? value : [value]).map((one) => [name, termValue(String(one))] as const),
    )

/** `model`, or `tag:region` for the values of a tag. */
export function groupOf(text: string): GroupBy {
  return text.startsWith('tag:') ? { by: 'tag', key: text.slice(4) } : { by: text as Exclude<GroupBy['by'], 'tag'> }
}
