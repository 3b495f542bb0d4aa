import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type ReactNode, useMemo } from 'react'
import type { getMetrics } from '../../../api/metrics/contract.ts'
import { bucketMs, previousOf, type Timeseries, timesOf, useTimeseries, valuesOf } from '../../charts/data.ts'
import { type Line, TimeChart } from '../../charts/time-chart.tsx'
import { call } from '../../client/call.ts'
import { Button } from '../../components/button.tsx'
import { RangePicker } from '../../components/range-picker.tsx'
import { Problem, Skeleton } from '../../components/states.tsx'
import { Page } from '../../frame/page.tsx'
import { count, dollars, duration, percent } from '../../lib/format.ts'
import { between, iso, type TimeRange, useRange } from '../../lib/range.ts'
import { useShortcuts } from '../../lib/shortcuts.ts'
import { keptOf, type Search, useUrl } from '../../lib/url.ts'
import { NoTraces } from '../traces/empty.tsx'
import { FilterBar } from '../traces/filter-bar.tsx'
import { chipsOf, cleared, filterQuery, isCountable } from '../traces/filters.ts'
import { Breakdown } from './breakdown.tsx'
import { useSeenValues } from './seen.ts'

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
  'feedback_good_rate',
  'eval_pass_rate',
] as const

const COLOURS = ['--series-1', '--series-2', '--series-3', '--series-4', '--series-5', '--series-6']

