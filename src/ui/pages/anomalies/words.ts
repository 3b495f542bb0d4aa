import type { Anomaly } from '../../charts/usual.ts'
import { count, duration, percent } from '../../lib/format.ts'

export const LABELS: Record<Anomaly['type'], string> = {
  latency_spike: 'Latency',
  error_rate_spike: 'Failures',
  volume_anomaly: 'Volume',
}

export const KINDS: Record<Anomaly['severity'], 'off' | 'info' | 'warn' | 'bad'> = {
  low: 'off',
  medium: 'info',
  high: 'warn',
  critical: 'bad',
}

/** A value of its metric: a time, a share, or traces an hour. */
export const show = ({ metadata: { metric } }: Anomaly, value: number): string =>
  metric === 'latency_p95' ? duration(value) : metric === 'error_rate' ? percent(value) : count(Math.round(value))
