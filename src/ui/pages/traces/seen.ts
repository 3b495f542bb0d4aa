import type { TraceItem } from './data.ts'
import type { Seen } from './filters.ts'

/** What the loaded traces have in the fields that one can filter by, most frequent first. */
export function seenIn(traces: readonly TraceItem[]): Seen {
  const seen = new Map<string, Map<string, number>>()
  const add = (field: string, value: string | null | undefined) => {
    if (value === null || value === undefined || value === '') return
    const counts = seen.get(field) ?? new Map<string, number>()
    counts.set(value, (counts.get(value) ?? 0) + 1)
    seen.set(field, counts)
  }
  for (const trace of traces) {
    add('model', trace.model)
    add('name', trace.name)
    add('session_id', trace.session_id)
    add('user_id', trace.user_id)
    add('environment', trace.environment)
    add('failure_type', trace.failure_type)
    for (const tag of trace.tags) add('tag', tag)
    for (const [key, value] of Object.entries(trace.tag_map)) add(`tag.${key}`, value)
  }
  return new Map([...seen].map(([field, counts]) => [field, new Map([...counts].sort((a, b) => b[1] - a[1]))]))
}
