import { createHash } from 'node:crypto'
import type { TraceState } from './fold.ts'
import type { JsonObject, JsonValue } from './record.ts'

/** One thing that a trace can be filtered by for equality. */
export type Term = readonly [name: string, value: string]

export interface Termed {
  name: string | null
  sessionId: string | null
  userId: string | null
  environment: string | null
  error: string | null
  failureType: string | null
  tags: readonly string[]
  tagMap: Readonly<Record<string, string>>
  /** JSON text of an object. */
  metadata: string
}

/** What a client says of a trace in its own words. */
export type Described = Pick<Termed, 'tags' | 'tagMap' | 'metadata'>

/** Longer values are filed under their digest; the filter digests what it looks for in the same way. */
const LONGEST_VALUE = 200

export const termValue = (value: string): string =>
  value.length <= LONGEST_VALUE ? value : `sha256:${createHash('sha256').update(value).digest('hex')}`

/** The terms of a trace, but for its models, which come from its spans one by one. */
export function termsOf(trace: Termed): Term[] {
  const terms: Term[] = []
  const put = (name: string, value: string | null) => {
    if (value !== null) terms.push([name, termValue(value)])
  }
  put('name', trace.name)
  put('session_id', trace.sessionId)
  put('user_id', trace.userId)
  put('environment', trace.environment)
  if (trace.error !== null) put('error', 'true')
  put('failure_type', trace.failureType)
  for (const tag of trace.tags) put('tag', tag)
  for (const [key, value] of Object.entries(trace.tagMap)) put(`tag.${key}`, value)
  if (trace.metadata !== '{}') putTree('metadata', JSON.parse(trace.metadata) as JsonValue, put)
  return terms
}

export const sessionTerm = (sessionId: string): Term => ['session_id', termValue(sessionId)]

export const modelTerm = (model: string): Term => ['model', termValue(model)]

/** `metadata.a.b` for what lies at a.b; each element of a list is a value of the list's own path. */
function putTree(path: string, value: JsonValue, put: (name: string, value: string) => void): void {
  if (value === null) return
  if (Array.isArray(value)) for (const item of value) putTree(path, item, put)
  else if (typeof value === 'object')
    for (const [key, item] of Object.entries(value)) putTree(`${path}.${key}`, item, put)
  else put(path, String(value))
}

/** What a trace is found by: of its state, and of what is not derived. */
export const termed = (state: TraceState, { tags, tagMap, metadata }: Described): Termed => ({
  name: state.name,
  sessionId: state.sessionId,
  userId: state.userId,
  environment: state.environment,
  error: state.error,
  failureType: state.failureType,
  tags,
  tagMap,
  metadata,
})

/** What a later request adds to tags and metadata; where both have a key the first word stands. `before` itself if it adds nothing. */
export function unite(before: Termed, { tags, tagMap, metadata }: Described): Termed {
  const newTags = tags.filter((tag) => !before.tags.includes(tag))
  const newPairs = Object.entries(tagMap).filter(([key]) => !(key in before.tagMap))
  const known = JSON.parse(before.metadata) as JsonObject
  const newFields =
    metadata === before.metadata ? [] : Object.entries(JSON.parse(metadata)).filter(([key]) => !(key in known))
  if (newTags.length + newPairs.length + newFields.length === 0) return before
  return {
    ...before,
    tags: [...before.tags, ...newTags],
    tagMap: { ...before.tagMap, ...Object.fromEntries(newPairs) },
    metadata: newFields.length === 0 ? before.metadata : JSON.stringify({ ...known, ...Object.fromEntries(newFields) }),
  }
}
