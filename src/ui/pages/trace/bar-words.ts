import { count, dollars, duration } from '../../lib/format.ts'
import type { SpanOutline } from './data.ts'

/** What stands beside the bars where there is no room for all of it. */
export const FIGURES = [
  { id: 'time', label: 'Duration', sign: 's' },
  { id: 'tokens', label: 'Tokens', sign: 'tok' },
  { id: 'cost', label: 'Cost', sign: '$' },
] as const
export type Figure = (typeof FIGURES)[number]['id']

/** Narrower lanes have one figure of each step, which is chosen; all of them would seldom fit. */
export const ONE_FIGURE_PX = 300

type Counted = Pick<SpanOutline, 'duration_ms' | 'prompt_tokens' | 'completion_tokens' | 'cost'>

/** All figures of a step, and the chosen one, which may be one that it has not. */
export function figuresOf(span: Counted, figure: Figure): { whole: string; short: string } {
  const tokens = (span.prompt_tokens ?? 0) + (span.completion_tokens ?? 0)
  const of: Record<Figure, string> = {
    time: duration(span.duration_ms),
    tokens: tokens > 0 ? `${count(tokens)} tok` : '',
    cost: span.cost ? dollars(span.cost) : '',
  }
  return {
    whole: FIGURES.map(({ id }) => of[id])
      .filter(Boolean)
      .join(' · '),
    short: of[figure],
  }
}

/** A bar on its lane, as shares of the lane's width; what is out of sight is cut off. */
export interface Bar {
  left: number
  width: number
}

/** Where the words of a bar stand, and whether there is room for all of them. */
export interface WordsPlace {
  side: 'right' | 'left' | 'over' | 'before' | 'after'
  whole: boolean
}

/** Of figures of 12 px, rather too much than too little. */
const LETTER_PX = 7
const PADDING_PX = 12
/** At the right of each lane, for the words of what ends with the trace. `--gutter` says the same to the styles. */
export const GUTTER_PX = 56

/**
 * Beside the bar, all of the words if they fit on one side, else those that matter; over the bar where there is no room beside it. `before`
 * and `after` are bars out of sight: the words stand at the edge behind which they are.
 */
export function placeWords({ left, width }: Bar, lanePx: number, whole: string, short: string): WordsPlace {
  if (left >= 1) return { side: 'after', whole: false }
  if (left + width <= 0) return { side: 'before', whole: false }
  const room = { right: (1 - Math.min(1, left + width)) * lanePx + GUTTER_PX, left: left * lanePx }
  for (const words of whole === short ? [short] : [whole, short]) {
    const px = words.length * LETTER_PX + PADDING_PX
    if (px <= room.right) return { side: 'right', whole: words === whole }
    if (px <= room.left) return { side: 'left', whole: words === whole }
  }
  return { side: 'over', whole: whole === short }
}
