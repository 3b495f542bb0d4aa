import { count, dollars, duration, percent } from '../lib/format.ts'

export type Unit = 'count' | 'duration' | 'dollars' | 'percent'

/** A value by itself. */
export const FORMATS: Readonly<Record<Unit, (value: number) => string>> = { count, duration, dollars, percent }

const [SECOND, MINUTE, HOUR] = [1_000, 60_000, 3_600_000]

interface Scale {
  by: number
  before: string
  after: string
  /** A part of the number, not its unit: thousands. */
  size?: string
}

/** What the numbers of an axis are divided by, and what that is called; chosen by the largest of them. */
function scaleOf(unit: Unit, most: number): Scale {
  switch (unit) {
    case 'count':
      if (most >= 1e6) return { by: 1e6, before: '', after: '', size: ' M' }
      return { before: '', after: '', ...(most >= 1e4 ? { by: 1e3, size: ' k' } : { by: 1 }) }
    case 'duration':
      if (most >= 2 * HOUR) return { by: HOUR, before: '', after: ' h' }
      if (most >= 2 * MINUTE) return { by: MINUTE, before: '', after: ' min' }
      return most >= SECOND ? { by: SECOND, before: '', after: ' s' } : { by: 1, before: '', after: ' ms' }
    case 'dollars':
      return { by: 1, before: '$', after: '' }
    case 'percent':
      return { by: 0.01, before: '', after: ' %' }
  }
}

const figures = new Intl.NumberFormat('en', { maximumSignificantDigits: 4 })

/** The words of an axis: the unit stands once, with the largest; 20 beside 40 k would be read as twenty. */
export function axisWords(unit: Unit, values: readonly number[]): string[] {
  const most = Math.max(0, ...values)
  const { by, before, after, size = '' } = scaleOf(unit, most)
  return values.map((value) => {
    const figure = value === 0 ? '0' : `${figures.format(value / by)}${size}`
    return value === most && value !== 0 ? `${before}${figure}${after}` : figure
  })
}

/** Steps at which times are round. */
const ROUND_MS = [1, 2, 5, 10, 20, 50, 100, 200, 500]
const ROUND_TIMES = [
  ...ROUND_MS,
  ...[1, 2, 5, 10, 20, 30].map((n) => n * SECOND),
  ...[1, 2, 5, 10, 20, 30].map((n) => n * MINUTE),
  ...[1, 2, 6, 12, 24, 72, 168].map((n) => n * HOUR),
]

/** What an axis may go on by; undefined leaves it to the chart. */
export const stepsOf = (unit: Unit): number[] | undefined => (unit === 'duration' ? ROUND_TIMES : undefined)
