import { type ChildProcess, fork } from 'node:child_process'
import type { Call } from '../src/api/http/mount.ts'
import { metricHandlers } from '../src/api/metrics/handlers.ts'
import type { TenantId } from '../src/ids.ts'
import { BareClient } from './bare-client.ts'
import { ms, percentile, ratio, verdict } from './figures.ts'
import type { Asked, FloorOrder } from './floor-analytics.ts'
import { SPREAD_MS } from './seed.ts'

/**
 * The charts that are asked for. With nothing arriving, in turns with the same statements in a bare process over a copy of the file: while
 * traces arrive the file would not be the same, and a chart of the last day have twice as many to read. How soon they come is measured while
 * they do.
 */
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
}

export interface Compared extends Timed {
  /** Of the very first time, when nothing has been counted for it. */
  first: number
  bare: number[]
}

export interface AskOrder {
  url: string
  questions: readonly Question[]
  samples: number
}

/** Each chart some times, then the next, and round again. */
export async function ask({ url, questions: all, samples }: AskOrder): Promise<Timed[]> {
  const reader = new BareClient(url)
  const timed = all.map((question) => ({ question, times: [] as number[] }))
  for (let done = -AT_ONCE; done < samples; done += AT_ONCE)
    for (const { question, times } of timed)
      times.push(...kept(done, await someTimes(() => answered(reader, question))))
  reader.close()
  return timed
}

/** The same in turns with the bare process. */
export async function compare(
  bare: Bare,
  tenantId: TenantId,
  { url, questions: all, samples }: AskOrder,
): Promise<Compared[]> {
  const reader = new BareClient(url)
  const compared = await Promise.all(
    all.map(async (question) => ({
      ...{ question, asked: await askedBy(tenantId, question.path) },
      ...{ first: 0, times: [] as number[], bare: [] as number[] },
    })),
  )
  for (let done = -AT_ONCE; done < samples; done += AT_ONCE) {
    for (const one of compared) {
      const times = await someTimes(() => answered(reader, one.question))
      if (done < 0) one.first = times[0] ?? 0
      one.times.push(...kept(done, times))
      one.bare.push(...kept(done, await someTimes(() => bare.ask(one.asked))))
    }
  }
  reader.close()
  return compared
}

/** The first round only warms up. */
const kept = (done: number, times: number[]): number[] => (done < 0 ? [] : times)

async function someTimes(once: () => Promise<number>): Promise<number[]> {
  const times: number[] = []
  while (times.length < AT_ONCE) times.push(await once())
  return times
}

async function answered(reader: BareClient, { name, path }: Question): Promise<number> {
  const answer = await reader.get(path)
  if (answer.status !== 200) throw new Error(`${name} answered ${answer.status}: ${answer.body}`)
  return answer.ms
}

export const COMPARED_HEAD = ['', 'first', 'p50', 'p95', 'bare p50', 'bare p95', 'p50 / bare', 'beyond bare', '']

export function comparedRow({ question, first, times, bare }: Compared): string[] {
  const [p50, bare50] = [percentile(times, 0.5), percentile(bare, 0.5)]
  const beyond = percentile(
    times.map((time, i) => time - (bare[i] ?? 0)),
    0.5,
  )
  const figures = [first, p50, percentile(times, 0.95), bare50, percentile(bare, 0.95)].map(ms)
  return [question.name, ...figures, ratio(p50 / bare50), ms(beyond), `<= ${RATIO}: ${verdict(p50 / bare50 <= RATIO)}`]
}

export const TIMED_HEAD = ['', 'p50', 'p95', '']

export function timedRow({ question, times }: Timed): string[] {
  const p95 = percentile(times, 0.95)
  return [
    question.name,
    ms(percentile(times, 0.5)),
    ms(p95),
    `p95 <= ${question.within} ms: ${verdict(p95 <= question.within)}`,
  ]
}
