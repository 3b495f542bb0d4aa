import { FoldHorizontal, Route, Search, X } from 'lucide-react'
import type { RefObject } from 'react'
import { IconButton } from '../../components/button.tsx'
import { count, exactCount } from '../../lib/format.ts'
import { useUrl } from '../../lib/url.ts'
import { type Found, nextOf } from './find.ts'
import type { Tree } from './tree.ts'

interface WaterfallToolsProps {
  tree: Tree
  selected: number
  go: (span: number | undefined) => void
  text: string
  setText: (text: string) => void
  found: Found
  field: RefObject<HTMLInputElement | null>
}

/** Over the rows: search, errors, and how the time axis is drawn. */
export function WaterfallTools({ tree, selected, go, text, setText, found, field }: WaterfallToolsProps) {
  const [search, set] = useUrl()
  const lit = search.path === 'lit'
  const foldGaps = search.gaps === 'folded'
  return (
    <div className="waterfall-tools">
      <div className="bare-search waterfall-search">
        <Search size={14} aria-hidden="true" />
        <input
          ref={field}
          className="bare-input"
          aria-label="Search in this trace"
          placeholder="Search all of it"
          maxLength={200}
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter') go(nextOf(found.spans, tree, selected, event.shiftKey ? -1 : 1))
            else if (event.key === 'Escape') {
              setText('')
              field.current?.blur()
            } else return
            event.preventDefault()
            event.stopPropagation()
          }}
        />
        {text !== '' && (
          <>
            <Tally found={found} selected={selected} />
            <button
              type="button"
              className="icon-button small"
              aria-label="Clear the search"
              onClick={() => setText('')}
            >
              <X size={12} aria-hidden="true" />
            </button>
          </>
        )}
      </div>
      {tree.errors.length > 0 && (
        <button
          type="button"
          className="error-jump"
          title="Next error (e)"
          onClick={() => go(nextOf(tree.errors, tree, selected, 1))}
        >
          {tree.errors.length === 1 ? '1 error' : `${count(tree.errors.length)} errors`}
        </button>
      )}
      <IconButton
        label="Critical path"
        keys="c"
        className="small"
        aria-pressed={lit}
        onClick={() => set({ path: lit ? undefined : 'lit' }, { replace: true })}
      >
        <Route size={14} aria-hidden="true" />
      </IconButton>
      <IconButton
        label="Fold idle time"
        keys="i"
        className="small"
        aria-pressed={foldGaps}
        onClick={() => set({ gaps: foldGaps ? undefined : 'folded' }, { replace: true })}
      >
        <FoldHorizontal size={14} aria-hidden="true" />
      </IconButton>
    </div>
  )
}

/** How many were found, and the how manyth of them is looked at. */
function Tally({ found: { spans, busy }, selected }: { found: Found; selected: number }) {
  const at = spans.indexOf(selected)
  const words =
    spans.length === 0 && !busy
      ? 'not found'
      : `${at >= 0 ? `${exactCount(at + 1)} of ` : ''}${exactCount(spans.length)}`
  return (
    <span className="quiet number" role="status" data-busy={busy}>
      {words}
      {busy && '…'}
    </span>
  )
}
