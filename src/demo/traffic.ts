import { agentRequest } from './agent/app.ts'
import { DAY, HOUR, hourOf, shareOfWeek } from './calendar.ts'
import { docsSession } from './docs/app.ts'
import { type Incident, plantedIncidents } from './incidents.ts'
import { nativeTrace } from './native.ts'
import { otlpRequest } from './otlp.ts'
import { Random } from './random.ts'
import { supportConversation } from './support/app.ts'
import { APPS, type AppName, type Feedback, type JsonMap, type Run } from './types.ts'
import { Weather } from './weather.ts'

export interface DemoOptions {
  seed: number
  /** The end of the traffic, milliseconds since the epoch: nothing is later. */
  now: number
  days: number
  /** On average over a week; the default is an ordinary shop's. */
  tracesPerDay?: number
}

/** What is sent at once: the runs of a stretch of time, in the order of their start. */
export interface Stretch {
  /** How many runs, and the share of the whole time that is over with them. */
  traces: number
  progress: number
  /** For `POST /v1/ingest/batch`. */
  native: JsonMap[]
  /** For `POST /v1/otlp/traces`; null when no run of the stretch comes that way. */
  otlp: JsonMap | null
  /** For `POST /v1/feedback`, each after its trace. */
  feedback: (Feedback & { traceId: string })[]
}

export type { Incident } from './incidents.ts'

interface App {
  share: number
  /** Runs of one conversation, on average. */
  runs: number
  begin(opening: { random: Random; weather: Weather; at: number }): Run[]
}

const APPS_BY_NAME: Record<AppName, App> = {
  'support-bot': { share: 0.62, runs: 2.35, begin: supportConversation },
  'docs-assistant': { share: 0.25, runs: 1.5, begin: docsSession },
  'order-agent': { share: 0.13, runs: 1, begin: agentRequest },
}

const TRACES_PER_DAY = 600
/** A stretch ends with the hour that brings it here. */
const ENOUGH = 40

/** What was planted, for whoever has to find it. */
export const demoIncidents = ({ now, days }: DemoOptions): Incident[] => plantedIncidents(now, days)

/**
 * Traffic of the made-up shop Fjellheim: a support bot, an assistant for its handbook (OTLP), and a back-office agent with tools. The
 * same options give the same bytes. Drawn hour by hour, so that nobody holds more than a stretch.
 */
export function* demoTraffic(options: DemoOptions): Generator<Stretch, void> {
  const { now, days } = options
  let runs: Run[] = []
  for (const { to, begun } of runsByHour(options)) {
    runs.push(...begun)
    if (runs.length < ENOUGH) continue
    yield stretchOf(runs, Math.min(1, 1 - (now - to) / (days * DAY)))
    runs = []
  }
  if (runs.length > 0) yield stretchOf(runs, 1)
}

/** The runs hour by hour, in the order of their start. */
function* runsByHour(options: DemoOptions): Generator<{ to: number; begun: Run[] }, void> {
  const { seed, now, days, tracesPerDay: perDay = TRACES_PER_DAY } = options
  const from = now - days * DAY
  const weather = new Weather(plantedIncidents(now, days))
  let waiting: Run[] = []
  for (let hour = hourOf(from); hour < now; hour += HOUR) {
    const to = hour + HOUR
    for (const app of APPS) waiting.push(...conversations(app, { seed, hour, weather, perDay }))
    waiting.sort((a, b) => a.startedAt - b.startedAt || (a.id < b.id ? -1 : 1))
    const begun = waiting.filter(({ startedAt }) => startedAt < to)
    waiting = waiting.slice(begun.length)
    const seen = begun.filter((run) => run.startedAt >= from && run.endedAt <= now)
    yield { to, begun: seen.map((run) => withoutFuture(run, now)) }
  }
}

/** Each conversation has a chance of its own, so that one more of them leaves the others as they are. */
function conversations(
  name: AppName,
  { seed, hour, weather, perDay }: { seed: number; hour: number; weather: Weather; perDay: number },
): Run[] {
  const { share, runs, begin } = APPS_BY_NAME[name]
  const arrivals = new Random(`${seed}/${name}/${hour}`)
  const expected = ((perDay * 7 * shareOfWeek(hour) * share) / runs) * weather.volume(name, hour)
  return Array.from({ length: arrivals.arrivals(expected) }, (_, i) => {
    const random = new Random(`${seed}/${name}/${hour}/${i}`)
    return begin({ random, weather, at: hour + Math.floor(random.next() * HOUR) })
  }).flat()
}

const withoutFuture = (run: Run, now: number): Run =>
  run.feedback !== null && run.feedback.at > now ? { ...run, feedback: null } : run

function stretchOf(runs: readonly Run[], progress: number): Stretch {
  const byOtlp = runs.filter(({ app }) => app === 'docs-assistant')
  return {
    traces: runs.length,
    progress,
    native: runs.filter(({ app }) => app !== 'docs-assistant').map(nativeTrace),
    otlp: byOtlp.length > 0 ? otlpRequest(byOtlp) : null,
    feedback: runs.flatMap(({ id, feedback }) => (feedback === null ? [] : [{ ...feedback, traceId: id }])),
  }
}
