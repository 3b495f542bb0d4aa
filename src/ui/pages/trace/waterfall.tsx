import { useMemo, useRef, useState } from 'react'
import { useShortcuts } from '../../lib/shortcuts.ts'
import { useUrl } from '../../lib/url.ts'
import type { Found } from './find.ts'
import { belowTop, foldedAtFirst, unfoldedTo } from './folding.ts'
import { Overview } from './overview.tsx'
import { SpanRows } from './span-rows.tsx'
import { axisOf, criticalPath, type Tree, visibleRows, WHOLE } from './tree.ts'
import { type Evaluation, verdictsBySpan } from './verdicts.ts'
import { useWaterfallKeys } from './waterfall-keys.ts'
import { WaterfallTools } from './waterfall-tools.tsx'

interface WaterfallProps {
  tree: Tree
  traceId: string
  selected: number
  select: (span: number) => void
  small: boolean
  /** What is searched in the trace. */
  text: string
  setText: (text: string) => void
  found: Found
  evals: readonly Evaluation[]
}

/** Tree and waterfall in one list: what called what, and when. */
export function Waterfall({ tree, traceId, selected, select, small, text, setText, found, evals }: WaterfallProps) {
  const [search, set] = useUrl()
  const [folded, setFolded] = useState<ReadonlySet<number>>(() => foldedAtFirst(tree))
  const [view, setView] = useState(WHOLE)
  const [peeking, setPeeking] = useState(false)
  const field = useRef<HTMLInputElement>(null)
  const foldGaps = search.gaps === 'folded'
  const lit = search.path === 'lit'
  const rows = useMemo(() => visibleRows(tree, folded), [tree, folded])
  const axis = useMemo(() => axisOf(tree, foldGaps), [tree, foldGaps])
  const critical = useMemo(() => (lit ? criticalPath(tree) : null), [tree, lit])

  const verdicts = useMemo(() => verdictsBySpan(evals), [evals])

  const go = (span: number | undefined) => {
    if (span === undefined) return
    setFolded((now) => unfoldedTo(tree, span, now))
    select(span)
  }
  const fold = (span: number, to: boolean) =>
    setFolded((now) => {
      const next = new Set(now)
      if (to) next.add(span)
      else next.delete(span)
      return next
    })
  const peek = () => setPeeking((now) => !now)
  useWaterfallKeys({ tree, rows, folded, selected, go, fold, peek, small, found: found.spans, field })
  useShortcuts('Spans', [
    { keys: 'c', label: 'Critical path', run: () => set({ path: lit ? undefined : 'lit' }, { replace: true }) },
    {
      keys: 'i',
      label: 'Fold idle time',
      run: () => set({ gaps: foldGaps ? undefined : 'folded' }, { replace: true }),
    },
    { keys: '0', label: 'Fit the whole trace', run: () => setView(WHOLE) },
    { keys: 'u', label: 'Unfold all', run: () => setFolded(new Set()) },
    { keys: 'U', label: 'Fold all below the first level', run: () => setFolded(belowTop(tree)) },
  ])

  return (
    <section className="waterfall" aria-label="Spans">
      <WaterfallTools {...{ tree, selected, go, text, setText, found, field }} />
      <Overview tree={tree} axis={axis} view={view} onView={setView} />
      <SpanRows
        {...{ tree, traceId, rows, axis, view, setView, folded, fold, selected, critical, verdicts, peeking }}
        closePeek={() => setPeeking(false)}
        select={go}
        found={found.where}
      />
    </section>
  )
}
