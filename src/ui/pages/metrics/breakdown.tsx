import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { getBreakdown } from '../../../api/metrics/contract.ts'
import { bucketFor, useTimeseries } from '../../charts/data.ts'
import { call } from '../../client/call.ts'
import { Sparkline } from '../../components/sparkline.tsx'
import { Problem, Skeleton } from '../../components/states.tsx'
import { count, dollars, duration, exactCount, percent } from '../../lib/format.ts'
import { iso, type TimeRange } from '../../lib/range.ts'
import { keptOf, type Search, useUrl } from '../../lib/url.ts'

interface BreakdownProps {
  title: string
  groupBy: 'model' | 'name'
  range: TimeRange
  filter: Search
}

const SHOWN = 8
/** Of the history of a row. */
const BARS = 30

/** The largest groups, each with how it goes; a name leads to its traces. */
export function Breakdown({ title, groupBy, range, filter }: BreakdownProps) {
  const [search] = useUrl()
  const answer = useQuery({
    queryKey: ['breakdown', groupBy, range.id, filter],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      call<typeof getBreakdown>('get', '/v1/metrics/breakdown', {
        query: { ...filter, group_by: groupBy, from: iso(range.from()), to: iso(range.to()), limit: SHOWN },
        signal,
      }),
  })
  const history = useTimeseries({
    ...{ series: ['volume'], groupBy, top: SHOWN, range, filter },
    bucket: bucketFor(range, BARS),
  })
  const historyOf = (value: string | null) =>
    history.data?.lines.find(({ group }) => group?.value === value && !group.other)?.values ?? []
  const { project_id: _, ...filters } = filter
  return (
    <section className="metric-panel" aria-label={title}>
      <h2>{title}</h2>
      {answer.isError && <Problem error={answer.error} retry={answer.refetch} />}
      {answer.isPending && <Skeleton lines={6} />}
      {answer.data && (
        <div className="table-scroll">
          <table className="plain-table">
            <thead>
              <tr>
                <th scope="col">{groupBy === 'model' ? 'Model' : 'Name'}</th>
                <th scope="col" className="history">
                  Over time
                </th>
                <th scope="col">{groupBy === 'model' ? 'Calls' : 'Traces'}</th>
                <th scope="col">Failed</th>
                <th scope="col">p50</th>
                <th scope="col">p95</th>
                <th scope="col">Tokens</th>
                <th scope="col">Cost</th>
              </tr>
            </thead>
            <tbody>
              {answer.data.rows.map((row) => (
                <tr key={row.value ?? ''}>
                  <th scope="row">
                    <span className="share" style={{ width: `${row.share * 100}%` }} aria-hidden="true" />
                    {row.value === null ? (
                      <span className="quiet">none</span>
                    ) : (
                      <Link
                        to="/traces"
                        search={{ ...keptOf(search), ...filters, [groupBy]: row.value }}
                        title={row.value}
                      >
                        {row.value}
                      </Link>
                    )}
                  </th>
                  <td className="history">
                    <Sparkline
                      values={historyOf(row.value).map((n) => n ?? 0)}
                      label={`${exactCount(row.count)} over the range`}
                    />
                  </td>
                  <td title={exactCount(row.count)}>{count(row.count)}</td>
                  <td>
                    {row.error_count > 0 ? (
                      <span className="bad-cell">{percent(row.error_rate)}</span>
                    ) : (
                      <span className="none">0 %</span>
                    )}
                  </td>
                  <td>{duration(row.p50_latency_ms)}</td>
                  <td>{duration(row.p95_latency_ms)}</td>
                  <td>{count(row.tokens)}</td>
                  <td>{dollars(row.cost)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {answer.data && answer.data.groups > SHOWN && (
        <p className="quiet small-words">{exactCount(answer.data.groups - SHOWN)} more are smaller.</p>
      )}
    </section>
  )
}
