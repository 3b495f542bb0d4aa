import { MINUTE } from './calendar.ts'
import type { Random } from './random.ts'
import type { Feedback, Run } from './types.ts'

const GOOD = [
  'Quick and clear.',
  'That solved it.',
  'Friendly, thanks!',
  'exactly what i needed',
  'Better than the phone line.',
]
const POOR = [
  'Did not answer my question.',
  'Generic answer, I had to ask again.',
  'This is not what the policy says.',
  'useless',
]
const SLOW = ['Took forever.', 'Right answer but I waited half a minute.', 'too slow']
const FAILED = ['Just an error.', 'It crashed on me.', 'no answer at all', 'Something went wrong, twice.']
const SLOW_MS = 12_000

/** What somebody thinks of an answer, if they say so. Nobody of three is asked; who is cross says it more often. */
export function feedbackOn(
  random: Random,
  { run, poor, unhappy, rate }: { run: Run; poor: boolean; unhappy: boolean; rate: number },
): Feedback | null {
  const failed = run.error !== null
  const slow = run.endedAt - run.startedAt > SLOW_MS
  const cross = failed || poor || slow
  if (!random.chance(cross ? rate * 2.6 : rate)) return null
  const label = random.weighted<Feedback['label']>(
    cross
      ? [
          ['bad', 85],
          ['neutral', 10],
          ['good', 5],
        ]
      : unhappy
        ? [
            ['good', 55],
            ['neutral', 25],
            ['bad', 20],
          ]
        : [
            ['good', 84],
            ['neutral', 11],
            ['bad', 5],
          ],
  )
  const comments = failed ? FAILED : poor ? POOR : slow ? SLOW : POOR
  const comment = random.chance(0.35) ? random.pick(label === 'bad' ? comments : GOOD) : null
  return {
    label,
    score: { good: 1, neutral: 0.5, bad: 0 }[label],
    comment: label === 'neutral' ? null : comment,
    at: Math.round(run.endedAt + random.around(0.7 * MINUTE, 0.8)),
  }
}
