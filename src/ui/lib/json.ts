/** An object of JSON, of which nothing is known yet. */
export type Json = Record<string, unknown>

/** Is it an object, neither a list nor null? */
export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** What the text says; undefined where it is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
