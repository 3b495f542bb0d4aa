import { parseArgs } from 'node:util'
import { API_KEY, type Appliance, sleep, withAppliance } from './appliance.ts'
import { BarePage, type Held } from './bare-page.ts'
import { FastFeed } from './fast-feed.ts'
import { printTable, verdict, whole } from './figures.ts'
import { LOAD, type RunningLoad, startLoad } from './load-options.ts'
import { OWNER_ENV } from './page.ts'
import { seed } from './seed.ts'

/**
 * What a page holds that follows the live tail for a day: 50 traces a second, in a real browser over the built server. A day passes in
 * some minutes, in two parts:
 *
 * events  4,320,000 of them. A server in front of the appliance passes everything on but the live feed, which it answers itself, as fast
 *         as the page takes it
 * reads   of the list, which a day has 86,400 of: the feed says something new all the time, and the page's own timers run 288 times as
 *         fast, so that it reads as often as it can; the appliance behind takes traces in, so each read brings other rows
 * real    nothing in front and nothing faster: so many minutes as they come
 *
 * Before each look the feed rests until the page does, and all that can be freed is freed.
 */
const { values: flags } = parseArgs({
  options: {
    part: { type: 'string', default: 'events' },
    traces: { type: 'string', default: '4320000' },
    minutes: { type: 'string', default: '5' },
    dist: { type: 'string', default: 'dist' },
  },
})
const A_SECOND = 50
const A_DAY = { traces: A_SECOND * 86_400, reads: 86_400 }
const SAMPLES = 12
const REST_MS = 1_500
const seconds = Number(flags.minutes) * 60
/** What a day may add before it counts as growth, in MB: about what one collection leaves more or less than the next. */
const MOST_MB = 1
/** The same of the whole process, which gives back to the system only now and then. */
const MOST_RESIDENT_MB = 15

interface Sample extends Held {
  traces: number
  reads: number
}

const samples: Sample[] = []
const rows: string[][] = [['traces', 'list read', 'heap', 'DOM nodes', 'listeners', 'resident']]

async function look(page: BarePage, passed: Pick<Sample, 'traces' | 'reads'>): Promise<void> {
  const { heap, nodes, listeners, resident } = await page.held()
  samples.push({ ...passed, heap, nodes, listeners, resident })
  const figures = [whole(passed.traces), whole(passed.reads), `${heap.toFixed(2)} MB`, whole(nodes), whole(listeners)]
  rows.push([...figures, `${Math.round(resident)} MB`])
  console.log(rows.at(-1)?.join('  '))
}

/** By how much the heap grows for each of `x`: the line that fits best. */
function slope(samples: readonly Sample[], x: (s: Sample) => number): number {
  const mean = (of: (s: Sample) => number) => samples.reduce((sum, s) => sum + of(s), 0) / samples.length
  const [mx, my] = [mean(x), mean(({ heap }) => heap)]
  const over = samples.reduce((sum, s) => sum + (x(s) - mx) * (s.heap - my), 0)
  return over / samples.reduce((sum, s) => sum + (x(s) - mx) ** 2, 0)
}

/** Too few reads, as in some minutes as they come, say nothing of a day. */
const ENOUGH_READS = 5_000

function conclude(title: string, of: 'traces' | 'reads'): void {
  // What a page takes once, such as compiled code and what it remembers of shapes, it takes in the first quarter.
  const settled = samples.slice(SAMPLES / 4)
  const [first, last] = [settled[0], settled.at(-1)]
  if (!first || !last) throw new Error('nothing was measured')
  printTable(title, rows)
  const grows = slope(settled, (sample) => sample[of]) * A_DAY[of]
  const still = last.nodes <= first.nodes * 1.1 && last.listeners <= first.listeners * 1.1
  printTable('After the first quarter, and in the end', [
    ['heap', `${first.heap.toFixed(2)} to ${last.heap.toFixed(2)} MB`],
    [
      `the line through all, for a day's ${whole(A_DAY[of])} ${of}`,
      `${grows >= 0 ? '+' : ''}${grows.toFixed(2)} MB`,
      of === 'reads' && last.reads < ENOUGH_READS ? 'too few to tell' : verdict(grows <= MOST_MB),
    ],
    ['DOM nodes', `${whole(first.nodes)} to ${whole(last.nodes)}`],
    ['listeners', `${whole(first.listeners)} to ${whole(last.listeners)}`, verdict(still)],
    [
      'resident, of its own',
      `${Math.round(first.resident)} to ${Math.round(last.resident)} MB`,
      verdict(last.resident - first.resident <= MOST_RESIDENT_MB),
    ],
  ])
}

