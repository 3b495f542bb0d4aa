import { PROVIDERS } from './bundled.ts'
import { alias, LOCAL } from './lookup.ts'

const KNOWN: ReadonlySet<string> = new Set(PROVIDERS)

/**
 * A provider as a label, of which there may only be few: its name in the price table, `local` for whatever runs models on one's own machines, `other`
 * for the rest, and `none` where a span names none.
 */
export function providerLabel(provider: string | null): string {
  if (provider === null || provider === '') return 'none'
  const name = alias(provider.toLowerCase())
  if (LOCAL.has(name)) return 'local'
  return KNOWN.has(name) ? name : 'other'
}
