import { keepPreviousData, useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { getMetrics } from '../../../api/metrics/contract.ts'
import { call } from '../../client/call.ts'
import { count, dollars, duration, percent } from '../../lib/format.ts'
import { iso, type TimeRange } from '../../lib/range.ts'
import type { Search } from '../../lib/url.ts'

/** The numbers of a range, and of the one before it. */
export function useTotals(filter: Search, range: TimeRange) {
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
      return { now, before, behind: now.behind }
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

export const Totals = ({ data }: { data: TotalsData | undefined }) => (
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
