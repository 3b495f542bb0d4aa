import type { JsonObject, OtlpSource } from '../../storage/telemetry/record.ts'
import type { OtlpResource, OtlpScope } from './otlp-types.ts'

/** Valid ids in hex. */
export const TRACE_ID = /^(?!0{32})[0-9a-f]{32}$/
export const SPAN_ID = /^(?!0{16})[0-9a-f]{16}$/

/** The schema URL stands beside a resource or scope; here it is kept inside, which has no field of that name. */
export function withSchemaUrl<T extends OtlpResource | OtlpScope>(
  described: T | null,
  schemaUrl = '',
): T | JsonObject | null {
  return schemaUrl === '' ? described : { ...described, schemaUrl }
}

/** Scope and resource of a rejected log record as the groups of a request. */
export const sourceGroups = ({ resource, scope }: Omit<OtlpSource, 'span'>) => ({
  resource: withoutSchemaUrl('resource', JSON.stringify(resource)),
  scope: withoutSchemaUrl('scope', JSON.stringify(scope)),
})

export function withoutSchemaUrl(name: string, text: string): JsonObject {
  const described: JsonObject | null = JSON.parse(text)
  if (described === null) return {}
  const { schemaUrl, ...rest } = described
  return schemaUrl === undefined ? { [name]: rest } : { [name]: rest, schemaUrl }
}
