import { useNavigate } from '@tanstack/react-router'
import { Radio } from 'lucide-react'
import { lazy, Suspense, useCallback, useEffect, useMemo, useState } from 'react'
import { Button, Hint } from '../../components/button.tsx'
import { ColumnMenu } from '../../components/column-menu.tsx'
import { QueriedList } from '../../components/queried-list.tsx'
import { RangePicker } from '../../components/range-picker.tsx'
import { Page } from '../../frame/page.tsx'
import { useNarrow } from '../../lib/hooks.ts'
import { lastList } from '../../lib/last-list.ts'
import { useRange } from '../../lib/range.ts'
import { useShortcuts } from '../../lib/shortcuts.ts'
import { keptOf, useUrl } from '../../lib/url.ts'
import { BulkBar } from './bulk-bar.tsx'
import { TRACE_COLUMNS, TraceCard } from './columns.tsx'
import { type LiveState, type TraceItem, useLiveTail, useTraces } from './data.ts'
import { NoTraces } from './empty.tsx'
import { ExportMenu } from './export-menu.tsx'
import { FilterBar } from './filter-bar.tsx'
import { chipsOf, cleared, isCountable } from './filters.ts'
import { USUAL_SORT } from './query.ts'
import { seenIn } from './seen.ts'
import { VolumeSoon } from './volume-soon.tsx'

export { prefetchTraces } from './data.ts'

// The list is there before what stands above and beside it.
const importVolume = () => import('../charts.ts')
const importPeek = () => import('../reading.ts')
const Volume = lazy(async () => ({ default: (await importVolume()).Volume }))
const PeekPanel = lazy(async () => ({ default: (await importPeek()).PeekPanel }))

/** After the list is drawn, before anybody has read its first row. */
const [CHART_MS, TRACE_MS] = [60, 250]
const NO_TRACES: readonly TraceItem[] = []

export function TracesPage() {
  const [search, set] = useUrl()
  const range = useRange()
  const navigate = useNavigate()
  const narrow = useNarrow()
  const query = useMemo(() => ({ search, range }), [search, range])
  const live = search.live === 'on'
  const liveState = useLiveTail(query, live)
  const { list, loadMore } = useTraces(query)
  const traces = useMemo(() => list.data?.pages.flatMap((page) => page.traces) ?? NO_TRACES, [list.data])
  const seen = useMemo(() => seenIn(traces), [traces])
  const [cursor, setCursor] = useState(0)
  const [marked, setMarked] = useState<ReadonlySet<string>>(new Set())

  // The chart is fetched once the rows are drawn. A trace opens at once, because what shows it was fetched while nobody waited.
  const shown = list.isSuccess
  const [drawn, setDrawn] = useState(false)
  useEffect(() => {
    if (!shown) return
    const chart = setTimeout(() => setDrawn(true), CHART_MS)
    const trace = setTimeout(() => void importPeek(), TRACE_MS)
    return () => {
      clearTimeout(chart)
      clearTimeout(trace)
    }
  }, [shown])

  useEffect(
    () => lastList.set({ ...search, peek: undefined, span: undefined, tab: undefined, view: undefined }),
    [search],
  )

  const openAt = traces.findIndex(({ id }) => id === search.peek)
  const at = openAt >= 0 ? openAt : cursor
  const open = useCallback(
    ({ id }: TraceItem) => {
      // A second Enter makes the panel the page.
      if (narrow || search.peek === id) {
        void navigate({ to: '/traces/$id', params: { id }, search: keptOf(search) })
      } else set({ peek: id, span: undefined }, { replace: search.peek !== undefined })
    },
    [narrow, search, navigate, set],
  )
  const move = (to: number) => {
    setCursor(to)
    const trace = traces[to]
    if (search.peek !== undefined && trace) set({ peek: trace.id, span: undefined }, { replace: true })
  }
  const toggleLive = () =>
    set({ live: live ? undefined : 'on', ...(live ? {} : { sort: undefined, from: undefined, to: undefined }) })
  useShortcuts('List', [
    { keys: 'l', label: 'Live tail', run: toggleLive },
    { keys: 'e', label: 'Only failed ones', run: () => set({ error: search.error === 'true' ? undefined : 'true' }) },
  ])

  return (
    <Page
      title="Traces"
      actions={
        <>
          <LiveToggle on={live} state={liveState} onToggle={toggleLive} />
          <RangePicker />
          <ExportMenu query={query} />
          <ColumnMenu name="traces" columns={TRACE_COLUMNS} />
        </>
      }
      className="traces"
    >
      <FilterBar search={search} set={set} range={range} seen={seen} />
      {isCountable(search) && !narrow && (
        <Suspense fallback={<VolumeSoon />}>
          {drawn ? <Volume search={search} range={range} set={set} live={live} /> : <VolumeSoon />}
        </Suspense>
      )}
      <div className="split">
        <section className="split-list" aria-label="Traces">
          <QueriedList
            query={list}
            name="traces"
            label="Traces"
            columns={TRACE_COLUMNS}
            rows={traces}
            idOf={idOf}
            isBad={isBad}
            card={TraceCard}
            at={at}
            onMove={move}
            onOpen={open}
            openId={search.peek}
            sort={search.sort ?? USUAL_SORT}
            onSort={(sort) => set({ sort: sort === USUAL_SORT ? undefined : sort })}
            marks={{ ids: marked, set: setMarked }}
            loadMore={loadMore}
            empty={
              <NoTraces
                filtered={chipsOf(search).length > 0}
                clear={() => set(cleared(search))}
                range={range}
                set={set}
                project={search.project}
              />
            }
          />
          <BulkBar marked={marked} traces={traces} clear={() => setMarked(new Set())} />
        </section>
        {search.peek !== undefined && !narrow && (
          <Suspense>
            <PeekPanel
              id={search.peek}
              near={[traces[at + 1], traces[at - 1]].flatMap((one) => (one && isSmall(one) ? [one.id] : []))}
              close={() => set({ peek: undefined, span: undefined })}
              step={(by) => move(Math.max(0, Math.min(traces.length - 1, at + by)))}
            />
          </Suspense>
        )}
      </div>
    </Page>
  )
}

/** A larger one is read when it is asked for. */
const MOST_SPANS_AHEAD = 500
const idOf = ({ id }: TraceItem): string => id
const isSmall = ({ span_count }: TraceItem): boolean => span_count <= MOST_SPANS_AHEAD
const isBad = ({ error }: TraceItem): boolean => error !== null

const LIVE_WORDS: Record<LiveState, string> = {
  off: 'Show traces as they arrive',
  connecting: 'Connecting…',
  live: 'Live: traces show as they arrive',
  lost: 'The connection is lost; trying again',
  over: 'The connection has ended; reload the page',
}

function LiveToggle({ on, state, onToggle }: { on: boolean; state: LiveState; onToggle: () => void }) {
  return (
    <Hint text={LIVE_WORDS[state]} keys="l">
      <Button className="live-toggle" aria-pressed={on} data-state-now={state} onClick={onToggle}>
        <Radio size={14} aria-hidden="true" />
        <span className="live-words">Live</span>
      </Button>
    </Hint>
  )
}
