import { createHash } from 'node:crypto'
import type { JsonValue } from './record.ts'

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

export const modelTerm = (model: string): Term => ['model', termValue(model)]

/** `metadata.a.b` for what lies at a.b; each element of a list is a value of the list's own path. */
function putTree(path: string, value: JsonValue, put: (name: string, value: string) => void): void {
  if (value === null) return
  if (Array.isArray(value)) for (const item of value) putTree(path, item, put)
  else if (typeof value === 'object')
    for (const [key, item] of Object.entries(value)) putTree(`${path}.${key}`, item, put)
  else put(path, String(value))
}