/** Lets time pass quicker for all that waits in the page, and counts what the page hears. */
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

const heard = (page: BarePage): Promise<number> => page.evaluate<number>('window.heard')

/** Counts how often the page reads the list. */
const COUNTED = `
  window.reads = 0
  const { fetch } = window
  window.fetch = (...asked) => {
    if (new URL(asked[0], location.href).pathname === '/v1/traces') window.reads += 1
    return fetch(...asked)
  }`

const behind = (appliance: Appliance, perSecond: number): RunningLoad =>
  startLoad({ ...LOAD, url: appliance.url, apiKey: API_KEY, size: 'small', perSecond, connections: 1 })

const follow = (page: BarePage, url: string, script: string): Promise<void> =>
  page.goto(
    `${url}/traces?live=on`,
    script,
    `document.querySelector('[data-state-now="live"]') && document.querySelector('.list-row')`,
  )

/** Until the page has heard all that was sent and drawn what it read. */
async function rest(page: BarePage, feed: FastFeed): Promise<void> {
  feed.pause()
  while ((await heard(page)) < feed.sent) await sleep(100)
  await sleep(REST_MS)
}

async function inFront(appliance: Appliance, page: BarePage, feed: FastFeed): Promise<void> {
  const events = flags.part === 'events'
  await follow(page, feed.url, faster(events ? 1 : 288))
  const load = behind(appliance, events ? A_SECOND : 500)
  feed.go(1_000)
  await sleep(10_000)
  const total = events ? Number(flags.traces) : Number.POSITIVE_INFINITY
  for (let i = 0; i <= SAMPLES; i++) {
    await rest(page, feed)
    await look(page, { traces: feed.sent, reads: feed.reads })
    feed.go(events ? total / seconds : 200)
    if (events) while (feed.sent < (total * (i + 1)) / SAMPLES && i < SAMPLES) await sleep(50)
    else await sleep((seconds * 1_000) / SAMPLES)
  }
  await load.stop()
  conclude(events ? 'Live tail: the events of a day' : 'Live tail: reads of the list', events ? 'traces' : 'reads')
}

async function real(appliance: Appliance, page: BarePage): Promise<void> {
  await follow(page, appliance.url, COUNTED)
  const load = behind(appliance, A_SECOND)
  const began = performance.now()
  await sleep(20_000)
  for (let i = 0; i <= SAMPLES; i++) {
    await sleep(Math.max(0, began + 20_000 + (seconds * 1_000 * i) / SAMPLES - performance.now()))
    await look(page, {
      traces: Math.round(((performance.now() - began) / 1_000) * A_SECOND),
      reads: await page.evaluate<number>('window.reads'),
    })
  }
  await load.stop()
  conclude(`Live tail: ${flags.minutes} minutes at ${A_SECOND} traces/s as they come`, 'reads')
}

async function run(appliance: Appliance): Promise<void> {
  await seed(appliance.url, 2_000)
  const feed = await FastFeed.start(appliance.url)
  const page = await BarePage.open(flags.part === 'real' ? appliance.url : feed.url)
  try {
    if (flags.part === 'real') await real(appliance, page)
    else await inFront(appliance, page, feed)
  } finally {
    await page.close()
    await feed.stop()
  }
}

await withAppliance({ dist: flags.dist, nodeFlags: [], env: OWNER_ENV }, run)
