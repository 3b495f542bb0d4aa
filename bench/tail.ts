import { parseArgs } from 'node:util'
import type { CDPSession, Page } from 'playwright-core'
import { launchBrowser } from '../src/ui/e2e/browser.ts'
import { API_KEY, Appliance, benchDir, remove, sleep } from './appliance.ts'
import { FastFeed } from './fast-feed.ts'
import { printTable, verdict, whole } from './figures.ts'
import { LOAD, startLoad } from './load-options.ts'
import { type Held, held, OWNER_ENV, signedIn } from './page.ts'
import { seed } from './seed.ts'

/**
 * What a page holds that follows the live tail for a day: 50 traces a second, 4,320,000 in all, in a real browser over the built
 * server. The day passes in some minutes: a server in front of the appliance passes everything on but the live feed, of which it sends a
 * day's events as the page takes them, while the page's own timers run as much faster. So it reads its list as often as it can, of an
 * appliance that goes on taking traces in. `--real 300` looks at five minutes as they are instead.
 */
const { values: flags } = parseArgs({
  options: {
    traces: { type: 'string', default: '4320000' },
    /** In which the day passes. */
    minutes: { type: 'string', default: '5' },
    /** Seconds at 50 traces a second, without the server in front. */
    real: { type: 'string' },
    dist: { type: 'string', default: 'dist' },
  },
})
const A_SECOND = 50
const READS_A_DAY = 86_400
const SAMPLES = 12
/** What a day may add before it counts as growth: less than what one collection leaves more or less than the next. */
const MOST_MB = 1.5

interface Sample extends Held {
  traces: number
  reads: number
}

const rows: string[][] = [['traces', 'list read', 'heap', 'DOM nodes', 'listeners', 'resident']]

function show({ traces, reads, heap, nodes, listeners, resident }: Sample): void {
  const row = [whole(traces), whole(reads), `${heap.toFixed(2)} MB`, whole(nodes), whole(listeners)]
  rows.push([...row, `${Math.round(resident)} MB`])
  console.log(row.join('  '))
}

/** By how much `y` grows for each of `x`: the line that fits best. */
function slope(samples: readonly Sample[], x: (s: Sample) => number, y: (s: Sample) => number): number {
  const mean = (of: (s: Sample) => number) => samples.reduce((sum, s) => sum + of(s), 0) / samples.length
  const [mx, my] = [mean(x), mean(y)]
  const over = samples.reduce((sum, s) => sum + (x(s) - mx) * (y(s) - my), 0)
  return over / samples.reduce((sum, s) => sum + (x(s) - mx) ** 2, 0)
}

function conclude(title: string, samples: readonly Sample[]): void {
  const [first, last] = [samples[0], samples.at(-1)]
  if (!first || !last) throw new Error('nothing was measured')
  printTable(title, rows)
  const byTraces =
    slope(
      samples,
      ({ traces }) => traces,
      ({ heap }) => heap,
    ) *
    A_SECOND *
    86_400
  const byReads =
    slope(
      samples,
      ({ reads }) => reads,
      ({ heap }) => heap,
    ) * READS_A_DAY
  const signed = (n: number) => `${n >= 0 ? '+' : ''}${n.toFixed(2)} MB`
  const still = last.nodes <= first.nodes * 1.1 && last.listeners <= first.listeners * 1.1
  printTable('First and last', [
    ['heap', `${first.heap.toFixed(2)} to ${last.heap.toFixed(2)} MB`],
    ['of the line through all, for a day of events', signed(byTraces), verdict(byTraces <= MOST_MB)],
    [`and for its ${whole(READS_A_DAY)} reads of the list`, signed(byReads), verdict(byReads <= MOST_MB)],
    ['DOM nodes', `${whole(first.nodes)} to ${whole(last.nodes)}`],
    ['listeners', `${whole(first.listeners)} to ${whole(last.listeners)}`, verdict(still)],
    ['resident', `${Math.round(first.resident)} to ${Math.round(last.resident)} MB`],
  ])
}

