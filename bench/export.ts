import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { type Appliance, withAppliance } from './appliance.ts'
import { BareClient } from './bare-client.ts'
import { mb, ms, percentile, printTable, verdict, whole } from './figures.ts'
import { caughtUp } from './following.ts'
import { seed } from './seed.ts'
import type { Taken, TakeOrder, ToTaker } from './taker.ts'

/**
 * How quickly a full store can be taken out, and what somebody who reads a list meanwhile feels of it. The machine of one second is not that of
 * the next: lists alone, beside the export and beside a process that only spins are read in turns.
 */
const { values: flags } = parseArgs({
  options: {
    traces: { type: 'string', default: '200000' },
    dist: { type: 'string', default: 'dist' },
    turns: { type: 'string', default: '8' },
    /** Milliseconds of a turn. */
    turn: { type: 'string', default: '1000' },
    /** Only the exports whose name has this in it. */
    only: { type: 'string', default: '' },
  },
})
const LEAST_MB_PER_SECOND = 20
const SLOWER = 1.2

/** With the megabytes a second that there should be; a Parquet file is smaller than what it holds. */
const EXPORTS = [
  ['CSV', 'format=csv', null],
  ['JSON lines', 'format=jsonl', LEAST_MB_PER_SECOND],
  ['JSON lines, whole', 'format=jsonl&fields=all', LEAST_MB_PER_SECOND],
  ['Parquet', 'format=parquet', null],
  ['Parquet, whole', 'format=parquet&fields=all', null],
] as const

/** Reads exports, whole or until it is stopped. */
class Taker {
  readonly #child: ChildProcess

  private constructor(child: ChildProcess) {
    this.#child = child
  }

  static async start(url: string): Promise<Taker> {
    const child = fork(new URL('./taker.ts', import.meta.url), [JSON.stringify({ url } satisfies TakeOrder)])
    await once(child, 'message')
    return new Taker(child)
  }

  async take(path: string): Promise<Taken> {
    const taken = once(this.#child, 'message')
    this.#child.send({ take: path } satisfies ToTaker)
    return (await taken)[0] as Taken
  }

  stop(): void {
    this.#child.send('stop' satisfies ToTaker)
  }

  close(): void {
    this.#child.disconnect()
  }
}

/** A process that does nothing but keep a processor busy, and gives way to whoever wants it. */
class Spinner {
  readonly #child: ChildProcess

  private constructor(child: ChildProcess) {
    this.#child = child
  }

  static async start(): Promise<Spinner> {
    const child = fork(new URL('./spinner.ts', import.meta.url))
    await once(child, 'message')
    const spinner = new Spinner(child)
    spinner.rest()
    return spinner
  }

  spin(): void {
    this.#child.kill('SIGCONT')
  }

  rest(): void {
    this.#child.kill('SIGSTOP')
  }

  close(): void {
    this.#child.kill('SIGKILL')
  }
}

interface Times {
  alone: number[]
  beside: number[]
  spinning: number[]
  /** Of the exports that were going on beside. */
  bytes: number
  seconds: number
}

interface Bench {
  reader: BareClient
  taker: Taker
  spinner: Spinner
}

/** Milliseconds of the newest pages that are read in one turn, or as long as it goes on. */
async function pages(reader: BareClient, into: number[], goOn: () => boolean = () => true): Promise<void> {
  const until = performance.now() + Number(flags.turn)
  while (performance.now() < until && goOn()) into.push((await reader.get('/v1/traces?limit=50')).ms)
}

async function inTurns({ reader, taker, spinner }: Bench, path: string): Promise<Times> {
  const times: Times = { alone: [], beside: [], spinning: [], bytes: 0, seconds: 0 }
  for (let turn = 0; turn < Number(flags.turns); turn += 1) {
    await pages(reader, times.alone)
    let over = false
    const taking = taker.take(path).finally(() => {
      over = true
    })
    await pages(reader, times.beside, () => !over)
    if (!over) taker.stop()
    const { bytes, seconds } = await taking
    times.bytes += bytes
    times.seconds += seconds
    spinner.spin()
    await pages(reader, times.spinning)
    spinner.rest()
  }
  return times
}

async function run(appliance: Appliance): Promise<void> {
  const { url } = appliance
  await seed(url, Number(flags.traces))
  for (const follower of ['search', 'analytics'] as const) await caughtUp(url, follower)
  const [taker, spinner] = [await Taker.start(url), await Spinner.start()]
  const reader = new BareClient(url)
  await pages(reader, [])
  const head = ['', 'MB', 'MB/s', '', 'traces/s', 'first byte', 'MB/s beside lists']
  const rows: string[][] = [[...head, 'list p95', 'alone', 'beside a busy processor', '']]
  for (const [name, query, least] of EXPORTS.filter(([name]) => name.includes(flags.only))) {
    const path = `/v1/traces/export?${query}`
    const { bytes, seconds, firstMs } = await taker.take(path)
    const times = await inTurns({ reader, taker, spinner }, path)
    const beside = percentile(times.beside, 0.95)
    const alone = percentile(times.alone, 0.95)
    const spinning = percentile(times.spinning, 0.95)
    const most = alone * SLOWER
    const rate = bytes / 1e6 / seconds
    rows.push([
      name,
      whole(bytes / 1e6),
      rate.toFixed(1),
      least === null ? '' : `>= ${least}: ${verdict(rate >= least)}`,
      whole(Number(flags.traces) / seconds),
      ms(firstMs),
      (times.bytes / 1e6 / times.seconds).toFixed(1),
      ms(beside),
      ms(alone),
      ms(spinning),
      `<= ${ms(most)}: ${verdict(beside <= most)}`,
    ])
  }
  reader.close()
  taker.close()
  spinner.close()
  printTable(`Exports of ${flags.traces} traces, memory at most ${mb(appliance.memory().peak)}`, rows)
}

await withAppliance({ dist: flags.dist, nodeFlags: [], env: {} }, run)
