import { useNavigate } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { bucketMs, previousOf, type Timeseries, timesOf, valuesOf } from '../../charts/data.ts'
import { type Line, TimeChart } from '../../charts/time-chart.tsx'
import { Skeleton } from '../../components/states.tsx'
import { between } from '../../lib/range.ts'
import { keptOf, type Search, useUrl } from '../../lib/url.ts'
import { useOrdinary } from './ordinary.ts'

const COLOURS = ['--series-1', '--series-2', '--series-3', '--series-4', '--series-5', '--series-6']

const VERDICTS = [
  { series: 'feedback_good_rate', title: 'Feedback that is good', name: 'Good' },
  { series: 'eval_pass_rate', title: 'Evaluations that pass', name: 'Passed' },
] as const

interface ChartsProps {
  data: Timeseries
  byModel: Timeseries | undefined
  verdicts: Timeseries | undefined
  filter: Search
  compare: boolean
}

/** Every chart of the page; they share the cursor. */
export function Charts({ data, byModel, verdicts, filter, compare }: ChartsProps) {
  const [search, set] = useUrl()
  const navigate = useNavigate()
  const ordinary = useOrdinary(filter)
  const placeOf = (one: Timeseries) => ({ times: timesOf(one), bucketMs: bucketMs(one) })
  const shared = {
    ...placeOf(data),
    sync: 'metrics',
    onZoom: (from: number, to: number) => set(between(from, to)),
  }
  const openWith = (extra: Search) => (from: number, to: number) => {
    const { project_id: _, ...filters } = filter
    void navigate({ to: '/traces', search: { ...keptOf(search), ...filters, ...extra, ...between(from, to) } })
  }
  const before = (name: Parameters<typeof previousOf>[1], of = data): Line[] => {
    const values = compare ? previousOf(of, name) : null
    return values ? [{ name: 'Period before', values, colour: '--previous', kind: 'previous' }] : []
  }
  return (
    <div className="metrics-grid">
      <Panel title="Traces">
        <TimeChart
          {...shared}
          {...ordinary.volume}
          label="Traces"
          unit="count"
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
          {...ordinary.errorRate}
          label="Share that failed"
          unit="percent"
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
          {...ordinary.latency}
          label="Latency"
          unit="duration"
          onOpen={openWith({ sort: '-latency_ms' })}
          lines={[
            { name: 'p50', values: valuesOf(data, 'latency_p50'), colour: '--series-2' },
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
            unit="dollars"
            onOpen={openWith({ sort: '-cost', cost_min: '0' })}
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
          unit="count"
          onOpen={openWith({ sort: '-total_token_count' })}
          lines={[
            { name: 'In', values: valuesOf(data, 'tokens_input'), colour: '--series-1' },
            { name: 'Out', values: valuesOf(data, 'tokens_output'), colour: '--series-2' },
            ...before('tokens_input'),
          ]}
        />
      </Panel>
      {verdicts &&
        VERDICTS.map(({ series, title, name }) => {
          const values = valuesOf(verdicts, series)
          return (
            values.some((value) => value !== null) && (
              <Panel key={series} title={title}>
                <TimeChart
                  {...shared}
                  {...placeOf(verdicts)}
                  label={title}
                  unit="percent"
                  onOpen={openWith({})}
                  lines={[{ name, values, colour: '--series-5' }, ...before(series, verdicts)]}
                />
              </Panel>
            )
          )
        })}
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
