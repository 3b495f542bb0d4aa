import { fork } from 'node:child_process'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { API_KEY, type Appliance, withAppliance } from './appliance.ts'
import { BareClient } from './bare-client.ts'
import { mb, ms, percentile, printTable, ratio, verdict, whole } from './figures.ts'
import type { PageFloorOptions } from './floor-page.ts'
import { LOAD, reportOf, startLoad } from './load-options.ts'
import { type Read, readsOf } from './reads.ts'
import { SPREAD_MS, seed, sendTrace } from './seed.ts'

/** How quickly a full store answers while traces go on arriving at half of what can be taken. */
const { values: flags } = parseArgs({
  options: {
    traces: { type: 'string', default: '200000' },
    samples: { type: 'string', default: '200' },
    /** Traces a second that arrive meanwhile; without it, half of the most, which is measured first. 0: none. */
    rate: { type: 'string' },
    /** Only the reads whose name has one of these in it, parted by commas. */
    only: { type: 'string', default: '' },
    dist: { type: 'string', default: 'dist' },
    node: { type: 'string', default: '' },
  },
})
const PAGE_MS = 20
const LARGE_TRACE_MS = 60
const samples = Number(flags.samples)

const full = (url: string) => ({ ...LOAD, url, apiKey: API_KEY })

async function rateFor(url: string): Promise<number> {
  if (flags.rate !== undefined) return Number(flags.rate)
  const { acknowledged, ms: took } = await startLoad({ ...full(url), seconds: 8 }).done
  return Math.round(acknowledged / (took / 1000) / 2)
}

async function measure(reader: BareClient, read: Read): Promise<{ times: number[]; bytes: number }> {
  const times: number[] = []
  let bytes = 0
  for (let i = -5; i < samples; i += 1) {
    const answer = await reader.get(read.path(i + 5))
    if (answer.status !== 200) throw new Error(`${read.name} answered ${answer.status}: ${answer.body}`)
    if (i >= 0) times.push(answer.ms)
    bytes = answer.size
  }
  return { times, bytes }
}

async function run(appliance: Appliance): Promise<void> {
  const { url } = appliance
  const traces = Number(flags.traces)
  const seededAt = Date.now()
  const seeded = await seed(url, traces)
  const [small, large] = [await sendTrace(url, 10), await sendTrace(url, 5_000)]
  const rate = await rateFor(url)
  const reader = new BareClient(url)
  const reads = await readsOf(reader, { traces, spreadMs: SPREAD_MS, seededAt, small, large })
  const load = rate > 0 ? startLoad({ ...full(url), perSecond: rate, connections: 4 }) : null
  const rows: string[][] = [['', 'p50', 'p95', 'bytes', '']]
  let newest = Number.NaN
  for (const read of reads.filter(({ name }) => flags.only.split(',').some((part) => name.includes(part)))) {
    const { times, bytes } = await measure(reader, read)
    const p95 = percentile(times, 0.95)
    const target = read.name.includes('5,000 spans') ? LARGE_TRACE_MS : PAGE_MS
    if (read.name === 'newest page') newest = percentile(times, 0.5)
    rows.push([
      read.name,
      ms(percentile(times, 0.5)),
      ms(p95),
      whole(bytes),
      `<= ${target} ms: ${verdict(p95 <= target)}`,
    ])
  }
  const file = path.join(appliance.dir, 'telemetry.db')
  const order = JSON.stringify({ file, samples } satisfies PageFloorOptions)
  const bare = await reportOf<number[]>(fork(new URL('./floor-page.ts', import.meta.url), [order]))
  const report = await load?.stop()
  rows.push(['newest page, from the file', ms(percentile(bare, 0.5)), ms(percentile(bare, 0.95)), '', 'the floor'])
  rows.push(['newest page / floor', ratio(newest / percentile(bare, 0.5))])
  const arriving = report ? `${whole(report.acknowledged / (report.ms / 1000))} traces/s arriving` : 'nothing arriving'
  const stored = `${whole(seeded.acknowledged)} traces seeded at ${whole(seeded.acknowledged / (seeded.ms / 1000))} traces/s`
  printTable(
    `Reads: ${stored}, ${arriving}, ${samples} samples each, memory at most ${mb(appliance.memory().peak)}`,
    rows,
  )
  reader.close()
}

await withAppliance({ dist: flags.dist, nodeFlags: flags.node.split(' ').filter(Boolean), env: {} }, run)
