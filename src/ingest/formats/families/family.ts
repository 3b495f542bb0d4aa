import type { JsonObject, JsonValue, Usage } from '../../../storage/telemetry/record.ts'
import type { SpanSource } from './source.ts'

/**
 * What a span says in the waist's words. Every field may be silent (null). Those of the second group belong to the trace the span
 * is in; those of the third are kept in the span's metadata under the field's own name, the same for every family.
 */
export interface Reading {
  type: SpanType
  /** The model that answered. */
  model: string
  /** The model that was asked for. */
  requested_model: string
  provider: string
  /** What the span is about, where the span's own name does not say it. */
  name: string
  /** What went wrong, where the span's status does not say that anything did. */
  error: string
  /** JSON text of chat messages (`messages.ts`) where they are messages, else the text. */
  input: string
  output: string
  usage: Usage
  /** How the provider served the call, in its own word, where the usage does not say it; what was asked for, where no answer tells. */
  tier: string
  /** Dollars, when the sender has worked it out; it wins over our own price. */
  cost: number

  sessionId: string
  userId: string
  environment: string
  tags: string[]
  traceMetadata: JsonObject

  /** The parameters of the model call: temperature, max_tokens … */
  parameters: JsonObject
  /** Definitions of the tools the model may call. */
  tools: JsonValue
  /** Retrieved or ranked documents: `[{id, content, score, metadata}]`. */
  documents: JsonValue
  /** The prompt as managed elsewhere: `{id, name, version, template, variables}`. */
  prompt: JsonObject
  /** The tool that was called: `{name, description, call_id …}`. */
  tool: JsonObject
  agent: JsonObject
  /** `[{text, vector}]`. */
  embeddings: JsonValue
  reranker: JsonObject
  finish_reasons: JsonValue
  /** Metadata the application gave its span. */
  metadata: JsonObject
}

/** One of `llm`, `tool`, `retrieval`, `other`, and the finer kind where the type does not say it all. */
export interface SpanType {
  type: 'llm' | 'tool' | 'retrieval' | 'other'
  kind: string | null
}

export const METADATA_FIELDS = [
  'requested_model',
  'parameters',
  'tools',
  'documents',
  'prompt',
  'tool',
  'agent',
  'embeddings',
  'reranker',
  'finish_reasons',
  'metadata',
] as const satisfies readonly (keyof Reading)[]

/**
 * A convention for attribute names. Each field is a function that takes what it needs from the span (`source.take…`), which keeps
 * those attributes out of the metadata, and gives null, taking nothing, when the convention does not speak of the field.
 * It must be total: attributes have whatever type a sender gave them.
 */
export interface Family {
  name: string
  /** Is the convention in use on this span at all? Asked of every span, so it must be cheap. */
  claims(source: SpanSource): boolean
  /** Brings the span into order before any field is read, where the convention spreads it over events. */
  prepare?(source: SpanSource): void
  fields: { readonly [F in keyof Reading]?: (source: SpanSource) => Reading[F] | null }
}

/**
 * Reads a span by several families. A field is asked of one family after the other until one answers; the rest are not asked for
 * it. So an attribute that lost to a better one has not been taken, and stays in the metadata: nothing is dropped.
 */
export function readSpan(families: readonly Family[], source: SpanSource): Partial<Reading> {
  const reading: Partial<Reading> = {}
  for (const family of families) {
    if (!family.claims(source)) continue
    family.prepare?.(source)
    for (const field of fieldsOf(family)) readField(family, field, source, reading)
  }
  return reading
}

const known = new WeakMap<Family, readonly (keyof Reading)[]>()

function fieldsOf(family: Family): readonly (keyof Reading)[] {
  const before = known.get(family)
  if (before !== undefined) return before
  const fields = Object.keys(family.fields) as (keyof Reading)[]
  known.set(family, fields)
  return fields
}

function readField<F extends keyof Reading>(
  family: Family,
  field: F,
  source: SpanSource,
  into: Partial<Reading>,
): void {
  if (into[field] !== undefined) return
  const value = family.fields[field]?.(source)
  if (value !== null && value !== undefined) into[field] = value
}
