import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type ReactNode, useMemo } from 'react'
import type { getFailureCluster } from '../../../api/failures/contract.ts'
import { type AnswerOf, call } from '../../client/call.ts'
import { usePerson } from '../../client/session.ts'
import { Sparkline } from '../../components/sparkline.tsx'
import { Problem, Skeleton } from '../../components/states.tsx'
import { Time } from '../../components/time.tsx'
import { differences, type Stretch, shortened } from '../../lib/differences.ts'
import { exactCount, several } from '../../lib/format.ts'
import { iso, useRange } from '../../lib/range.ts'
import { keptOf, type Search, useUrl } from '../../lib/url.ts'
import { phraseOf } from './phrase.ts'
import { type Cluster, KEY, StatusChoice, StatusMark } from './status.tsx'

type Detail = AnswerOf<typeof getFailureCluster>

interface ClusterViewProps {
  signature: string
  /** As the list has it, until all of it is there. */
  known: Cluster | undefined
  tools?: ReactNode
}

/** One group of failures, to be keyed by its signature: how often and whom it befell, how it was said, where, and the traces to look at. */
export function ClusterView({ signature, known, tools }: ClusterViewProps) {
  const range = useRange()
  const { role } = usePerson()
  const detail = useQuery({
    queryKey: [KEY, 'one', signature, range.id],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      call<typeof getFailureCluster>('get', '/v1/failures/clusters/{signature}', {
        params: { signature },
        query: { from: iso(range.from()), to: iso(range.to()) },
        signal,
      }),
  })
  const cluster = detail.data ?? known
  return (
    <div className="cluster" aria-busy={detail.isPending}>
      <div className="cluster-head">
        <div className="cluster-tools">
          {cluster && role !== 'viewer' && <StatusChoice {...cluster} />}
          {cluster && (role === 'viewer' || cameBack(cluster)) && <StatusMark {...cluster} />}
          {tools && <span className="cluster-steps">{tools}</span>}
        </div>
        {cluster && <h2>{cluster.error_message}</h2>}
        {cluster && <Facts cluster={cluster} />}
      </div>
      <div className="cluster-body">
        {detail.isError ? (
          <Problem error={detail.error} retry={detail.refetch} />
        ) : detail.data ? (
          <Found detail={detail.data} />
        ) : (
          <Skeleton lines={8} />
        )}
      </div>
    </div>
  )
}

const cameBack = ({ status, reopened }: Cluster): boolean => reopened && status === 'new'

const Facts = ({ cluster }: { cluster: Cluster }) => (
  <dl className="figures">
    <Fact name="Failures">{exactCount(cluster.count)}</Fact>
    <Fact name="Traces">{exactCount(cluster.traces)}</Fact>
    <Fact name="Sessions">{exactCount(cluster.sessions)}</Fact>
    <Fact name="Users">{exactCount(cluster.users)}</Fact>
    <Fact name="Step">{cluster.span_name}</Fact>
    <Fact name="Error">{cluster.error_type ?? cluster.failure_type.replaceAll('_', ' ')}</Fact>
    <Fact name="First">
      <Time at={cluster.first_seen} />
    </Fact>
    <Fact name="Last">
      <Time at={cluster.last_seen} />
    </Fact>
    <Fact name="24 hours">
      <Sparkline
        values={cluster.trend}
        label={`${exactCount(cluster.trend.reduce((a, b) => a + b, 0))} in the last 24 hours`}
      />
    </Fact>
  </dl>
)

const Fact = ({ name, children }: { name: string; children: ReactNode }) => (
  <div>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
)

function Found({ detail }: { detail: Detail }) {
  const [search] = useUrl()
  const kept = { ...keptOf(search), error: 'true' }
  const texts = useMemo(() => differences(detail.variants.map(({ message }) => message)), [detail.variants])
  const phrase = phraseOf(texts)
  const named = (name: string | null): Search => ({ ...kept, name: name ?? undefined })
  return (
    <>
      <Part name="As it was said" about={howMany(detail)}>
        <ul className="variants">
          {detail.variants.map(({ message, count: n }, i) => (
            <li key={message}>
              <Said stretches={i === 0 ? (texts[i] ?? []) : shortened(texts[i] ?? [])} whole={message} />
              <span className="quiet number">{exactCount(n)} ×</span>
            </li>
          ))}
        </ul>
      </Part>
      {(detail.trace_names.length > 0 || detail.models.length > 0 || detail.feedback.length > 0) && (
        <Part name="Where">
          <div className="line">
            {detail.trace_names.map(({ name, count: n }) => (
              <Link key={name ?? ''} to="/traces" search={named(name)} className="badge" title="Its traces that failed">
                {name ?? 'unnamed'} <span className="quiet number">{exactCount(n)}</span>
              </Link>
            ))}
            {detail.models.map(({ name, count: n }) => (
              <Link
                key={`model ${name ?? ''}`}
                to="/traces"
                search={{ ...kept, model: name ?? undefined }}
                className="badge"
                title="Traces with this model that failed"
              >
                {name} <span className="quiet number">{several(n, 'call')}</span>
              </Link>
            ))}
            {detail.feedback.map(({ label, count: n }) => (
              <span key={label} className="badge">
                said to be {label} <span className="quiet number">{exactCount(n)}</span>
              </span>
            ))}
          </div>
        </Part>
      )}
      <Part
        name="Latest traces"
        about={
          phrase && (
            <Link to="/traces" search={{ ...kept, q: phrase }} title={`Failed traces with ${phrase}`}>
              Find all
            </Link>
          )
        }
      >
        <ul className="pairs">
          {detail.latest.map(({ trace_id, name, started_at }) => (
            <li key={trace_id}>
              <Link to="/traces/$id" params={{ id: trace_id }} search={keptOf(search)}>
                {name || 'unnamed'}
              </Link>
              <Time at={started_at} />
            </li>
          ))}
        </ul>
      </Part>
    </>
  )
}

/** The answer has the most frequent ones only. */
function howMany({ variants, count: failures }: Detail): string {
  const shown = variants.reduce((sum, { count: n }) => sum + n, 0)
  return shown < failures ? `the ${variants.length} most frequent` : several(variants.length, 'wording')
}

/** A wording, in which what others say differently stands out. */
const Said = ({ stretches, whole }: { stretches: readonly Stretch[]; whole: string }) => (
  <span className="said-so" title={whole}>
    {stretches.map(({ text, differs }, i) =>
      // biome-ignore lint/suspicious/noArrayIndexKey: the stretches have no other name than their place
      differs ? <b key={i}>{text}</b> : <span key={i}>{text}</span>,
    )}
  </span>
)

const Part = ({ name, about, children }: { name: string; about?: ReactNode; children: ReactNode }) => (
  <section>
    <h3>
      {name} {about && <span className="quiet">{about}</span>}
    </h3>
    {children}
  </section>
)
