import { useShortcuts } from '../../lib/shortcuts.ts'
import { nextOf } from './find.ts'
import type { Tree } from './tree.ts'

interface Keys {
  tree: Tree
  rows: Int32Array
  folded: ReadonlySet<number>
  selected: number
  go: (span: number | undefined) => void
  fold: (span: number, to: boolean) => void
  peek: () => void
  small: boolean
  found: readonly number[]
  field: React.RefObject<HTMLInputElement | null>
}

/** Through the spans without a mouse. */
export function useWaterfallKeys({ tree, rows, folded, selected, go, fold, peek, small, found, field }: Keys): void {
  const move = (by: number) => go(rows[Math.max(0, Math.min(rows.length - 1, rows.indexOf(selected) + by))])
  const left = () => {
    if ((tree.children[selected]?.length ?? 0) > 0 && !folded.has(selected)) fold(selected, true)
    else if ((tree.parent[selected] ?? -1) >= 0) go(tree.parent[selected])
  }
  const right = () => {
    if (folded.has(selected)) fold(selected, false)
    else go(tree.children[selected]?.[0])
  }
  // Beside a list, j and k go on moving through the list.
  const [next, previous] = small ? ['ArrowDown', 'ArrowUp'] : ['ArrowDown|j', 'ArrowUp|k']
  useShortcuts('Spans', [
    { keys: next, label: 'Next span', run: () => move(1) },
    { keys: previous, label: 'Previous span', run: () => move(-1) },
    { keys: 'PageDown', label: 'A page down', run: () => move(20) },
    { keys: 'PageUp', label: 'A page up', run: () => move(-20) },
    { keys: 'ArrowLeft', label: 'Fold, or go to the parent', run: left },
    { keys: 'ArrowRight', label: 'Unfold, or go to the first child', run: right },
    { keys: ' ', label: 'Peek at the span', run: peek },
    { keys: 'e', label: 'Next error', run: () => go(nextOf(tree.errors, tree, selected, 1)) },
    { keys: 'E', label: 'Previous error', run: () => go(nextOf(tree.errors, tree, selected, -1)) },
    { keys: '/', label: 'Search in the trace', run: () => field.current?.focus() },
    { keys: 'n', label: 'Next find', run: () => go(nextOf(found, tree, selected, 1)) },
    { keys: 'N', label: 'Previous find', run: () => go(nextOf(found, tree, selected, -1)) },
  ])
}
