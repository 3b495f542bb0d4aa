import { Link } from '@tanstack/react-router'
import { Maximize2 } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { PanelTools, SidePanel } from '../../components/side-panel.tsx'
import { keptOf, useUrl } from '../../lib/url.ts'
import { prefetchOutline, useOutline } from '../trace/data.ts'
import { TraceView } from '../trace/trace-view.tsx'

interface PeekPanelProps {
  id: string
  close: () => void
  step: (by: number) => void
  /** Those that are likely to be looked at next. */
  near?: readonly string[]
}

/** A trace beside its list. */
export function PeekPanel({ id, close, step, near = NONE }: PeekPanelProps) {
  const [search] = useUrl()
  const shown = useHeld(id)
  useNear(id, near)
  return (
    <SidePanel label="Trace">
      <TraceView
        key={shown}
        id={shown}
        small
        tools={
          <PanelTools of="trace" step={step} close={close}>
            <Link
              to="/traces/$id"
              params={{ id }}
              search={{ ...keptOf(search), span: search.span }}
              className="icon-button small"
              aria-label="Open as a page"
              title="Open as a page (Enter)"
            >
              <Maximize2 size={14} aria-hidden="true" />
            </Link>
          </PanelTools>
        }
      />
    </SidePanel>
  )
}

const NONE: readonly string[] = []
/** So long the trace before stays in sight while the next one comes: most are there sooner, and nothing flickers. */
const HOLD_MS = 150

function useHeld(id: string): string {
  const { isPending } = useOutline(id)
  const shown = useRef(id)
  const [late, setLate] = useState<string | null>(null)
  useEffect(() => {
    if (!isPending) return
    const timer = setTimeout(() => setLate(id), HOLD_MS)
    return () => clearTimeout(timer)
  }, [id, isPending])
  if (!isPending || late === id) shown.current = id
  return shown.current
}

/** Who looks at one for so long may go on to the next. */
const NEAR_MS = 120

function useNear(id: string, near: readonly string[]): void {
  const { isSuccess } = useOutline(id)
  const ids = near.join()
  useEffect(() => {
    if (!isSuccess || ids === '') return
    const timer = setTimeout(() => ids.split(',').forEach(prefetchOutline), NEAR_MS)
    return () => clearTimeout(timer)
  }, [isSuccess, ids])
}
