import { Link } from '@tanstack/react-router'
import { ChevronDown, ChevronUp, Maximize2, X } from 'lucide-react'
import { type PointerEvent, useRef } from 'react'
import { IconButton } from '../../components/button.tsx'
import { panelWidth } from '../../lib/settings.ts'
import { useShortcuts } from '../../lib/shortcuts.ts'
import { useStore } from '../../lib/store.ts'
import { keptOf, useUrl } from '../../lib/url.ts'
import { TraceView } from '../trace/trace-view.tsx'

interface PeekPanelProps {
  id: string
  close: () => void
  step: (by: number) => void
}

const LEAST_PX = 420
const MOST_PERCENT = 60

/** A trace beside its list: the list stays where it is. */
export function PeekPanel({ id, close, step }: PeekPanelProps) {
  const [search] = useUrl()
  const width = useStore(panelWidth)
  const panel = useRef<HTMLElement>(null)
  useShortcuts('Panel', [
    { keys: ']', label: 'Next trace', run: () => step(1) },
    { keys: '[', label: 'Previous trace', run: () => step(-1) },
    { keys: 'Escape', label: 'Close the panel', run: close },
  ])
  const resize = (event: PointerEvent) => {
    const whole = panel.current?.parentElement?.clientWidth ?? window.innerWidth
    const right = panel.current?.getBoundingClientRect().right ?? window.innerWidth
    const toPercent = (x: number) =>
      Math.min(MOST_PERCENT, Math.max((LEAST_PX / whole) * 100, ((right - x) / whole) * 100))
    const onMove = ({ clientX }: globalThis.PointerEvent) => panelWidth.set(toPercent(clientX))
    const end = () => window.removeEventListener('pointermove', onMove)
    event.preventDefault()
    window.addEventListener('pointermove', onMove)
    window.addEventListener('pointerup', end, { once: true })
  }
  return (
    <aside ref={panel} className="peek" aria-label="Trace" style={{ width: `max(${LEAST_PX}px, ${width}%)` }}>
      <div className="peek-edge" aria-hidden="true" onPointerDown={resize} />
      <TraceView
        key={id}
        id={id}
        small
        tools={
          <>
            <IconButton label="Next trace" keys="j" className="small" onClick={() => step(1)}>
              <ChevronDown size={16} aria-hidden="true" />
            </IconButton>
            <IconButton label="Previous trace" keys="k" className="small" onClick={() => step(-1)}>
              <ChevronUp size={16} aria-hidden="true" />
            </IconButton>
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
            <IconButton label="Close" keys="Escape" className="small" onClick={close}>
              <X size={16} aria-hidden="true" />
            </IconButton>
          </>
        }
      />
    </aside>
  )
}
