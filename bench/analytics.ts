import { fork } from 'node:child_process'
import { statSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { API_KEY, Appliance, benchDir, remove } from './appliance.ts'
import { mb, ms, percentile, printTable, ratio, verdict, whole } from './figures.ts'
import type { AnalyticsFloorOrder } from './floor-analytics.ts'
import { LOAD, reportOf, startLoad } from './load-options.ts'
import { Reader } from './reads.ts'
import { SPREAD_MS, seed } from './seed.ts'

/** Charts over a full store while traces go on arriving, and what the mirror costs ingest. `--traces 10000000` for ten times as many. */
const { values: flags } = parseArgs({
  options: {
    traces: { type: 'string', default: '1000000' },
    samples: { type: 'string', default: '30' },
    /** Traces a second that arrive while charts are asked for. */
    rate: { type: 'string', default: '500' },
    /** Seconds of ingest at full speed, to see whether the mirror keeps up. */
    seconds: { type: 'string', default: '20' },
    dist: { type: 'string', default: 'dist' },
  },
})
const samples = Number(flags.samples)
const BYTES_PER_TRACE = 120
const RATIO = 1.3

interface Question {
  name: string
  path: string
  /** The same in bare SQL, over the columns as they are stored. */
  sql: string
  within: number
}

const DAY = 24 * 3_600_000

function questions(now: number): Question[] {
  const [from, to] = [now - SPREAD_MS, now]
  const range = `from=${new Date(from).toISOString()}&to=${new Date(to).toISOString()}`
  const where = `tenant = 1 AND (started_at BETWEEN ${from} AND ${to})`
  const quantiles = 'quantile_cont(latency_ms, [0.5, 0.95, 0.99])'
  const hour = `((started_at - ${Math.floor(from / 3_600_000) * 3_600_000}) // 3600000)::INTEGER`
  return [
    {
      name: 'metrics',
      path: `/v1/metrics?${range}`,
      sql: `SELECT count(*), count(*) FILTER (failed), ${quantiles}, fsum(cost), sum(prompt_tokens), sum(completion_tokens) FROM traces WHERE ${where}`,
      within: 60,
    },
    {
      name: '30 days in hours: volume, errors, latency, cost',
      path: `/v1/metrics/timeseries?${range}&bucket=1h&previous=false&series=volume,error_rate,latency_p95,cost`,
      sql: `SELECT ${hour} AS bucket, count(*), count(*) FILTER (failed), ${quantiles}, fsum(cost) FROM traces WHERE ${where} GROUP BY 1`,
      within: 120,
    },
    {
      name: '30 days in hours: volume',
      path: `/v1/metrics/timeseries?${range}&bucket=1h&previous=false&series=volume`,
      sql: `SELECT ${hour} AS bucket, count(*), count(*) FILTER (failed) FROM traces WHERE ${where} GROUP BY 1`,
      within: 120,
    },
    {
      name: 'breakdown by name',
      path: `/v1/metrics/breakdown?${range}&group_by=name`,
      sql: `SELECT name, count(*), count(*) FILTER (failed), fsum(cost), sum(prompt_tokens + completion_tokens), ${quantiles} FROM traces WHERE ${where} GROUP BY 1`,
      within: 120,
    },
    {
      name: 'breakdown by model, one day',
      path: `/v1/metrics/breakdown?from=${new Date(now - DAY).toISOString()}&group_by=model`,
      sql: `SELECT model, count(*), count(*) FILTER (failed), fsum(cost), sum(prompt_tokens + completion_tokens), ${quantiles} FROM calls WHERE tenant = 1 AND (started_at BETWEEN ${now - DAY} AND ${now}) GROUP BY 1`,
      within: 120,
    },
    {
      name: 'histogram of latency',
      path: `/v1/metrics/histogram?${range}&metric=latency`,
      sql: `SELECT min(latency_ms), max(latency_ms), ${quantiles} FROM traces WHERE ${where}; SELECT floor(log10(latency_ms::DOUBLE) * 5), count(*) FROM traces WHERE ${where} AND latency_ms > 0 GROUP BY 1`,
      within: 120,
    },
  ]
}

async function followed(url: string): Promise<{ lag: number; failures: number }> {
  const { followers } = (await (await fetch(`${url}/ready`)).json()) as {
    followers: { name: string; lag: number; failures: number }[]
  }
  return followers.find(({ name }) => name === 'analytics') ?? { lag: 0, failures: 0 }
}

async function caughtUp(url: string): Promise<number> {
  const start = performance.now()
  while ((await followed(url)).lag > 0) await pause(50)
  return performance.now() - start
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
    lags.push((await followed(url)).lag)
  }
  const { acknowledged, ms: took } = await load.done
  const rate = acknowledged / (took / 1000)
  return { rate, lagSeconds: lags.map((lag) => lag / rate) }
}

