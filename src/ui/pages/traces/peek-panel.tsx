import { Link } from '@tanstack/react-router'
import { Maximize2 } from 'lucide-react'
import { PanelTools, SidePanel } from '../../components/side-panel.tsx'
import { keptOf, useUrl } from '../../lib/url.ts'
import { TraceView } from '../trace/trace-view.tsx'

interface PeekPanelProps {
  id: string
  close: () => void
  step: (by: number) => void
}

/** A trace beside its list. */
export function PeekPanel({ id, close, step }: PeekPanelProps) {
  const [search] = useUrl()
  return (
    <SidePanel label="Trace">
      <TraceView
        key={id}
        id={id}
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
