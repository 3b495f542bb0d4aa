import { Link } from '@tanstack/react-router'
import type { Dot } from '../../charts/dots.tsx'
import type { Anomaly, BandMetric } from '../../charts/usual.ts'
import { Mark } from '../../components/states.tsx'
import { Time } from '../../components/time.tsx'
import { between } from '../../lib/range.ts'
import type { Search } from '../../lib/url.ts'
import { KINDS, LABELS, show } from '../anomalies/words.ts'

/** What the traces behind an anomaly have in common, as the list is asked for them. */
const TRACES: Record<BandMetric, Search> = {
  latency_p95: { sort: '-latency_ms' },
  error_rate: { error: 'true' },
  volume: {},
}

/** The dots of a chart by the hour. */
export const dotsOf = (anomalies: readonly Anomaly[], metric: BandMetric): Dot[] =>
  anomalies
    .filter(({ metadata }) => metadata.metric === metric)
    .map((anomaly) => ({
      id: anomaly.id,
      at: Date.parse(anomaly.metadata.bucket_start),
      value: anomaly.metadata.observed,
      label: `${LABELS[anomaly.type]} out of the ordinary: ${show(anomaly, anomaly.metadata.observed)} instead of ${show(anomaly, anomaly.metadata.expected)}`,
      about: <About anomaly={anomaly} />,
    }))

function About({ anomaly }: { anomaly: Anomaly }) {
  const { metadata, severity, description, project_id, trace_id } = anomaly
  const hour = between(Date.parse(metadata.bucket_start), Date.parse(metadata.bucket_end) - 1)
  return (
    <>
      <Mark kind={KINDS[severity]}>{severity}</Mark>
      <p>{description}</p>
      <dl className="number">
        <dt>Was</dt>
        <dd>{show(anomaly, metadata.observed)}</dd>
        <dt>Usually</dt>
        <dd>
          {show(anomaly, metadata.expected)}, {show(anomaly, metadata.band.low)} to {show(anomaly, metadata.band.high)}
        </dd>
        <dt>Off by</dt>
        <dd>{Math.abs(metadata.distance).toFixed(1)} σ</dd>
        <dt>Found</dt>
        <dd>
          <Time at={anomaly.detected_at} />
        </dd>
      </dl>
      <div className="line">
        <Link
          className="button plain small"
          to="/traces"
          search={{ project: project_id, ...hour, ...TRACES[metadata.metric] }}
        >
          Traces of this hour
        </Link>
        {trace_id && (
          <Link
            className="button plain small"
            to="/traces/$id"
            params={{ id: trace_id }}
            search={{ project: project_id }}
          >
            One of them
          </Link>
        )}
      </div>
    </>
  )
}
