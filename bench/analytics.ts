import { type ChildProcess, fork } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, rmSync, statSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { DuckDBInstance } from '@duckdb/node-api'
import type { Call } from '../src/api/http/mount.ts'
import { metricHandlers } from '../src/api/metrics/handlers.ts'
import type { TenantId } from '../src/ids.ts'
import { openSqlite } from '../src/storage/sqlite.ts'
import { API_KEY, Appliance, benchDir, remove } from './appliance.ts'
import { mb, ms, percentile, printTable, ratio, verdict, whole } from './figures.ts'
import type { FillOrder, FillReport } from './fill.ts'
import type { Asked, FloorOrder } from './floor-analytics.ts'
import { LOAD, reportOf, startLoad } from './load-options.ts'
import { Reader } from './reads.ts'
import { SPREAD_MS } from './seed.ts'
import { TRACES_PER_BATCH } from './traces.ts'

/**
 * Charts over a full store while traces go on arriving, and what the mirror costs ingest. `--traces 10000000` for ten times as many;
 * `--data DIR` keeps the store there, and uses it again.
 */
const { values: flags } = parseArgs({
  options: {
    traces: { type: 'string', default: '1000000' },
    samples: { type: 'string', default: '30' },
    /** Traces a second that arrive while charts are asked for. */
    rate: { type: 'string', default: '500' },
    /** Seconds of ingest at full speed, to see whether the mirror keeps up. */
    seconds: { type: 'string', default: '20' },
    /** Turns of ingest at full speed with the mirror following and without it, each half as long. */
    turns: { type: 'string', default: '3' },
    data: { type: 'string' },
    dist: { type: 'string', default: 'dist' },
  },
})
const samples = Number(flags.samples)
const BYTES_PER_TRACE = 120
const RATIO = 1.3
const WARM_UP = 3

interface Question {
  name: string
  path: string
  within: number
}

const DAY = 24 * 3_600_000

