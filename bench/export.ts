import { parseArgs } from 'node:util'
import { API_KEY, Appliance, benchDir, remove } from './appliance.ts'
import { mb, ms, percentile, printTable, verdict, whole } from './figures.ts'
import { Reader } from './reads.ts'
import { seed } from './seed.ts'

/** How quickly a full store can be taken out, and what somebody who reads a list meanwhile feels of it. */
const { values: flags } = parseArgs({
  options: {
    traces: { type: 'string', default: '200000' },
    dist: { type: 'string', default: 'dist' },
    samples: { type: 'string', default: '200' },
  },
})
const LEAST_MB_PER_SECOND = 20
const SLOWER = 1.2

/** Reads an answer to its end and forgets it. */
async function take(url: string, path: string): Promise<{ bytes: number; seconds: number; firstMs: number }> {
  const began = performance.now()
  const response = await fetch(`${url}${path}`, { headers: { Authorization: `Bearer ${API_KEY}` } })
  if (response.status !== 200) throw new Error(`${path} answered ${response.status}`)
  let bytes = 0
  let firstMs: number | null = null
  for await (const piece of response.body ?? []) {
    firstMs ??= performance.now() - began
    bytes += (piece as Uint8Array).byteLength
  }
  const took = performance.now() - began
  return { bytes, seconds: took / 1000, firstMs: firstMs ?? took }
}

/** Milliseconds of `count` newest pages; of as many as there is time for until `until` ends. */
async function pages(url: string, count: number, until?: Promise<unknown>): Promise<number[]> {
  let over = false
  until?.finally(() => {
    over = true
  })
  const reader = new Reader(url)
  const times: number[] = []
  while (!over && times.length < count) times.push((await reader.get('/v1/traces?limit=50')).ms)
  reader.close()
  return times
}

/** With the megabytes a second that there should be; a Parquet file is smaller than what it holds. */
const EXPORTS = [
  ['CSV', 'format=csv', null],
  ['JSON lines', 'format=jsonl', LEAST_MB_PER_SECOND],
  ['JSON lines, whole', 'format=jsonl&fields=all', LEAST_MB_PER_SECOND],
  ['Parquet', 'format=parquet', null],
  ['Parquet, whole', 'format=parquet&fields=all', null],
] as const

async function run(appliance: Appliance): Promise<void> {
  const { url } = appliance
  await seed(url, Number(flags.traces))
  const samples = Number(flags.samples)
  await pages(url, 20)
  const alone = percentile(await pages(url, samples), 0.95)
  const rows: string[][] = [['', 'MB', 'MB/s', '', 'traces/s', 'first byte', 'list p95', '']]
  rows.push(['nothing', '', '', '', '', '', ms(alone), ''])
  for (const [name, query, least] of EXPORTS) {
    const path = `/v1/traces/export?${query}`
    const { bytes, seconds, firstMs } = await take(url, path)
    const again = take(url, path)
    const meanwhile = percentile(await pages(url, samples, again), 0.95)
    await again
    const rate = bytes / 1e6 / seconds
    rows.push([
      name,
      whole(bytes / 1e6),
      rate.toFixed(1),
      least === null ? '' : `>= ${least}: ${verdict(rate >= least)}`,
      whole(Number(flags.traces) / seconds),
      ms(firstMs),
      ms(meanwhile),
      `<= ${ms(alone * SLOWER)}: ${verdict(meanwhile <= alone * SLOWER)}`,
    ])
  }
  printTable(`Exports of ${flags.traces} traces, memory at most ${mb(appliance.memory().peak)}`, rows)
}

const dir = benchDir()
try {
  const appliance = await Appliance.start({ dir, dist: flags.dist, nodeFlags: [], env: {} })
  await run(appliance).finally(() => appliance.stop())
} finally {
  remove(dir)
}
