import type { Tree } from './tree.ts'

/** A trace with more spans opens folded below its second level, for nobody reads thirty thousand rows from the top. */
const FOLD_ABOVE = 5_000

export function foldedAtFirst(tree: Tree): ReadonlySet<number> {
  if (tree.spans.length <= FOLD_ABOVE) return new Set()
  return belowTop(tree)
}

export const belowTop = ({ order, depth, children }: Tree): ReadonlySet<number> =>
  new Set([...order].filter((i) => depth[i] === 1 && (children[i]?.length ?? 0) > 0))

/** Nothing above this span is folded. */
export function unfoldedTo({ parent }: Tree, span: number, folded: ReadonlySet<number>): ReadonlySet<number> {
  const next = new Set(folded)
  for (let i = parent[span] ?? -1; i >= 0; i = parent[i] ?? -1) next.delete(i)
  return next.size === folded.size ? folded : next
}
