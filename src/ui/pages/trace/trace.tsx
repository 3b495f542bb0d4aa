import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { ChevronRight } from 'lucide-react'
import { queryClient } from '../../client/query.ts'
import { Page } from '../../frame/page.tsx'
import { lastList } from '../../lib/last-list.ts'
import { useShortcuts } from '../../lib/shortcuts.ts'
import { useStore } from '../../lib/store.ts'
import { keptOf, useUrl } from '../../lib/url.ts'
import { useOutline } from './data.ts'
import { TraceTools, TraceView } from './trace-view.tsx'

export function TracePage() {
  const { id } = useParams({ strict: false }) as { id: string }
  const [search] = useUrl()
  const navigate = useNavigate()
  const { data } = useOutline(id)
  const name = data?.name || (data ? 'unnamed' : 'Trace')
  const list = useStore(lastList) ?? keptOf(search)
  const step = (by: number) => {
    const next = neighbour(id, by)
    if (next !== undefined)
      void navigate({ to: '/traces/$id', params: { id: next }, search: keptOf(search), replace: true })
  }
  useShortcuts('Trace', [
    { keys: ']', label: 'Next trace of the list', run: () => step(1) },
    { keys: '[', label: 'Previous trace of the list', run: () => step(-1) },
    { keys: 'Escape', label: 'Back to the list', run: () => void navigate({ to: '/traces', search: list }) },
  ])
  return (
    <Page
      title={name}
      heading={
        <>
          <Link to="/traces" search={list} className="crumb">
            Traces
          </Link>
          <ChevronRight size={14} aria-hidden="true" className="quiet" />
          <h1>{name}</h1>
        </>
      }
      actions={<TraceTools id={id} />}
      className="trace-page"
    >
      <TraceView key={id} id={id} />
    </Page>
  )
}

interface ListPages {
  pages?: { traces: { id: string }[] }[]
}

/** The trace beside this one in the list that was looked at last, as far as it is loaded. */
function neighbour(id: string, by: number): string | undefined {
  for (const [, data] of queryClient.getQueriesData<ListPages>({ queryKey: ['traces'] }).toReversed()) {
    const ids = data?.pages?.flatMap(({ traces }) => traces.map((trace) => trace.id)) ?? []
    const at = ids.indexOf(id)
    if (at >= 0) return ids[at + by]
  }
  return undefined
}
