import { fork } from 'node:child_process'
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { type Appliance, withAppliance } from './appliance.ts'
import { mb, ms, percentile, printTable, verdict, whole } from './figures.ts'
import { reportOf } from './load-options.ts'
import { Reader } from './reads.ts'
import { seed } from './seed.ts'
import type { Taken, TakeOrder } from './taker.ts'

/**
 * How quickly a full store can be taken out, and what somebody who reads a list meanwhile feels of it. Where two processors are one core, any
 * work on one slows the other, so what a list takes beside a process that only spins is what an export is held against.
 */
const { values: flags } = parseArgs({
  options: {
    traces: { type: 'string', default: '200000' },
    dist: { type: 'string', default: 'dist' },
    samples: { type: 'string', default: '400' },
  },
})
const LEAST_MB_PER_SECOND = 20
const SLOWER = 1.2

/** A process that is there already, and begins when it is told to. */
async function taker(url: string, path: string): Promise<() => Promise<Taken>> {
  const order = JSON.stringify({ url, path } satisfies TakeOrder)
  const child = fork(new URL('./taker.ts', import.meta.url), [order])
  await once(child, 'message')
  return () => {
    const taken = reportOf<Taken>(child)
    child.send('begin')
    return taken
  }
}

/** A process that does nothing but keep a processor busy, and gives way to whoever wants it. */
async function busy(): Promise<() => Promise<void>> {
  const child = fork(new URL('./spinner.ts', import.meta.url))
  await once(child, 'message')
  return async () => {
    child.kill()
    await once(child, 'exit')
  }
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
  await pages(url, 200)
  const rows: string[][] = [
    ['', 'MB', 'MB/s', '', 'traces/s', 'first byte', 'list p95', 'alone', 'beside a busy processor', ''],
  ]
  for (const [name, query, least] of EXPORTS) {
    const path = `/v1/traces/export?${query}`
    const { bytes, seconds, firstMs } = await (await taker(url, path))()
    // The machine of one minute is not that of the next: what a list takes alone is measured before and after.
    const before = await pages(url, samples)
    const take = await taker(url, path)
    const again = take()
    const meanwhile = percentile(await pages(url, samples, again), 0.95)
    await again
    const alone = percentile([...before, ...(await pages(url, samples))], 0.95)
    const stop = await busy()
    const beside = percentile(await pages(url, samples), 0.95)
    await stop()
    const most = Math.max(alone, beside) * SLOWER
    const rate = bytes / 1e6 / seconds
    rows.push([
      name,
      whole(bytes / 1e6),
      rate.toFixed(1),
      least === null ? '' : `>= ${least}: ${verdict(rate >= least)}`,
      whole(Number(flags.traces) / seconds),
      ms(firstMs),
      ms(meanwhile),
      ms(alone),
      ms(beside),
      `<= ${ms(most)}: ${verdict(meanwhile <= most)}`,
    ])
  }
  printTable(`Exports of ${flags.traces} traces, memory at most ${mb(appliance.memory().peak)}`, rows)
}

await withAppliance({ dist: flags.dist, nodeFlags: [], env: {} }, run)
