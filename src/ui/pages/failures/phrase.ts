import type { Stretch } from '../../lib/differences.ts'

const MOST_WORDS = 10

/** What to look for in errors to find all failures that were said so: the longest run of words that all wordings share. */
export function phraseOf(texts: readonly (readonly Stretch[])[]): string | null {
  const runs = (texts[0] ?? [])
    .filter(({ differs }) => !differs)
    .flatMap(({ text }) => text.split(/["\n]/))
    .map((run) => (run.match(/[^\s]*[\p{L}\p{N}][^\s]*/gu) ?? []).slice(0, MOST_WORDS))
  const longest = runs.reduce((best, run) => (run.length > best.length ? run : best), [])
  return longest.length === 0 ? null : `error:"${longest.join(' ')}"`
}