function questions(now: number): Question[] {
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

async function lagOf(url: string, follower: 'analytics' | 'search'): Promise<number> {
  const { followers } = (await (await fetch(`${url}/ready`)).json()) as { followers: { name: string; lag: number }[] }
  return followers.find(({ name }) => name === follower)?.lag ?? 0
}

async function caughtUp(url: string, follower: 'analytics' | 'search' = 'analytics'): Promise<number> {
  const began = performance.now()
  while ((await lagOf(url, follower)) > 0) await pause(250)
  return performance.now() - began
}

/** How far behind the mirror is, in seconds of arriving traces, while they come as fast as they can. */
async function keepingUp(url: string): Promise<{ rate: number; lagSeconds: number[] }> {
  const load = startLoad({ ...LOAD, url, apiKey: API_KEY, seconds: Number(flags.seconds) })
  const lags: number[] = []
  let running = true
  void load.done.then(() => {
    running = false
  })
  while (running) {
    await pause(200)
    lags.push(await lagOf(url, 'analytics'))
  }
  const { acknowledged, ms: took } = await load.done
  const rate = acknowledged / (took / 1000)
  return { rate, lagSeconds: lags.map((lag) => lag / rate) }
}

function start(dir: string, nodeFlags: string[] = []): Promise<Appliance> {
  mkdirSync(dir, { recursive: true })
  return Appliance.start({ dir, dist: flags.dist, nodeFlags, env: {} })
}

/** Has a store made, and filled through its writer. */
async function fill(dir: string): Promise<void> {
  const appliance = await start(dir)
  // So that it knows the projects.
  const some = { size: 'small', connections: 1, traces: 2 * TRACES_PER_BATCH, spreadMs: SPREAD_MS } as const
  await startLoad({ ...LOAD, ...some, url: appliance.url, apiKey: API_KEY }).done
  await appliance.stop()
  const order: FillOrder = { dir: appliance.dir, traces: Number(flags.traces), spreadMs: SPREAD_MS }
  const { ms, filled } = await reportOf<FillReport>(
    fork(new URL('./fill.ts', import.meta.url), [JSON.stringify(order)]),
  )
  console.log(`filled with ${whole(filled)} traces in ${(ms / 1000).toFixed(0)} s`)
}

/** Stops the appliance that filled the mirror, so that its file can be copied for the bare process. Answers how long the mirror took. */
async function mirrored(dir: string, bareFile: string): Promise<number> {
  const appliance = await start(dir)
  const ms = await caughtUp(appliance.url)
  await appliance.stop()
  copyFileSync(path.join(appliance.dir, 'analytics.duckdb'), bareFile)
  return ms
}

/** A process with nothing but DuckDB and a copy of the file; it is asked in turns with the appliance, so both are disturbed alike. */
class Bare {
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

interface Timed {
  question: Question
  times: number[]
  bare: number[]
}

async function ask(url: string, bare: Bare, tenantId: TenantId, all: readonly Question[]): Promise<Timed[]> {
  const reader = new Reader(url)
  const timed = await Promise.all(
    all.map(async (question) => ({
      ...{ question, asked: await askedBy(tenantId, question.path) },
      ...{ times: [] as number[], bare: [] as number[] },
    })),
  )
  for (let i = -WARM_UP; i < samples; i += 1) {
    for (const { question, asked, times, bare: bareTimes } of timed) {
      const answer = await reader.get(question.path)
      if (answer.status !== 200) throw new Error(`${question.name} answered ${answer.status}: ${answer.bytes}`)
      const bareMs = await bare.ask(asked)
      if (i < 0) continue
      times.push(answer.ms)
      bareTimes.push(bareMs)
    }
  }
  reader.close()
  return timed
}

/** What an appliance that follows takes in, and one whose mirror stands still, in turns. */
async function costOfFollowing(dir: string): Promise<{ with: Side; without: Side }> {
  const sides = { with: new Side(), without: new Side() }
  const still = ['--require', path.resolve(import.meta.dirname, 'no-analytics.cjs')]
  const appliances = {
    with: await start(path.join(dir, 'with')),
    without: await start(path.join(dir, 'without'), still),
  }
  for (let turn = 0; turn < Number(flags.turns); turn += 1) {
    for (const name of ['with', 'without'] as const) {
      const appliance = appliances[name]
      const before = appliance.cpuSeconds()
      const seconds = Number(flags.seconds) / 2
      const load = await startLoad({ ...LOAD, url: appliance.url, apiKey: API_KEY, seconds }).done
      if (name === 'with') await caughtUp(appliance.url)
      await caughtUp(appliance.url, 'search')
      sides[name].add(load, appliance.cpuSeconds() - before)
    }
  }
  for (const appliance of Object.values(appliances)) await appliance.stop()
  return sides
}

class Side {
  rates: number[] = []
  traces = 0
  cpuSeconds = 0

  add({ acknowledged, ms: took }: { acknowledged: number; ms: number }, cpuSeconds: number): void {
    this.rates.push(acknowledged / (took / 1000))
    this.traces += acknowledged
    this.cpuSeconds += cpuSeconds
  }

  get rate(): number {
    return percentile(this.rates, 0.5)
  }

  get microsPerTrace(): number {
    return (this.cpuSeconds * 1e6) / this.traces
  }
}

async function run(dir: string): Promise<void> {
  const bareFile = path.join(dir, 'bare.duckdb')
  const behind = await mirrored(dir, bareFile)
  const appliance = await start(dir)
  const { url } = appliance
  const load =
    Number(flags.rate) > 0
      ? startLoad({ ...LOAD, url, apiKey: API_KEY, perSecond: Number(flags.rate), connections: 2 })
      : null
  const bare = new Bare({ file: bareFile, telemetryFile: path.join(appliance.dir, 'telemetry.db') })
  const asked = await ask(url, bare, tenantOf(appliance.dir), questions(Date.now()))
  bare.close()
  await load?.stop()
  const asking = appliance.memory().peak
  const { rate, lagSeconds } = await keepingUp(url)
  await caughtUp(url)
  const { peak } = appliance.memory()
  await appliance.stop()
  rmSync(bareFile)
  const { traces, bytes } = await weigh(appliance.dir)

  const rows: string[][] = [['', 'p50', 'p95', 'bare p50', 'bare p95', 'p50 / bare', 'beyond bare', '']]
  for (const { question, times, bare: bareTimes } of asked) {
    const [p50, p95] = [percentile(times, 0.5), percentile(times, 0.95)]
    const [bare50, bare95] = [percentile(bareTimes, 0.5), percentile(bareTimes, 0.95)]
    const { within } = question
    const good = `<= ${within} ms: ${verdict(p50 <= within)}, <= ${RATIO}: ${verdict(p50 / bare50 <= RATIO)}`
    const beyond = percentile(
      times.map((time, i) => time - (bareTimes[i] ?? 0)),
      0.5,
    )
    rows.push([question.name, ms(p50), ms(p95), ms(bare50), ms(bare95), ratio(p50 / bare50), ms(beyond), good])
  }
  printTable(
    `Analytics over ${whole(traces)} traces, ${flags.rate} traces/s arriving, ${samples} samples each, at the client, in turns with the same\nstatements in a bare process, whose times are those inside DuckDB`,
    rows,
  )
  const p99 = percentile(lagSeconds, 0.99)
  const sides = Number(flags.turns) > 0 ? await costOfFollowing(dir) : null
  printTable('The mirror', [
    ['caught up after the start', `${(behind / 1000).toFixed(1)} s`],
    ['file per trace', `${bytes.toFixed(0)} B`, `<= ${BYTES_PER_TRACE}: ${verdict(bytes <= BYTES_PER_TRACE)}`],
    ['lag at full speed, p99', `${p99.toFixed(2)} s`, `at ${whole(rate)} traces/s, <= 2 s: ${verdict(p99 <= 2)}`],
    ['memory, peak', mb(peak), `${mb(asking)} before full speed`],
    ...(sides ? costRows(sides) : []),
  ])
}

function costRows({ with: following, without }: { with: Side; without: Side }): string[][] {
  const lost = 1 - following.rate / without.rate
  const of = ({ rate, microsPerTrace }: Side) => `${whole(rate)} traces/s, ${whole(microsPerTrace)} µs of processor`
  return [
    ['ingest, following', of(following)],
    ['ingest, mirror standing still', of(without)],
    ['what following costs ingest', `${(lost * 100).toFixed(0)} %`, `< 10 %: ${verdict(lost < 0.1)}`],
  ]
}

function tenantOf(data: string): TenantId {
  const control = openSqlite(path.join(data, 'control.db'), { readonly: true })
  const id = control.prepare<[], TenantId>('SELECT id FROM tenants').pluck().get()
  control.close()
  if (id === undefined) throw new Error('the store has no organisation')
  return id
}

async function weigh(data: string): Promise<{ traces: number; bytes: number }> {
  const file = path.join(data, 'analytics.duckdb')
  const instance = await DuckDBInstance.create(file, { access_mode: 'READ_ONLY' })
  const db = await instance.connect()
  const [[count] = []] = (await db.runAndReadAll('SELECT count(*)::INTEGER FROM traces')).getRows()
  instance.closeSync()
  return { traces: Number(count), bytes: statSync(file).size / Number(count) }
}

const dir = flags.data === undefined ? benchDir() : path.resolve(flags.data)
try {
  if (!existsSync(path.join(dir, 'data', 'telemetry.db'))) await fill(dir)
  await run(dir)
} finally {
  for (const side of ['with', 'without']) remove(path.join(dir, side))
  if (flags.data === undefined) remove(dir)
}
