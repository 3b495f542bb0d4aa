import { fork } from 'node:child_process'
import { statSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import Database from 'better-sqlite3'
import { API_KEY, Appliance, benchDir, get, remove, sleep } from './appliance.ts'
import { mb, ms, percentile, printTable, ratio, verdict, whole } from './figures.ts'
import type { FloorOptions, FloorReport } from './floor.ts'
import { type Format, LOAD, type LoadReport, reportOf, startLoad } from './load-options.ts'
import { SPANS_PER_TRACE } from './traces.ts'

/**
 * How many traces a second the appliance takes and makes readable, as a share of what a bare insert loop does on the same disk in
 * the same run.
 */
const { values: flags } = parseArgs({
  options: {
    seconds: { type: 'string', default: '20' },
    /** `native` or `otlp`; without it one after the other. */
    format: { type: 'string', default: 'native,otlp' },
    dist: { type: 'string', default: 'dist' },
    /** Flags for the server's node, such as `--cpu-prof`. */
    node: { type: 'string', default: '' },
    /** How long it is left alone before its idle memory is read; V8 gives back what the start needed after some ten seconds. */
    'idle-seconds': { type: 'string', default: '20' },
    'no-floor': { type: 'boolean', default: false },
    'floor-traces': { type: 'string' },
  },
})

interface Taken {
  load: LoadReport
  endToEndMs: number
  readyMs: number
  /** Megabytes a second after it was ready, and once it was left alone. */
  started: number
  idle: number
  peak: number
  cpuSeconds: number
  bytesPerTrace: number
}

async function take(dir: string, format: Format): Promise<Taken> {
  const nodeFlags = flags.node.split(' ').filter(Boolean)
  const appliance = await Appliance.start({ dir, dist: flags.dist, nodeFlags, env: {} })
  await sleep(1_000)
  const started = appliance.memory().now
  await sleep(Number(flags['idle-seconds']) * 1_000)
  const idle = appliance.memory().now
  const cpuBefore = appliance.cpuSeconds()
  const began = performance.now()
  const order = { ...LOAD, format, url: appliance.url, apiKey: API_KEY, seconds: Number(flags.seconds) }
  const load = await startLoad(order).done
  await readable(appliance, load)
  // The child's own start is not the appliance's to answer for.
  const endToEndMs = load.ms + Math.max(0, performance.now() - began - load.ms - load.startMs)
  const cpuSeconds = appliance.cpuSeconds() - cpuBefore
  const { peak } = appliance.memory()
  const file = path.join(appliance.dir, 'telemetry.db')
  await appliance.stop()
  const bytesPerTrace = statSync(file).size / load.acknowledged
  return { load, endToEndMs, readyMs: appliance.readyMs, started, idle, peak, cpuSeconds, bytesPerTrace }
}

/** Waits until whatever was acknowledged can be read: the last ones through the API, all of them by their count. */
async function readable(appliance: Appliance, { acknowledged, lastIds }: LoadReport): Promise<void> {
  for (const id of lastIds) {
    while ((await get(`${appliance.url}/v1/traces/${id}`)).status !== 200) await sleep(5)
  }
  const db = new Database(path.join(appliance.dir, 'telemetry.db'), { readonly: true })
  const count = db.prepare<[], number>('SELECT seq FROM log_head').pluck()
  while ((count.get() ?? 0) < acknowledged) await sleep(5)
  const traces = db.prepare<[], number>('SELECT count(*) FROM traces').pluck().get()
  if (traces !== acknowledged) throw new Error(`${acknowledged} traces were acknowledged, ${traces} are there`)
  db.close()
}

function floor(options: FloorOptions): Promise<FloorReport> {
  return reportOf<FloorReport>(fork(new URL('./floor.ts', import.meta.url), [JSON.stringify(options)]))
}

async function run(dir: string, format: Format): Promise<void> {
  const taken = await take(dir, format)
  const { load } = taken
  const endToEnd = load.acknowledged / (taken.endToEndMs / 1000)
  const rows: string[][] = [
    [
      'acknowledged',
      `${whole(load.acknowledged / (load.ms / 1000))} traces/s`,
      `${whole(load.acknowledged)} traces, ${load.refused} refused`,
    ],
    ['readable, end to end', `${whole(endToEnd)} traces/s`, `${whole(endToEnd * SPANS_PER_TRACE)} spans/s`],
    [
      'answer p50 / p99',
      `${ms(percentile(load.latencies, 0.5))} / ${ms(percentile(load.latencies, 0.99))}`,
      'a batch of 50',
    ],
    ['memory, peak', mb(taken.peak), `< 400 MB: ${verdict(taken.peak < 400)}`],
    ['memory, just started', mb(taken.started)],
    ['memory, idle', mb(taken.idle), `< 120 MB: ${verdict(taken.idle < 120)}`],
    ['ready after', ms(taken.readyMs), `< 1 s: ${verdict(taken.readyMs < 1000)}`],
    ['on disk', `${whole(taken.bytesPerTrace)} bytes/trace`, `${whole(load.bytesPerTrace)} bytes sent`],
    [
      'processor, server',
      `${ratio(taken.cpuSeconds / (taken.endToEndMs / 1000))} cores`,
      `${whole((taken.cpuSeconds * 1e6) / load.acknowledged)} µs/trace`,
    ],
    ['processor, load', `${ratio(load.cpuMs / load.ms)} cores`],
  ]
  if (!flags['no-floor']) {
    const bare = await floor({ dir, format, traces: Number(flags['floor-traces'] ?? load.acknowledged) })
    const perSecond = bare.traces / (bare.ms / 1000)
    rows.push(['bare inserts', `${whole(perSecond)} traces/s`, `${whole(bare.traces)} traces`])
    rows.push([
      'end to end / bare inserts',
      ratio(endToEnd / perSecond),
      `>= ${ratio(TARGETS[format])}: ${verdict(endToEnd / perSecond >= TARGETS[format])}`,
    ])
  }
  printTable(`Ingest, ${NAMES[format]}`, rows)
}

const NAMES = { native: 'native JSON', otlp: 'OTLP in protobuf' } as const
/** End to end as a share of bare inserts. */
const TARGETS = { native: 0.7, otlp: 0.6 } as const

for (const format of flags.format.split(',') as Format[]) {
  const dir = benchDir()
  try {
    await run(dir, format)
  } finally {
    remove(dir)
  }
}
