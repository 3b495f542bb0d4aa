import { useQuery } from '@tanstack/react-query'
import type { getUsage } from '../../../api/usage/contract.ts'
import { TimeChart } from '../../charts/time-chart.tsx'
import { type AnswerOf, call } from '../../client/call.ts'
import { Problem, Skeleton } from '../../components/states.tsx'
import { count, exactCount, percent } from '../../lib/format.ts'
import { SettingsPage } from './settings.tsx'

type Usage = AnswerOf<typeof getUsage>

const DAY_MS = 86_400_000
const METERS = [
  { of: 'traces', label: 'Traces' },
  { of: 'spans', label: 'Spans' },
  { of: 'evals', label: 'Evaluations' },
  { of: 'seats', label: 'Seats' },
] as const

export function UsagePage() {
  const usage = useQuery({ queryKey: ['usage'], queryFn: () => call<typeof getUsage>('get', '/v1/usage') })
  return (
    <SettingsPage
      title="Usage"
      about="What came this month, against the plan. The counters stay when traces are erased."
    >
      {usage.isError && <Problem error={usage.error} retry={usage.refetch} />}
      {usage.isPending && <Skeleton lines={8} />}
      {usage.data && <Loaded usage={usage.data} />}
    </SettingsPage>
  )
}

function Loaded({ usage }: { usage: Usage }) {
  const times = usage.daily.map(({ day }) => Date.parse(`${day}T00:00:00Z`) + new Date().getTimezoneOffset() * 60_000)
  return (
    <>
      <dl className="totals panel">
        {METERS.map(({ of, label }) => (
          <Meter key={of} label={label} {...usage[of]} />
        ))}
        <div>
          <dt>Kept for</dt>
          <dd className="number">
            {usage.retention_days === null ? 'ever' : `${exactCount(usage.retention_days)} days`}
          </dd>
          <dd className="total-change">plan {usage.plan}</dd>
        </div>
      </dl>
      <section className="metric-panel" aria-label="Traces day by day">
        <h2>Traces day by day, in UTC</h2>
        <TimeChart
          label="Traces a day"
          times={times}
          bucketMs={DAY_MS}
          unit="count"
          legend={false}
          lines={[{ name: 'Traces', values: usage.daily.map(({ traces }) => traces), colour: '--bar', kind: 'bar' }]}
        />
      </section>
      <section className="metric-panel" aria-label="Spans day by day">
        <h2>Spans day by day, in UTC</h2>
        <TimeChart
          label="Spans a day"
          times={times}
          bucketMs={DAY_MS}
          unit="count"
          legend={false}
          lines={[{ name: 'Spans', values: usage.daily.map(({ spans }) => spans), colour: '--bar', kind: 'bar' }]}
        />
      </section>
    </>
  )
}

const Meter = ({ label, used, limit }: { label: string; used: number; limit: number | null }) => (
  <div>
    <dt>{label}</dt>
    <dd className="number" title={exactCount(used)}>
      {count(used)}
    </dd>
    <dd className="number total-change">
      {limit === null ? 'no limit' : `${percent(used / limit)} of ${count(limit)}`}
    </dd>
  </div>
)
