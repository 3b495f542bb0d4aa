import { type ChildProcess, fork } from 'node:child_process'
import type { Call } from '../src/api/http/mount.ts'
import { metricHandlers } from '../src/api/metrics/handlers.ts'
import type { TenantId } from '../src/ids.ts'
import { BareClient } from './bare-client.ts'
import { ms, percentile, ratio, verdict } from './figures.ts'
import type { Asked, FloorOrder } from './floor-analytics.ts'
import { SPREAD_MS } from './seed.ts'

/** The charts that are asked for, each in turns with the same statements in a bare process over a copy of the file. */
const RATIO = 1.3
/** So often one side is asked before the other has its turn: the first answer after a rest says how soon the machine wakes a thread. */
const AT_ONCE = 5
const DAY = 24 * 3_600_000

export interface Question {
  name: string
  path: string
  within: number
}

export function questions(now: number): Question[] {
  const range = `from=${new Date(now - SPREAD_MS).toISOString()}&to=${new Date(now).toISOString()}`
  const day = `from=${new Date(now - DAY).toISOString()}&to=${new Date(now).toISOString()}`
  const hours = `${range}&bucket=1h&previous=false`
  return [
    { name: 'metrics', path: `/v1/metrics?${range}`, within: 60 },
    {
      name: '30 days in hours: volume, errors, latency, cost',
      path: `/v1/metrics/timeseries?${hours}&series=volume,error_rate,latency_p95,cost`,
      within: 120,
    },
    { name: '30 days in hours: volume', path: `/v1/metrics/timeseries?${hours}&series=volume`, within: 120 },
    {
      name: '30 days in hours: cost by model',
      path: `/v1/metrics/timeseries?${hours}&series=cost&group_by=model`,
      within: 120,
    },
    { name: 'breakdown by name', path: `/v1/metrics/breakdown?${range}&group_by=name`, within: 120 },
    { name: 'breakdown by model, one day', path: `/v1/metrics/breakdown?${day}&group_by=model`, within: 120 },
    { name: 'histogram of latency', path: `/v1/metrics/histogram?${range}&metric=latency`, within: 120 },
  ]
}

/** What the appliance asks of its mirror when it is asked for a path: found by its own handlers. */
async function askedBy(tenantId: TenantId, path: string): Promise<Asked> {
  const url = new URL(path, 'http://localhost')
  let asked: Asked | null = null
  const heard = new Error('heard')
  const analytics = {
    ask: (question: Asked['question'], ask: unknown) => {
      asked = { question, ask }
      return Promise.reject(heard)
    },
  }
  const services = { analytics, telemetry: { head: 0 }, clock: { now: () => Date.now() } }
  const handlers = metricHandlers(services as unknown as Parameters<typeof metricHandlers>[0])
  const handler = handlers.find(({ endpoint }) => endpoint.path === url.pathname)
  const query = handler?.endpoint.query?.parse(Object.fromEntries(url.searchParams))
  await handler?.run({ actor: { tenantId }, query } as unknown as Call).catch((error: unknown) => {
    if (error !== heard) throw error
  })
  if (!asked) throw new Error(`${path} asks nothing`)
  return asked
}

/** A process with nothing but DuckDB and a copy of the file; it is asked in turns with the appliance, so both are disturbed alike. */
export class Bare {
  readonly #child: ChildProcess
  #answer: (ms: number) => void = () => undefined

  constructor(order: FloorOrder) {
    this.#child = fork(new URL('./floor-analytics.ts', import.meta.url), [JSON.stringify(order)])
    this.#child.on('message', (ms: number) => this.#answer(ms))
    this.#child.once('exit', (code) => {
      if (code) throw new Error(`the bare process ended with ${code}`)
    })
  }

  ask(asked: Asked): Promise<number> {
    return new Promise((resolve) => {
      this.#answer = resolve
      this.#child.send(asked)
    })
  }

  close(): void {
    this.#child.disconnect()
  }
}

export interface Timed {
  question: Question
  times: number[]
  bare: number[]
}

export interface AskOrder {
  url: string
  tenantId: TenantId
  questions: readonly Question[]
  samples: number
}

export async function ask(bare: Bare, { url, tenantId, questions: all, samples }: AskOrder): Promise<Timed[]> {
  const reader = new BareClient(url)
  const timed = await Promise.all(
    all.map(async (question) => ({
      ...{ question, asked: await askedBy(tenantId, question.path) },
      ...{ times: [] as number[], bare: [] as number[] },
    })),
  )
  for (let done = -AT_ONCE; done < samples; done += AT_ONCE) {
    for (const { question, asked, times, bare: bareTimes } of timed) {
      for (let i = 0; i < AT_ONCE; i += 1) {
        const answer = await reader.get(question.path)
        if (answer.status !== 200) throw new Error(`${question.name} answered ${answer.status}: ${answer.body}`)
        if (done >= 0) times.push(answer.ms)
      }
      for (let i = 0; i < AT_ONCE; i += 1) {
        const bareMs = await bare.ask(asked)
        if (done >= 0) bareTimes.push(bareMs)
      }
    }
  }
  reader.close()
  return timed
}

export function chartRow({ question, times, bare }: Timed): string[] {
  const [p50, p95] = [percentile(times, 0.5), percentile(times, 0.95)]
  const [bare50, bare95] = [percentile(bare, 0.5), percentile(bare, 0.95)]
  const { within } = question
  const good = `p95 <= ${within} ms: ${verdict(p95 <= within)}, <= ${RATIO}: ${verdict(p50 / bare50 <= RATIO)}`
  const beyond = percentile(
    times.map((time, i) => time - (bare[i] ?? 0)),
    0.5,
  )
  return [question.name, ms(p50), ms(p95), ms(bare50), ms(bare95), ratio(p50 / bare50), ms(beyond), good]
}

export const CHART_HEAD = ['', 'p50', 'p95', 'bare p50', 'bare p95', 'p50 / bare', 'beyond bare', '']
