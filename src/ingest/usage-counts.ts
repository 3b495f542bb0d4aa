import { isObject, type JsonObject, type JsonValue, type MoreUsage } from '../storage/telemetry/record.ts'

/** An object inside of one; empty where there is none. */
export const part = (usage: JsonObject, key: string): JsonObject => {
  const value = usage[key]
  return isObject(value) ? value : {}
}

/** A count of tokens: a whole number, not negative, that JavaScript holds exactly. */
export function count(value: JsonValue | undefined): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null
}

/** Null where none is known. */
export function sum(...counts: (number | null)[]): number | null {
  const present = counts.filter((one) => one !== null)
  return present.length === 0 ? null : present.reduce((a, b) => a + b)
}

/** The names that providers give to serving a call in no special way. */
const STANDARD = new Set(['default', 'standard', 'auto', 'on_demand', 'on-demand', 'standard_only'])
const LONGEST_TIER = 40

/** How a call was served, in one word for all providers: `batch`, `flex`, `priority` or the provider's own; null for the standard way. */
export function serviceTier(name: JsonValue | undefined): string | null {
  if (typeof name !== 'string' || name === '' || name.length > LONGEST_TIER) return null
  const tier = name.toLowerCase()
  return STANDARD.has(tier) ? null : tier
}

/** The finer counts; null where none says anything. */
export function more(parts: Partial<MoreUsage>): MoreUsage | null {
  for (const name in parts) {
    const one = parts[name as keyof MoreUsage]
    if (one !== null && one !== 0) return { ...NO_MORE, ...parts }
  }
  return null
}

export const NO_MORE: MoreUsage = {
  cacheWrite1h: null,
  cacheReadAudio: null,
  cacheReadImage: null,
  inputImage: null,
  outputImage: null,
  webSearches: null,
  tier: null,
  region: null,
}
