import { fork } from 'node:child_process'
import { statSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { API_KEY, Appliance, benchDir, remove } from './appliance.ts'
import { BareClient } from './bare-client.ts'
import { mb, ms, percentile, printTable, ratio, verdict, whole } from './figures.ts'
import type { SearchFloorOptions } from './floor-search.ts'
import { LOAD, reportOf, startLoad } from './load-options.ts'
import { seedStore, wordOf } from './search-seed.ts'
import { SPREAD_MS } from './seed.ts'

/** How quickly texts are found in a full store while traces go on arriving. */
const { values: flags } = parseArgs({
  options: {
    traces: { type: 'string', default: '200000' },
    samples: { type: 'string', default: '100' },
    /** Traces a second that arrive meanwhile. 0: none. */
    rate: { type: 'string', default: '1000' },
    dist: { type: 'string', default: 'dist' },
    node: { type: 'string', default: '' },
  },
})
const WORD_MS = 80
const PHRASE_MS = 150
const samples = Number(flags.samples)

interface Search {
  name: string
  q(i: number): string
  more?: string
  target: number | null
}

/** Words from the most frequent to those of a handful of traces. */
const SEARCHES: readonly Search[] = [
  { name: 'word, in most traces', q: (i) => wordOf(i % 5), target: WORD_MS },
  { name: 'word, in 1 of 10', q: (i) => wordOf(200 + (i % 50)), target: WORD_MS },
  { name: 'word, in 1 of 100', q: (i) => wordOf(2_000 + (i % 500)), target: WORD_MS },
  { name: 'word, in 1 of 1,000', q: (i) => wordOf(20_000 + (i % 5_000)), target: WORD_MS },
  { name: 'word, nowhere', q: (i) => `xyz${i}`, target: WORD_MS },
  {
    name: 'phrase of frequent words',
    q: (i) => `"${wordOf(1 + (i % 4))} ${wordOf(1 + ((i >> 2) % 4))}"`,
    target: PHRASE_MS,
  },
  { name: 'phrase of rarer words', q: (i) => `"${wordOf(2 + (i % 9))} ${wordOf(100 + (i % 40))}"`, target: PHRASE_MS },
  { name: 'two words', q: (i) => `${wordOf(i % 30)} ${wordOf(300 + (i % 99))}`, target: null },
  { name: 'word and -word', q: (i) => `${wordOf(100 + (i % 50))} -${wordOf(i % 9)}`, target: null },
  { name: 'begin*, four letters', q: (i) => `${wordOf(100 + (i % 50)).slice(0, 4)}*`, target: null },
  { name: 'word, error=true', q: (i) => wordOf(i % 50), more: '&error=true', target: WORD_MS },
  { name: 'word, one customer', q: (i) => wordOf(i % 50), more: '&metadata.customer=cust_77', target: WORD_MS },
  { name: 'word, sort=-cost', q: (i) => wordOf(i % 50), more: '&sort=-cost', target: null },
  { name: 'word, oldest first', q: (i) => wordOf(i % 50), more: '&sort=started_at', target: WORD_MS },
]

async function measure(reader: BareClient, { name, q, more = '' }: Search): Promise<number[]> {
  const times: number[] = []
  for (let i = -5; i < samples; i += 1) {
    const answer = await reader.get(`/v1/traces?q=${encodeURIComponent(q(i + 5))}${more}`)
    if (answer.status !== 200) throw new Error(`${name} answered ${answer.status}: ${answer.body}`)
    if (i >= 0) times.push(answer.ms)
  }
  return times
}

async function run(appliance: Appliance, title: string): Promise<void> {
  const rate = Number(flags.rate)
  const load =
    rate > 0 ? startLoad({ ...LOAD, url: appliance.url, apiKey: API_KEY, perSecond: rate, connections: 4 }) : null
  const reader = new BareClient(appliance.url)
  const rows: string[][] = [['', 'p50', 'p95', '']]
  let frequent = Number.NaN
  for (const search of SEARCHES) {
    const times = await measure(reader, search)
    const p95 = percentile(times, 0.95)
    if (search === SEARCHES[1]) frequent = percentile(times, 0.5)
    const target = search.target === null ? '' : `<= ${search.target} ms: ${verdict(p95 <= search.target)}`
    rows.push([search.name, ms(percentile(times, 0.5)), ms(p95), target])
  }
  const behind = await reader.json<{ not_yet_searchable: number }>(`/v1/traces?q=${wordOf(1)}`)
  const report = await load?.stop()
  const file = path.join(appliance.dir, 'search.db')
  const matches = Array.from({ length: samples }, (_, i) => SEARCHES[1]?.q(i) ?? '')
  const order = JSON.stringify({ file, matches } satisfies SearchFloorOptions)
  const bare = await reportOf<number[]>(fork(new URL('./floor-search.ts', import.meta.url), [order]))
  rows.push(['word in 1 of 10, from the index', ms(percentile(bare, 0.5)), ms(percentile(bare, 0.95)), 'the floor'])
  rows.push(['word in 1 of 10 / floor', ratio(frequent / percentile(bare, 0.5))])
  const arriving = report ? `${whole(report.acknowledged / (report.ms / 1000))} traces/s arriving` : 'nothing arriving'
  printTable(
    `Search: ${title}, ${arriving}, ${whole(behind.not_yet_searchable)} not yet searchable at the end, ${samples} samples each, memory at most ${mb(appliance.memory().peak)}`,
    rows,
  )
  reader.close()
}

const dir = benchDir()
const start = () =>
  Appliance.start({ dir, dist: flags.dist, nodeFlags: flags.node.split(' ').filter(Boolean), env: {} })
try {
  // The appliance makes its tenant and project; the store is filled while it is stopped, which is quicker than through the door.
  const first = await start()
  await first.stop()
  const traces = Number(flags.traces)
  const { writeMs, indexMs, textBytes } = seedStore(first.dir, traces, SPREAD_MS)
  const index = statSync(path.join(first.dir, 'search.db')).size
  const title = `${whole(traces)} traces, indexed at ${whole((traces / indexMs) * 1000)} traces/s (written at ${whole((traces / writeMs) * 1000)}), ${whole(index / traces)} bytes each for ${whole(textBytes / traces)} of text`
  const appliance = await start()
  await run(appliance, title).finally(() => appliance.stop())
} finally {
  remove(dir)
}
