import type { JsonObject, JsonValue } from '../record.ts'

/** What a span shows beside the attributes it came with. */
interface Payload {
  input: string | null
  output: string | null
}

type Side = keyof Payload

/**
 * The text under which a span in OTLP/JSON is kept. Most of a span is its input and output, and where those are the value of an attribute
 * as it came, the attribute refers to them, so that they are kept once. No attribute of a span in normal form looks like a reference.
 */
export function keptSpan(span: JsonObject, payload: Payload): string {
  const { attributes } = span
  if (!Array.isArray(attributes)) return JSON.stringify(span)
  let refers = false
  const kept = attributes.map((attribute) => {
    const side = sideOf(textOf(attribute), payload)
    if (side === null) return attribute
    refers = true
    return { ...(attribute as JsonObject), value: { sameAs: side } }
  })
  return JSON.stringify(refers ? { ...span, attributes: kept } : span)
}

function textOf(attribute: JsonValue): JsonValue | undefined {
  const { value } = attribute as { value?: JsonObject }
  return value?.stringValue
}

function sideOf(text: JsonValue | undefined, { input, output }: Payload): Side | null {
  if (typeof text !== 'string' || text.length < SHORTEST) return null
  if (text === input) return 'input'
  return text === output ? 'output' : null
}

export const refersToPayload = (kept: string): boolean => kept.includes('{"sameAs":')

/** The span as it came, with what its attributes refer to. */
export const wholeSpan = (kept: string, payload: Payload): string =>
  kept.replace(REFERENCE, (_, side: Side) => JSON.stringify({ stringValue: payload[side] ?? '' }))

const REFERENCE = /\{"sameAs":"(input|output)"\}/g

/** A reference to less than that saves nothing. */
const SHORTEST = 64