/** How it goes: volume, failures, latency, cost; each point leads to the traces behind it. */
export function MetricsPage() {
  const [search, set] = useUrl()
  const range = useRange()
  const compare = search.compare !== 'off'
  // What the charts cannot be narrowed to is left out of the question, and said below.
  const filter = useMemo(() => ({ ...countable(search), project_id: search.project }), [search])
  const seen = useSeenValues(range, search.project)
  const totals = useTotals(filter, range)
  const series = useTimeseries({ series: SERIES, range, filter, previous: compare })
  const byModel = useTimeseries({ series: ['cost'], range, filter, groupBy: 'model' })
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
      <FilterBar search={search} set={set} seen={seen} />
      {!isCountable(search) && (
        <p className="metrics-note">
          Charts cannot be narrowed by latency, tokens, failure or text; these filters hold in the list of traces.
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
        <div className="metrics">
          <Totals data={totals.data} />
          {series.data ? (
            <Charts data={series.data} byModel={byModel.data} filter={filter} compare={compare} />
          ) : (
            <div className="padded">
              <Skeleton lines={12} />
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

function useTotals(filter: Search, range: TimeRange) {
  return useQuery({
    queryKey: ['totals', range.id, filter],
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => {
      const [from, to] = [range.from(), range.to()]
      const ask = (since: number, until: number) =>
        call<typeof getMetrics>('get', '/v1/metrics', {
          query: { ...filter, from: iso(since), to: iso(until) },
          signal,
        })
      const [now, before] = await Promise.all([ask(from, to), ask(from - (to - from), from - 1)])
      return { now, before }
    },
  })
}

type TotalsData = NonNullable<ReturnType<typeof useTotals>['data']>
type Numbers = {
  [K in keyof TotalsData['now'] as TotalsData['now'][K] extends number | null ? K : never]: TotalsData['now'][K]
}

const TOTALS: readonly { name: string; of: keyof Numbers; show: (n: number | null) => string; worse?: 'up' }[] = [
  { name: 'Traces', of: 'total_traces', show: count },
  { name: 'Failed', of: 'error_rate', show: percent, worse: 'up' },
  { name: 'Latency p50', of: 'p50_latency_ms', show: duration, worse: 'up' },
  { name: 'Latency p95', of: 'p95_latency_ms', show: duration, worse: 'up' },
  { name: 'Tokens in', of: 'prompt_tokens', show: count },
  { name: 'Tokens out', of: 'completion_tokens', show: count },
  { name: 'Cost', of: 'total_cost', show: dollars },
]

const Totals = ({ data }: { data: TotalsData | undefined }) => (
  <dl className="totals">
    {TOTALS.map(({ name, of, show, worse }) => (
      <div key={of}>
        <dt>{name}</dt>
        <dd className="number">{data ? show(data.now[of]) : '–'}</dd>
        <dd className="number total-change">
          {data ? <Change now={data.now[of]} before={data.before[of]} worse={worse} /> : ''}
        </dd>
      </div>
    ))}
  </dl>
)

/** Against the period before. Only where more is worse has it a colour. */
function Change({
  now,
  before,
  worse,
}: {
  now: number | null
  before: number | null
  worse: 'up' | undefined
}): ReactNode {
  if (now === null || before === null || before === 0)
    return <span title="The period before has none">no comparison</span>
  const change = now / before - 1
  if (Math.abs(change) < 0.005) return 'as before'
  if (change > 9) return `${count(Math.round(now / before))} times as much`
  const text = `${change > 0 ? '+' : '−'}${percent(Math.abs(change))}`
  return worse && change > 0.1 ? <span className="bad-cell">{text}</span> : text
}

interface ChartsProps {
  data: Timeseries
  byModel: Timeseries | undefined
  filter: Search
  compare: boolean
}

function Charts({ data, byModel, filter, compare }: ChartsProps) {
  const [search, set] = useUrl()
  const navigate = useNavigate()
  const times = timesOf(data)
  const shared = {
    times,
    bucketMs: bucketMs(data),
    sync: 'metrics',
    onZoom: (from: number, to: number) => set(between(from, to)),
  }
  const openWith = (extra: Search) => (from: number, to: number) => {
    const { project_id: _, ...filters } = filter
    void navigate({ to: '/traces', search: { ...keptOf(search), ...filters, ...extra, ...between(from, to) } })
  }
  const before = (name: Parameters<typeof previousOf>[1]): Line[] => {
    const values = compare ? previousOf(data, name) : null
    return values ? [{ name: 'Period before', values, colour: '--text-quiet', kind: 'previous' }] : []
  }
  const said = (name: 'feedback_good_rate' | 'eval_pass_rate') => valuesOf(data, name).some((value) => value !== null)
  return (
    <div className="metrics-grid">
      <Panel title="Traces">
        <TimeChart
          {...shared}
          label="Traces"
          format={count}
          onOpen={openWith({})}
          lines={[
            { name: 'All', values: valuesOf(data, 'volume'), colour: '--bar', kind: 'bar' },
            { name: 'Failed', values: valuesOf(data, 'errors'), colour: '--bar-bad', kind: 'bar' },
            ...before('volume'),
          ]}
        />
      </Panel>
      <Panel title="Share that failed">
        <TimeChart
          {...shared}
          label="Share that failed"
          format={percent}
          onOpen={openWith({ error: 'true' })}
          lines={[
            { name: 'Failed', values: valuesOf(data, 'error_rate'), colour: '--bar-bad' },
            ...before('error_rate'),
          ]}
        />
      </Panel>
      <Panel title="Latency">
        <TimeChart
          {...shared}
          label="Latency"
          format={duration}
          onOpen={openWith({ sort: '-latency_ms' })}
          lines={[
            { name: 'p50', values: valuesOf(data, 'latency_p50'), colour: '--series-1' },
            { name: 'p95', values: valuesOf(data, 'latency_p95'), colour: '--series-1', fillsTo: 0 },
            { name: 'p99', values: valuesOf(data, 'latency_p99'), colour: '--series-4', kind: 'thin' },
            ...before('latency_p95'),
          ]}
        />
      </Panel>
      <Panel title="Cost by model">
        {byModel ? (
          <TimeChart
            {...shared}
            label="Cost by model"
            format={dollars}
            onOpen={openWith({ sort: '-cost' })}
            lines={modelLines(byModel)}
          />
        ) : (
          <Skeleton lines={5} />
        )}
      </Panel>
      <Panel title="Tokens">
        <TimeChart
          {...shared}
          label="Tokens"
          format={count}
          onOpen={openWith({ sort: '-total_token_count' })}
          lines={[
            { name: 'In', values: valuesOf(data, 'tokens_input'), colour: '--series-1' },
            { name: 'Out', values: valuesOf(data, 'tokens_output'), colour: '--series-2' },
            ...before('tokens_input'),
          ]}
        />
      </Panel>
      {said('feedback_good_rate') && (
        <Panel title="Feedback that is good">
          <TimeChart
            {...shared}
            label="Feedback that is good"
            format={percent}
            onOpen={openWith({})}
            lines={[
              { name: 'Good', values: valuesOf(data, 'feedback_good_rate'), colour: '--series-5' },
              ...before('feedback_good_rate'),
            ]}
          />
        </Panel>
      )}
      {said('eval_pass_rate') && (
        <Panel title="Evaluations that pass">
          <TimeChart
            {...shared}
            label="Evaluations that pass"
            format={percent}
            onOpen={openWith({})}
            lines={[
              { name: 'Passed', values: valuesOf(data, 'eval_pass_rate'), colour: '--series-5' },
              ...before('eval_pass_rate'),
            ]}
          />
        </Panel>
      )}
    </div>
  )
}

const modelLines = ({ lines }: Timeseries): Line[] =>
  lines
    .filter(({ values }) => values.some((value) => (value ?? 0) > 0))
    .map(({ group, values }, i) => ({
      name: group?.other ? 'others' : (group?.value ?? 'without a model'),
      values,
      colour: COLOURS[i % COLOURS.length] ?? '--series-6',
    }))

const Panel = ({ title, children }: { title: string; children: ReactNode }) => (
  <section className="metric-panel" aria-label={title}>
    <h2>{title}</h2>
    {children}
  </section>
)
