import { type DemoOptions, demoTraffic } from '../../demo/traffic.ts'

/** What the detector asks of the mirror, worked out plainly over demo traffic that nobody has taken in. */
export interface PlainFact {
  projectId: string
  id: string
  at: number
  latency: number
  failed: boolean
}

export interface PlainAsk {
  projectId?: string
  range: { from: number; to: number }
  levels?: number[]
}

const HOUR = 3_600_000

export function plainFacts(options: DemoOptions, native: string, otlp: string): PlainFact[] {
  const facts: PlainFact[] = []
  for (const stretch of demoTraffic(options)) {
    for (const { id, started_at, ended_at, error } of stretch.native) {
      const at = Date.parse(String(started_at))
      facts.push({
        projectId: native,
        id: String(id),
        at,
        latency: Date.parse(String(ended_at)) - at,
        failed: error != null,
      })
    }
    for (const spans of tracesOf(stretch.otlp as unknown as OtlpTraffic | null)) facts.push(factOf(otlp, spans))
  }
  return facts
}

interface OtlpSpan {
  traceId: string
  parentSpanId?: string
  startTimeUnixNano: string
  endTimeUnixNano: string
  status: { code: number }
}
interface OtlpTraffic {
  resourceSpans: { scopeSpans: { spans: OtlpSpan[] }[] }[]
}

function tracesOf(traffic: OtlpTraffic | null): OtlpSpan[][] {
  const spans = traffic?.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)) ?? []
  const traces = new Map<string, OtlpSpan[]>()
  for (const span of spans) traces.set(span.traceId, [...(traces.get(span.traceId) ?? []), span])
  return [...traces.values()]
}

/** A trace that grows from spans failed if its root did, or the step that began last. */
function factOf(projectId: string, spans: readonly OtlpSpan[]): PlainFact {
  const ms = (nano: string) => Math.floor(Number(nano) / 1e6)
  const at = Math.min(...spans.map(({ startTimeUnixNano }) => ms(startTimeUnixNano)))
  const end = Math.max(...spans.map(({ endTimeUnixNano }) => ms(endTimeUnixNano)))
  const root = spans.find(({ parentSpanId }) => !parentSpanId)
  const last = spans.reduce((one, other) => (ms(other.startTimeUnixNano) > ms(one.startTimeUnixNano) ? other : one))
  const failed = [root, last].some((span) => span?.status.code === 2)
  return { projectId, id: spans[0]?.traceId ?? '', at, latency: end - at, failed }
}

export function plainAnswer(facts: readonly PlainFact[], question: string, ask: PlainAsk): unknown {
  const { range, projectId, levels = [] } = ask
  const within = facts.filter(
    (one) => one.at >= range.from && one.at <= range.to && (projectId === undefined || one.projectId === projectId),
  )
  switch (question) {
    case 'hourly':
      return groups(within, (one) => `${one.projectId} ${String(Math.floor(one.at / HOUR)).padStart(12, '0')}`).map(
        (some) => ({
          projectId: some[0]?.projectId,
          at: Math.floor((some[0]?.at ?? 0) / HOUR) * HOUR,
          count: some.length,
          errors: some.filter(({ failed }) => failed).length,
          latencyP95: quantile(some, 0.95),
        }),
      )
    case 'latencyTails':
      return groups(within, (one) => one.projectId).map((some) => ({
        projectId: some[0]?.projectId,
        count: some.length,
        values: levels.map((level) => quantile(some, level)),
      }))
    case 'traceNear':
      return within[0]?.id ?? null
    default:
      throw new Error(`the detector asks for ${question}`)
  }
}

/** In the order of their keys. */
function groups(facts: readonly PlainFact[], keyOf: (fact: PlainFact) => string): PlainFact[][] {
  const found = new Map<string, PlainFact[]>()
  for (const fact of facts) {
    const some = found.get(keyOf(fact))
    if (some) some.push(fact)
    else found.set(keyOf(fact), [fact])
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, some]) => some)
}

function quantile(facts: readonly PlainFact[], q: number): number {
  const sorted = facts.map(({ latency }) => latency).sort((a, b) => a - b)
  const at = (sorted.length - 1) * q
  const [low, high] = [sorted[Math.floor(at)] ?? 0, sorted[Math.ceil(at)] ?? 0]
  return low + (high - low) * (at - Math.floor(at))
}