/** Lets time pass quicker for all that waits in the page, and counts what comes. */
const faster = (speed: number): string => `
  const [timeout, interval] = [window.setTimeout, window.setInterval]
  window.setTimeout = (run, ms = 0, ...rest) => timeout(run, ms / ${speed}, ...rest)
  window.setInterval = (run, ms = 0, ...rest) => interval(run, ms / ${speed}, ...rest)
  window.heard = 0
  const { addEventListener } = EventSource.prototype
  EventSource.prototype.addEventListener = function (type, listener, ...rest) {
    const counted = type !== 'message' ? listener : (event) => { window.heard += 1; listener(event) }
    return addEventListener.call(this, type, counted, ...rest)
  }`

const heard = (page: Page): Promise<number> => page.evaluate<number>('window.heard')

async function day(appliance: Appliance, page: Page, session: CDPSession, feed: FastFeed): Promise<void> {
  const total = Number(flags.traces)
  const seconds = Number(flags.minutes) * 60
  const speed = total / A_SECOND / seconds
  await page.addInitScript(faster(speed))
  await page.goto(`${feed.url}/traces?live=on`)
  await page.locator('[data-state-now="live"]').waitFor()
  const load = startLoad({
    ...{ ...LOAD, url: appliance.url, apiKey: API_KEY },
    ...{ size: 'small', perSecond: 500, connections: 1 },
  })
  // What a page takes once, such as compiled code, it takes before the first sample.
  await sleep(10_000)
  feed.begin(total, total / seconds)
  const samples: Sample[] = []
  for (let i = 0; i <= SAMPLES; i++) {
    const want = Math.floor((total * i) / SAMPLES)
    let traces = await heard(page)
    while (traces < want) {
      await sleep(250)
      traces = await heard(page)
    }
    const sample = { traces, reads: feed.reads, ...(await held(page, session)) }
    show(sample)
    // At the first the page has only begun.
    if (i > 0) samples.push(sample)
  }
  await load.stop()
  conclude(`Live tail: a day at ${A_SECOND} traces/s, ${Math.round(speed)} times as fast`, samples)
}

async function real(appliance: Appliance, page: Page, session: CDPSession): Promise<void> {
  const seconds = Number(flags.real)
  let reads = 0
  page.on('request', (request) => {
    if (new URL(request.url()).pathname === '/v1/traces') reads += 1
  })
  await page.goto(`${appliance.url}/traces?live=on`)
  await page.locator('[data-state-now="live"]').waitFor()
  const load = startLoad({
    ...{ ...LOAD, url: appliance.url, apiKey: API_KEY },
    ...{ size: 'small', perSecond: A_SECOND, connections: 1 },
  })
  const began = performance.now()
  const samples: Sample[] = []
  for (let i = 0; i <= SAMPLES; i++) {
    const until = began + 20_000 + ((seconds - 20) * 1_000 * i) / SAMPLES
    await sleep(Math.max(0, until - performance.now()))
    const traces = Math.round(((performance.now() - began) / 1_000) * A_SECOND)
    const sample = { traces, reads, ...(await held(page, session)) }
    show(sample)
    samples.push(sample)
  }
  await load.stop()
  conclude(`Live tail: ${seconds} s at ${A_SECOND} traces/s as they come`, samples)
}

async function run(appliance: Appliance): Promise<void> {
  await seed(appliance.url, 2_000)
  const browser = await launchBrowser()
  const feed = await FastFeed.start(appliance.url)
  try {
    const page = await (await signedIn(browser, flags.real === undefined ? feed.url : appliance.url)).newPage()
    const session = await page.context().newCDPSession(page)
    if (flags.real === undefined) await day(appliance, page, session, feed)
    else await real(appliance, page, session)
  } finally {
    await browser.close()
    await feed.stop()
  }
}

const dir = benchDir()
try {
  const appliance = await Appliance.start({ dir, dist: flags.dist, nodeFlags: [], env: OWNER_ENV })
  await run(appliance).finally(() => appliance.stop())
} finally {
  remove(dir)
}
