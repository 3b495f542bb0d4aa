import type { SeriesName } from '../../names.ts'
import type { FactFilter, Range } from '../filter.ts'
import type { GroupBy } from '../groups.ts'
import type { Span, Trace, World } from './world.ts'

/** What the questions answer, computed plainly over the traces that the API shows. */

export const startOf = (trace: Trace): number => Date.parse(trace.started_at)
export const inRange =
  ({ from, to }: Range) =>
  (trace: Trace) =>
    startOf(trace) >= from && startOf(trace) <= to

export function matches(filter: FactFilter): (trace: Trace) => boolean {
  return (trace) =>
    (filter.model === undefined ||
      trace.model === filter.model ||
      trace.spans.some(({ model }) => model === filter.model)) &&
    (filter.environment === undefined || trace.environment === filter.environment) &&
    (filter.userId === undefined || trace.user_id === filter.userId) &&
    (filter.tag === undefined || trace.tag_map[filter.tag.key] === filter.tag.value) &&
    (filter.failed === undefined || (trace.error !== null) === filter.failed) &&
    filter.terms.every(([name, value]) => String(trace.metadata[name.slice('metadata.'.length)]) === value)
}

export function quantile(values: readonly (number | null)[], q: number): number | null {
  const sorted = values.filter((value) => value !== null).sort((a, b) => a - b)
  if (sorted.length === 0) return null
  const at = (sorted.length - 1) * q
  const [low, high] = [sorted[Math.floor(at)] ?? 0, sorted[Math.ceil(at)] ?? 0]
  return low + (high - low) * (at - Math.floor(at))
}

export function sum(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : known.reduce((total, value) => total + value, 0)
}

export const share = <T>(all: readonly T[], test: (one: T) => boolean): number | null =>
  all.length === 0 ? null : all.filter(test).length / all.length

/** Calls of the traces, with what is left of each trace's cost as one more of its own model. */
export interface Call extends Pick<Span, 'model' | 'cost' | 'error'> {
  tokens: (number | null)[]
  latency: number | null
  rest: boolean
}

export function callsOf(trace: Trace): Call[] {
  const calls = trace.spans.map((span): Call => {
    const tokens = [
      span.prompt_tokens,
      span.completion_tokens,
      span.cache_read_tokens,
      span.cache_write_tokens,
      span.reasoning_tokens,
    ]
    return { model: span.model, cost: span.cost, error: span.error, tokens, latency: span.latency_ms, rest: false }
  })
  const kept = calls.filter(
    ({ model, cost, tokens }) => model !== null || cost !== null || tokens.some((n) => n !== null),
  )
  const rest = (trace.cost ?? 0) - (sum(kept.map(({ cost }) => cost)) ?? 0)
  if (Math.abs(rest) > 1e-9)
    kept.push({
      model: trace.model,
      cost: rest,
      error: null,
      tokens: [null, null, null, null, null],
      latency: null,
      rest: true,
    })
  return kept
}

export const groupValue =
  (group: GroupBy) =>
  (trace: Trace): string | null =>
    group.by === 'tag' ? (trace.tag_map[group.key] ?? null) : trace[group.by]

/** Numbers that were added in another order, or interpolated, are the same to nine digits. */
export const near = (value: unknown): unknown => {
  if (typeof value === 'number') return Number(value.toPrecision(9)) + 0
  if (Array.isArray(value)) return value.map(near)
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, near(one)]))
  return value
}

export function plainValue(
  series: SeriesName,
  traces: readonly Trace[],
  calls: readonly Call[],
  byModel: boolean,
  world: World,
): number | null {
  const ids = new Set(traces.map((trace) => trace.id))
  const tokens = (i: number) => sum(calls.map((call) => call.tokens[i] ?? null)) ?? 0
  const latencies = traces.map(({ latency_ms }) => latency_ms)
  switch (series) {
    case 'volume':
      return traces.length
    case 'errors':
      return traces.filter(({ error }) => error !== null).length
    case 'error_rate':
      return share(traces, ({ error }) => error !== null)
    case 'latency_p50':
      return quantile(latencies, 0.5)
    case 'latency_p95':
      return quantile(latencies, 0.95)
    case 'latency_p99':
      return quantile(latencies, 0.99)
    case 'cost': {
      const known = byModel ? sum(calls.map(({ cost }) => cost)) : sum(traces.map(({ cost }) => cost))
      return known ?? (traces.length + (byModel ? calls.length : 0) > 0 ? null : 0)
    }
    case 'tokens_input':
      return tokens(0)
    case 'tokens_output':
      return tokens(1)
    case 'tokens_cache_read':
      return tokens(2)
    case 'tokens_cache_write':
      return tokens(3)
    case 'tokens_reasoning':
      return tokens(4)
    case 'feedback_good_rate':
      return share(
        world.feedback.filter(({ traceId }) => ids.has(traceId)),
        ({ label }) => label === 'good',
      )
    case 'eval_pass_rate':
      return share(
        world.evaluations.filter(({ traceId, score }) => ids.has(traceId) && score !== null),
        ({ score }) => (score ?? 0) >= 0.5,
      )
    default:
      return series satisfies never
  }
}
