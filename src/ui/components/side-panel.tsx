import { ChevronDown, ChevronUp, X } from 'lucide-react'
import { type PointerEvent, type ReactNode, useRef } from 'react'
import { panelWidth } from '../lib/settings.ts'
import { useShortcuts } from '../lib/shortcuts.ts'
import { useStore } from '../lib/store.ts'
import { IconButton } from './button.tsx'

const LEAST_PX = 420
const MOST_PERCENT = 60

/** Details beside a list, which stays where it is. Its edge is dragged, and remembered. */
export function SidePanel({ label, children }: { label: string; children: ReactNode }) {
  const width = useStore(panelWidth)
  const panel = useRef<HTMLElement>(null)
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
    <aside ref={panel} className="peek" aria-label={label} style={{ width: `max(${LEAST_PX}px, ${width}%)` }}>
      <div className="peek-edge" aria-hidden="true" onPointerDown={resize} />
      {children}
    </aside>
  )
}

interface PanelToolsProps {
  /** What the list is of: `trace`. */
  of: string
  step: (by: number) => void
  close: () => void
  /** Between those that step and the one that closes. */
  children?: ReactNode
}

/** On to the next of the list, back, and away. */
export function PanelTools({ of, step, close, children }: PanelToolsProps) {
  useShortcuts('Panel', [
    { keys: ']', label: `Next ${of}`, run: () => step(1) },
    { keys: '[', label: `Previous ${of}`, run: () => step(-1) },
    { keys: 'Escape', label: 'Close the panel', run: close },
  ])
  return (
    <>
      <IconButton label={`Next ${of}`} keys="j" className="small" onClick={() => step(1)}>
        <ChevronDown size={16} aria-hidden="true" />
      </IconButton>
      <IconButton label={`Previous ${of}`} keys="k" className="small" onClick={() => step(-1)}>
        <ChevronUp size={16} aria-hidden="true" />
      </IconButton>
      {children}
      <IconButton label="Close" keys="Escape" className="small" onClick={close}>
        <X size={16} aria-hidden="true" />
      </IconButton>
    </>
  )
}
