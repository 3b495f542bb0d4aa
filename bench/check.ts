import { statSync, utimesSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { API_KEY, Appliance, benchDir, remove, sleep } from './appliance.ts'
import { BareClient } from './bare-client.ts'
import { mb, ms, percentile, printTable, whole } from './figures.ts'
import { LOAD, startLoad } from './load-options.ts'

/** What lists and ingest feel of a large file that is read through for damaged pages, in turns with nobody reading it. */
const { values: flags } = parseArgs({
  options: {
    traces: { type: 'string', default: '40000' },
    rounds: { type: 'string', default: '2' },
    seconds: { type: 'string', default: '12' },
    /** Traces a second that arrive meanwhile. */
    rate: { type: 'string', default: '600' },
    dist: { type: 'string', default: 'dist' },
  },
})
const [rounds, seconds, rate] = [flags.rounds, flags.seconds, flags.rate].map(Number) as [number, number, number]
const PAUSE_MS = 20

interface Figures {
  readyMs: number[]
  list: number[]
  ingest: number[]
  wal: number
}

interface Readiness {
  files: { name: string; progress: number | null; sound_at: string | null }[]
}

const telemetryOf = async (reader: BareClient) =>
  (await reader.json<Readiness>('/ready')).files.find(({ name }) => name === 'telemetry.db')

async function round(dir: string, file: string, reading: boolean, figures: Figures): Promise<void> {
  // A file that somebody touched is read through; one that was found sound a moment ago and left in order is not.
  if (reading) utimesSync(file, new Date(), new Date())
  const appliance = await start(dir)
  figures.readyMs.push(appliance.readyMs)
  const reader = new BareClient(appliance.url)
  await sleep(2_000)
  const load = startLoad({ ...LOAD, url: appliance.url, apiKey: API_KEY, perSecond: rate, connections: 4 })
  const until = performance.now() + seconds * 1000
  while (performance.now() < until) {
    figures.list.push((await reader.get('/v1/traces?limit=50')).ms)
    figures.wal = Math.max(figures.wal, statSync(`${file}-wal`).size)
    await sleep(PAUSE_MS)
  }
  const { progress } = (await telemetryOf(reader)) ?? {}
  if (reading !== (progress !== null)) throw new Error(`the file was ${reading ? 'not ' : ''}being read meanwhile`)
  figures.ingest.push(...(await load.stop()).latencies)
  if (reading) {
    const began = performance.now()
    while ((await telemetryOf(reader))?.progress !== null) await sleep(200)
    console.log(`  read to its end ${Math.round((performance.now() - began) / 1000)} s after the load`)
  }
  reader.close()
  await appliance.stop()
}

const start = (dir: string): Promise<Appliance> =>
  Appliance.start({ dir, dist: flags.dist, nodeFlags: [], env: { TRULAYER_LOG_LEVEL: 'info' } })

const dir = benchDir()
try {
  const first = await start(dir)
  await startLoad({ ...LOAD, url: first.url, apiKey: API_KEY, traces: Number(flags.traces) }).done
  await first.stop()
  const file = path.join(dir, 'data', 'telemetry.db')
  console.log(`telemetry.db: ${mb(statSync(file).size / 1e6)}`)
  // Left in order, and never read through: the first round with a reader comes first.
  const quiet: Figures = { readyMs: [], list: [], ingest: [], wal: 0 }
  const reading: Figures = { readyMs: [], list: [], ingest: [], wal: 0 }
  for (let i = 0; i < rounds; i++) {
    await round(dir, file, true, reading)
    await round(dir, file, false, quiet)
  }
  const row = (name: string, { readyMs, list, ingest, wal }: Figures) => [
    name,
    ms(Math.max(...readyMs)),
    ms(percentile(list, 0.5)),
    ms(percentile(list, 0.95)),
    ms(percentile(ingest, 0.5)),
    ms(percentile(ingest, 0.95)),
    mb(wal / 1e6),
    whole(list.length),
  ]
  printTable('While traces arrive', [
    ['', 'ready', 'list p50', 'p95', 'ingest p50', 'p95', 'wal at most', 'lists'],
    row('nobody reads it', quiet),
    row('it is read through', reading),
  ])
} finally {
  remove(dir)
}
