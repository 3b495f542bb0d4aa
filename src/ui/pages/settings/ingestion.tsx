import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { getIngestionHealth } from '../../../api/ingestion-health/contract.ts'
import { type AnswerOf, call } from '../../client/call.ts'
import { usePerson } from '../../client/session.ts'
import { PlainTable } from '../../components/plain-table.tsx'
import { Empty, Problem, Skeleton } from '../../components/states.tsx'
import { Time } from '../../components/time.tsx'
import { count, duration, exactCount, percent } from '../../lib/format.ts'
import { keptOf, useUrl } from '../../lib/url.ts'
import { SettingsPage } from './settings.tsx'

type Health = AnswerOf<typeof getIngestionHealth>

const WINDOWS = [
  { value: '1h', label: 'Last hour' },
  { value: '24h', label: 'Last 24 hours' },
  { value: '7d', label: 'Last 7 days' },
] as const
const REFRESH_MS = 10_000

/** What each kind of error is, and what to do about it. */
const CATEGORIES: Record<Health['top_errors'][number]['category'], { label: string; advice: string }> = {
  auth: { label: 'Wrong key', advice: 'A client sends a key that is wrong, revoked or expired.' },
  schema: { label: 'Broken trace', advice: 'What came breaks a rule; it is among the dead letters with the reason.' },
  rate_limit: { label: 'Too many', advice: 'More requests than the plan allows; the SDKs try again.' },
  payload_too_large: { label: 'Too large', advice: 'A request over 20 MB, or a span over 1 MB.' },
  downstream: { label: 'Not accepted for now', advice: 'The disk was full or the queue was; clients try again.' },
  unknown: { label: 'Something else', advice: 'The log of the server says more.' },
}

export function IngestionPage() {
  const [search, set] = useUrl()
  const chosen = WINDOWS.find(({ value }) => value === search.window)?.value ?? '24h'
  const health = useQuery({
    queryKey: ['ingestion-health', search.project ?? '', chosen],
    queryFn: () =>
      call<typeof getIngestionHealth>('get', '/v1/ingestion-health', {
        query: { project_id: search.project, window: chosen },
      }),
    refetchInterval: REFRESH_MS,
  })
  return (
    <SettingsPage
      title="Ingestion"
      about="Does everything arrive, how soon after that can it be read (the lag), and what could not be taken."
      action={
        <div className="segments" role="group" aria-label="Window">
          {WINDOWS.map(({ value, label }) => (
            <button
              key={value}
              type="button"
              aria-pressed={chosen === value}
              onClick={() => set({ window: value === '24h' ? undefined : value })}
            >
              {label}
            </button>
          ))}
        </div>
      }
    >
      {health.isError && <Problem error={health.error} retry={health.refetch} />}
      {health.isPending && <Skeleton lines={8} />}
      {health.data && <Loaded health={health.data} />}
    </SettingsPage>
  )
}

function Loaded({ health }: { health: Health }) {
  const [search] = useUrl()
  const { role } = usePerson()
  const waiting = health.dlq_depth.traces
  return (
    <>
      <dl className="totals panel">
        <Total name="Arrived well" value={percent(health.success_rate)} bad={health.success_rate < 0.99} />
        <Total name="Traces stored" value={count(health.stored_count)} />
        <Total name="Not taken" value={count(health.error_count)} bad={health.error_count > 0} />
        <Total name="Lag p50" value={duration(health.ingest_lag_ms.p50)} />
        <Total name="Lag p95" value={duration(health.ingest_lag_ms.p95)} />
        <Total name="Lag p99" value={duration(health.ingest_lag_ms.p99)} />
      </dl>
      <p className="quiet">
        The last span came <Time at={health.last_successful_span_at} />.{' '}
        {waiting > 0 ? (
          role === 'member' ? (
            `${exactCount(waiting)} dead letters wait for an owner.`
          ) : (
            <Link to="/settings/dead-letters" search={keptOf(search)}>
              {exactCount(waiting)} dead letters wait for a person.
            </Link>
          )
        ) : (
          'No dead letter waits.'
        )}
        {health.ignored_count > 0 &&
          ` ${exactCount(health.ignored_count)} log records tell of no model call, tool or prompt, and were not kept.`}
        {health.unpriced_span_count > 0 && (
          <>
            {' '}
            <Link to="/settings/prices" search={keptOf(search)}>
              {exactCount(health.unpriced_span_count)} calls have no cost, since their models have no price.
            </Link>
          </>
        )}
      </p>
      <section className="stack" aria-label="Errors">
        <h3>What could not be taken</h3>
        {health.top_errors.length === 0 ? (
          <Empty title="Nothing">
            <p>Everything that came in this window is stored.</p>
          </Empty>
        ) : (
          <PlainTable
            heads={['Why', 'What the client was told', 'How often', 'Last']}
            numbers={['How often']}
            actions={false}
          >
            {health.top_errors.map(({ category, example, count: times, last_seen_at }) => (
              <tr key={category}>
                <th scope="row" title={CATEGORIES[category].advice}>
                  {CATEGORIES[category].label}
                </th>
                <td className="wide cut-cell" title={example ?? undefined}>
                  {example ?? '–'}
                </td>
                <td className="number">{exactCount(times)}</td>
                <td>
                  <Time at={last_seen_at} />
                </td>
              </tr>
            ))}
          </PlainTable>
        )}
      </section>
      {health.redaction_match_count > 0 && (
        <section className="stack" aria-label="Masked">
          <h3>What was masked</h3>
          <dl className="totals panel">
            {Object.entries(health.redaction_matches).map(([rule, times]) => (
              <Total key={rule} name={rule} value={count(times)} />
            ))}
          </dl>
        </section>
      )}
    </>
  )
}

const Total = ({ name, value, bad = false }: { name: string; value: ReactNode; bad?: boolean }) => (
  <div>
    <dt>{name}</dt>
    <dd className={bad ? 'number bad-cell' : 'number'}>{value}</dd>
  </div>
)
