import { count, dollars, duration } from '../../lib/format.ts'

export interface Measure {
  read: (text: string) => number | null
  show: (amount: number) => string
  example: string
}

/** What is compared instead of being equal. */
export const MEASURES = {
  duration: { read: (text) => milliseconds(text), show: duration, example: '2 s, 300 ms or 1 min' },
  count: { read: (text) => quantity(text), show: count, example: '10k or 2,500' },
  money: { read: (text) => money(text), show: dollars, example: '$0.05 or 5 ct' },
} as const satisfies Record<string, Measure>

const UNITS: Record<string, number> = { ms: 1, s: 1_000, sec: 1_000, m: 60_000, min: 60_000, h: 3_600_000 }

/** `2 s`, `300ms`, `1.5 min`; a bare number is milliseconds. */
export function milliseconds(text: string): number | null {
  const [, number, unit = 'ms'] = /^([\d.,]+)\s*(ms|s|sec|m|min|h)?$/i.exec(text.trim()) ?? []
  const value = Number(number?.replaceAll(',', ''))
  return number === undefined || Number.isNaN(value) ? null : Math.round(value * (UNITS[unit.toLowerCase()] ?? 1))
}

/** `10k`, `2,500`, `1.5M`. */
export function quantity(text: string): number | null {
  const [, number, unit = ''] = /^([\d.,]+)\s*([km])?$/i.exec(text.trim()) ?? []
  const value = Number(number?.replaceAll(',', ''))
  if (number === undefined || Number.isNaN(value)) return null
  return Math.round(value * ({ k: 1e3, m: 1e6 }[unit.toLowerCase()] ?? 1))
}

/** `$0.05`, `0.05`, `5 ct`. */
export function money(text: string): number | null {
  const [, number, unit] = /^\$?\s*([\d.,]+)\s*(\$|ct|¢)?$/i.exec(text.trim()) ?? []
  const value = Number(number?.replaceAll(',', ''))
  if (number === undefined || Number.isNaN(value)) return null
  return unit === undefined || unit === '$' ? value : value / 100
}
