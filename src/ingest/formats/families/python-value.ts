import type { JsonValue } from '../../../storage/telemetry/record.ts'
import { parseJson } from '../otlp-values.ts'

/** What Python's `repr` writes of plain values, as JSON; undefined for anything else. */
export function pythonValue(source: JsonValue | undefined): JsonValue | undefined {
  if (typeof source !== 'string' || source.length > 100_000) return undefined
  const json = source.replace(PYTHON, (token) => {
    if (token.startsWith("'"))
      return JSON.stringify(token.slice(1, -1).replace(/\\'/g, "'").replace(/\\n/g, '\n').replace(/\\\\/g, '\\'))
    return WORDS.get(token) ?? token
  })
  return parseJson(json)
}
const PYTHON = /'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|\b(?:None|True|False)\b/g
const WORDS = new Map([
  ['None', 'null'],
  ['True', 'true'],
  ['False', 'false'],
])
