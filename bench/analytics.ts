import { fork } from 'node:child_process'
import { copyFileSync, existsSync, rmSync, statSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { DuckDBInstance } from '@duckdb/node-api'
import type { TenantId } from '../src/ids.ts'
import { openSqlite } from '../src/storage/sqlite.ts'
import { API_KEY, benchDir, remove } from './appliance.ts'
import { ask, Bare, COMPARED_HEAD, compare, comparedRow, questions, TIMED_HEAD, timedRow } from './charts.ts'
import { mb, percentile, printTable, verdict, whole } from './figures.ts'
import type { FillOrder, FillReport } from './fill.ts'
import { caughtUp, costOfFollowing, costRows, keepingUp, start } from './following.ts'
import { LOAD, reportOf, startLoad } from './load-options.ts'
import { SPREAD_MS } from './seed.ts'
import { TRACES_PER_BATCH } from './traces.ts'

/**
 * Charts over a full store, at rest and while traces arrive, and what the mirror costs ingest. `--traces 10000000` for ten times as many;
 * `--data DIR` keeps the store there, and uses it again.
 */
const { values: flags } = parseArgs({
  options: {
    traces: { type: 'string', default: '1000000' },
    samples: { type: 'string', default: '60' },
    /** Traces a second that arrive while charts are asked for. */
    rate: { type: 'string', default: '500' },
    /** Seconds of ingest at full speed, to see whether the mirror keeps up. 0: none of it. */
    seconds: { type: 'string', default: '20' },
    /** Turns of ingest at full speed with the mirror following and without it, each half as long. */
    turns: { type: 'string', default: '8' },
    data: { type: 'string' },
    dist: { type: 'string', default: 'dist' },
  },
})
const seconds = Number(flags.seconds)
const BYTES_PER_TRACE = 120

/** Has a store made, and filled through its writer. */
async function fill(dir: string): Promise<void> {
  const appliance = await start(dir, flags.dist)
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
  const appliance = await start(dir, flags.dist)
  const ms = await caughtUp(appliance.url)
  await appliance.stop()
  copyFileSync(path.join(appliance.dir, 'analytics.duckdb'), bareFile)
  return ms
}

async function run(dir: string): Promise<void> {
  const bareFile = path.join(dir, 'bare.duckdb')
  const behind = await mirrored(dir, bareFile)
  const appliance = await start(dir, flags.dist)
  const { url } = appliance
  const samples = Number(flags.samples)
  const bare = new Bare({ file: bareFile, telemetryFile: path.join(appliance.dir, 'telemetry.db') })
  const tenantId = tenantOf(appliance.dir)
  const compared = await compare(bare, tenantId, { url, samples, questions: questions(Date.now()) })
  bare.close()
  const load =
    Number(flags.rate) > 0
      ? startLoad({ ...LOAD, url, apiKey: API_KEY, perSecond: Number(flags.rate), connections: 2 })
      : null
  const asked = await ask({ url, samples, questions: questions(Date.now()) })
  await load?.stop()
  const asking = appliance.memory().peak
  const full = seconds > 0 ? await keepingUp(url, seconds) : null
  await caughtUp(url)
  const { peak } = appliance.memory()
  await appliance.stop()
  rmSync(bareFile)
  const { traces, bytes } = await weigh(appliance.dir)

  printTable(
    `Analytics over ${whole(traces)} traces, ${samples} samples each at the client.\nNothing arriving, in turns with the same statements in a bare process over the same file, until their rows are values`,
    [COMPARED_HEAD, ...compared.map(comparedRow)],
  )
  printTable(`While ${flags.rate} traces/s arrive`, [TIMED_HEAD, ...asked.map(timedRow)])
  const turns = Number(flags.turns)
  const sides = turns > 0 ? await costOfFollowing({ dir, dist: flags.dist, turns, seconds: seconds / 2 }) : null
  printTable('The mirror', [
    ['caught up after the start', `${(behind / 1000).toFixed(1)} s`],
    ['file per trace', `${bytes.toFixed(0)} B`, `<= ${BYTES_PER_TRACE}: ${verdict(bytes <= BYTES_PER_TRACE)}`],
    ...(full ? [lagRow(full)] : []),
    ['memory, peak', mb(peak), `${mb(asking)} before full speed`],
    ...(sides ? costRows(sides) : []),
  ])
}

function lagRow({ rate, lagSeconds }: { rate: number; lagSeconds: number[] }): string[] {
  const p99 = percentile(lagSeconds, 0.99)
  return ['lag at full speed, p99', `${p99.toFixed(2)} s`, `at ${whole(rate)} traces/s, <= 2 s: ${verdict(p99 <= 2)}`]
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
