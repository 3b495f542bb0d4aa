import { AppError } from '../../errors.ts'
import type { ProjectId, TenantId } from '../../ids.ts'
import type { Range, Sort, TraceFilter } from '../../storage/telemetry/questions/filter.ts'
import { type Term, termValue } from '../../storage/telemetry/terms.ts'
import type { QueryOf } from '../http/endpoint.ts'
import { requireOrder } from '../http/time.ts'
import type { exportTraces, listTraces } from './contract.ts'

type Query = QueryOf<typeof listTraces>
/** A list's query or an export's. */
type Filters = Query | QueryOf<typeof exportTraces>

/** The filter that a query asks for. Throws 400 where two parameters contradict each other or one misses its other half. */
export function filterOf(tenantId: TenantId, query: Filters): TraceFilter {
  const { project_id, from, to } = query
  requireOrder(from, to)
  const latencyMs = range('latency', query.latency_min, query.latency_max)
  const cost = range('cost', query.cost_min, query.cost_max)
  const totalTokens = range('token_count', query.token_count_min, query.token_count_max)
  return {
    tenantId,
    terms: termsOf(query),
    ...(project_id === undefined ? {} : { projectId: project_id.toLowerCase() as ProjectId }),
    ...(query.error === false ? { failed: false as const } : {}),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(latencyMs ? { latencyMs } : {}),
    ...(cost ? { cost } : {}),
    ...(totalTokens ? { totalTokens } : {}),
  }
}

export function sortOf(text: Query['sort']): Sort {
  const descending = text.startsWith('-')
  return { by: (descending ? text.slice(1) : text) as Sort['by'], descending }
}

function termsOf(query: Filters): Term[] {
  const { tag_key, tag_value } = query
  if ((tag_key === undefined) !== (tag_value === undefined)) {
    throw new AppError('error.tags_filter_incomplete', 'tag_key and tag_value go together; send both or neither.')
  }
  const terms: Term[] = []
  const put = (name: string, value: string | undefined) => {
    if (value !== undefined) terms.push([name, termValue(value)])
  }
  put('session_id', query.session_id)
  put('user_id', query.user_id)
  put('environment', query.environment)
  put('name', query.name)
  put('model', query.model)
  put('failure_type', query.failure_type)
  put('error', query.error === true ? 'true' : undefined)
  if (tag_key !== undefined) put(`tag.${tag_key}`, tag_value)
  put('tag', query.tag)
  for (const [name, value] of Object.entries(query)) {
    if (!name.startsWith('metadata.')) continue
    for (const one of Array.isArray(value) ? value : [value]) put(name, String(one))
  }
  return terms
}

function range(name: string, min: number | undefined, max: number | undefined): Range | null {
  if (min === undefined && max === undefined) return null
  if (min !== undefined && max !== undefined && max < min) {
    throw new AppError('invalid_query', `${name}_max: must not be below ${name}_min.`)
  }
  return { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) }
}
