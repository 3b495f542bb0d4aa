import { isObject, type Json } from '../lib/json.ts'

/**
 * The document as the explorer can draw it, and a person read it. It means the same but for what is left out:
 * - a type that may be an array of anything, which JSON Schema writes as `array` without `items`, breaks off the drawing; without a
 *   type it shows as "any";
 * - "this or null", which would show as an object with a choice of one, shows as this;
 * - the pattern of a format, such as a date's, says nothing to a person that the format's name does not.
 */
export function drawable(document: unknown): unknown {
  if (Array.isArray(document)) return document.map(drawable)
  if (!isObject(document)) return document
  const entries = Object.entries(orNull(document)).map(([key, value]) => [key, drawable(value)] as const)
  return Object.fromEntries(entries.filter(([key, value]) => !isLeftOut(key, value, document)))
}

function isLeftOut(key: string, value: unknown, schema: Json): boolean {
  if (key === 'type') return Array.isArray(value) && value.includes('array') && !('items' in schema)
  return key === 'pattern' && typeof value === 'string' && typeof schema.format === 'string'
}

function orNull({ anyOf, ...rest }: Json): Json {
  if (!Array.isArray(anyOf)) return anyOf === undefined ? rest : { anyOf, ...rest }
  const [only, ...others] = anyOf.filter((option) => !(isObject(option) && option.type === 'null'))
  return isObject(only) && others.length === 0 ? orNull({ ...only, ...rest }) : { anyOf, ...rest }
}