async function run(appliance: Appliance): Promise<void> {
  const { url } = appliance
  const seeded = await seed(url, Number(flags.traces))
  const behind = await caughtUp(url)
  const now = Date.now()
  const reader = new Reader(url)
  const load =
    Number(flags.rate) > 0
      ? startLoad({ ...LOAD, url, apiKey: API_KEY, perSecond: Number(flags.rate), connections: 2 })
      : null
  const measured = new Map<string, number[]>()
  for (const { name, path: target } of questions(now)) {
    const times: number[] = []
    for (let i = -3; i < samples; i += 1) {
      const answer = await reader.get(target)
      if (answer.status !== 200) throw new Error(`${name} answered ${answer.status}: ${answer.bytes}`)
      if (i >= 0) times.push(answer.ms)
    }
    measured.set(name, times)
  }
  await load?.stop()
  reader.close()
  const { rate, lagSeconds } = await keepingUp(url)
  const peak = appliance.memory().peak
  await appliance.stop()

  const file = path.join(appliance.dir, 'analytics.duckdb')
  const order = JSON.stringify({
    file,
    samples,
    statements: questions(now).map(({ sql }) => sql),
  } satisfies AnalyticsFloorOrder)
  const { times: floors, traces } = await reportOf<{ times: number[][]; traces: number }>(
    fork(new URL('./floor-analytics.ts', import.meta.url), [order]),
  )
  const rows: string[][] = [['', 'p50', 'p95', 'bare', 'p50 / bare', '']]
  for (const [i, { name, within }] of questions(now).entries()) {
    const times = measured.get(name) ?? []
    const [p50, p95, bare] = [percentile(times, 0.5), percentile(times, 0.95), percentile(floors[i] ?? [], 0.5)]
    const good = `<= ${within} ms: ${verdict(p95 <= within)}, <= ${RATIO}: ${verdict(p50 / bare <= RATIO)}`
    rows.push([name, ms(p50), ms(p95), ms(bare), ratio(p50 / bare), good])
  }
  printTable(
    `Analytics over ${whole(seeded.acknowledged)} traces, ${flags.rate} traces/s arriving, ${samples} samples each, memory at most ${mb(peak)}`,
    rows,
  )
  const bytes = statSync(file).size / traces
  const p99 = percentile(lagSeconds, 0.99)
  printTable('The mirror', [
    ['caught up after seeding', `${(behind / 1000).toFixed(1)} s`],
    ['file per trace', `${bytes.toFixed(0)} B`, `<= ${BYTES_PER_TRACE}: ${verdict(bytes <= BYTES_PER_TRACE)}`],
    ['lag at full speed, p99', `${p99.toFixed(2)} s`, `at ${whole(rate)} traces/s, <= 2 s: ${verdict(p99 <= 2)}`],
  ])
}

const dir = benchDir()
try {
  const appliance = await Appliance.start({ dir, dist: flags.dist, nodeFlags: [], env: {} })
  await run(appliance)
} finally {
  remove(dir)
}
