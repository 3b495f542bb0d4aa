import { count, dollars, duration } from '../../lib/format.ts'
import type { SpanOutline } from './data.ts'

/** What stands beside the bars where there is no room for all of it. */
export const FIGURES = [
  { id: 'time', label: 'Time' },
  { id: 'tokens', label: 'Tokens' },
  { id: 'cost', label: 'Cost' },
] as const
export type Figure = (typeof FIGURES)[number]['id']

/** So wide a waterfall has columns for tokens and cost; a narrower one has the chosen figure beside its bars. */
export const COLUMNS_PX = 540

type Counted = Pick<SpanOutline, 'duration_ms' | 'prompt_tokens' | 'completion_tokens' | 'cost'>

/** Each figure of a step; nothing where it has none. */
export function figuresOf(span: Counted): Record<Figure, string> {
  const tokens = (span.prompt_tokens ?? 0) + (span.completion_tokens ?? 0)
  return {
    time: duration(span.duration_ms),
    tokens: tokens > 0 ? count(tokens) : '',
    cost: span.cost ? dollars(span.cost) : '',
  }
}

/** A bar on its lane, as shares of the lane's width; what is out of sight is cut off. */
export interface Bar {
  left: number
  width: number
}

/** Where the words of a bar stand. */
export type WordsSide = 'right' | 'left' | 'over' | 'before' | 'after'

/** Of figures of 12 px, rather too much than too little. */
const LETTER_PX = 7
const PADDING_PX = 12
/** At the right of each lane, for the words of what ends with the trace. `--gutter` says the same to the styles. */
export const GUTTER_PX = 56

/**
 * Beside the bar, at its right if there is room; over it where there is none on either side. `before` and `after` are bars out of sight:
 * the words stand at the edge behind which they are.
 */
export function placeWords({ left, width }: Bar, lanePx: number, words: string): WordsSide {
  if (left >= 1) return 'after'
  if (left + width <= 0) return 'before'
  const px = words.length * LETTER_PX + PADDING_PX
  if (px <= (1 - Math.min(1, left + width)) * lanePx + GUTTER_PX) return 'right'
  return px <= left * lanePx ? 'left' : 'over'
}
