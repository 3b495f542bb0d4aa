import { useMemo } from 'react'
import { rangeOf, type TimeRange } from './ranges.ts'
import { useUrl } from './url.ts'

export { between, iso, lasting, PRESETS, type TimeRange } from './ranges.ts'

/** The range that the address speaks of. */
export function useRange(): TimeRange {
  const [{ range, from, to }] = useUrl()
  return useMemo(() => rangeOf({ range, from, to }), [range, from, to])
}
