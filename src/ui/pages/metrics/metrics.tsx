import { useIsFetching } from '@tanstack/react-query'
import { useMemo } from 'react'
import { bucketFor, useTimeseries } from '../../charts/data.ts'
import { isHourly } from '../../charts/usual.ts'
import { Button } from '../../components/button.tsx'
import { RangePicker } from '../../components/range-picker.tsx'
import { Problem, Skeleton } from '../../components/states.tsx'
import { Page } from '../../frame/page.tsx'
import { useRange } from '../../lib/range.ts'
import { useShortcuts } from '../../lib/shortcuts.ts'
import { type Search, useUrl } from '../../lib/url.ts'
import { NoTraces } from '../traces/empty.tsx'
import { FilterBar } from '../traces/filter-bar.tsx'
import { chipsOf, cleared, filterQuery, isCountable } from '../traces/filters.ts'
import { Breakdown } from './breakdown.tsx'
import { Charts } from './charts.tsx'
import { Totals, useTotals } from './totals.tsx'

const SERIES = [
  'volume',
  'errors',
  'error_rate',
  'latency_p50',
  'latency_p95',
  'latency_p99',
  'tokens_input',
  'tokens_output',
  'cost',
] as const
/** Those that are always there, for the sketch. */
const CHARTS = ['Traces', 'Share that failed', 'Latency', 'Cost by model', 'Tokens'] as const
/** Verdicts are few: by the hour they would be all or nothing. */
const VERDICTS = ['feedback_good_rate', 'eval_pass_rate'] as const
const MOST_VERDICTS = 28

/** How it goes: volume, failures, latency, cost; each point leads to the traces behind it. */
export function MetricsPage() {
  const [search, set] = useUrl()
  const range = useRange()
  const compare = search.compare !== 'off'
  // What the charts cannot be narrowed to is left out of the question, and said below.
  const filter = useMemo(() => ({ ...countable(search), project_id: search.project }), [search])
  const totals = useTotals(filter, range)
  const ask = { range, filter, ...(isHourly(range) ? { bucket: '1h' as const } : {}) }
  const series = useTimeseries({ ...ask, series: SERIES, previous: compare })
  const byModel = useTimeseries({ ...ask, series: ['cost'], groupBy: 'model' })
  const verdicts = useTimeseries({
    ...{ range, filter, series: VERDICTS, previous: compare },
    bucket: bucketFor(range, MOST_VERDICTS),
  })
  const asking = useIsFetching() > 0
  useShortcuts('Metrics', [
    { keys: 'p', label: 'The period before', run: () => set({ compare: compare ? 'off' : undefined }) },
  ])
  const empty = totals.data?.now.total_traces === 0
  return (
    <Page
      title="Metrics"
      actions={
        <>
          <Button
            aria-pressed={compare}
            onClick={() => set({ compare: compare ? 'off' : undefined })}
            className="not-narrow"
          >
            Period before
          </Button>
          <RangePicker />
        </>
      }
    >
      <FilterBar search={search} set={set} range={range} />
      {!isCountable(search) && (
        <p className="metrics-note">
          Charts cannot be narrowed by latency, cost, tokens, failure or text; these filters hold in the list of traces.
        </p>
      )}
      {series.isError ? (
        <div className="padded">
          <Problem error={series.error} retry={series.refetch} />
        </div>
      ) : empty ? (
        <NoTraces
          filtered={chipsOf(search).length > 0}
          clear={() => set(cleared(search))}
          range={range}
          set={set}
          project={search.project}
        />
      ) : (
        <div className="metrics" aria-busy={asking}>
          <Totals data={totals.data} />
          {series.data ? (
            <Charts {...{ filter, compare }} data={series.data} byModel={byModel.data} verdicts={verdicts.data} />
          ) : (
            <div className="metrics-grid" aria-hidden="true">
              {CHARTS.map((name) => (
                <div key={name} className="metric-panel metric-soon">
                  <h2>{name}</h2>
                  <Skeleton className="chart-soon" />
                </div>
              ))}
            </div>
          )}
          <div className="metrics-grid">
            <Breakdown title="Models" groupBy="model" range={range} filter={filter} />
            <Breakdown title="Traces by name" groupBy="name" range={range} filter={filter} />
          </div>
        </div>
      )}
    </Page>
  )
}

function countable(search: Search): Search {
  const all = filterQuery(search)
  return Object.fromEntries(Object.entries(all).filter(([name]) => isCountable({ [name]: all[name] })))
}
