import { Agent, request } from 'node:http'
import { parseArgs } from 'node:util'
import { API_KEY, type Appliance, get, sleep, withAppliance } from './appliance.ts'
import { mb, ms, percentile, printTable, verdict, whole } from './figures.ts'
import { LOAD, type LoadReport, startLoad } from './load-options.ts'
import { attributes, encodeSpans, nanos, type ProtoSpan } from './otlp.ts'
import { prose, randomFrom } from './text.ts'
import { MODELS } from './traces.ts'

/** One huge trace in many requests out of order: how soon it can be read, and what everybody else feels of it. */
const { values: flags } = parseArgs({
  options: {
    spans: { type: 'string', default: '33000' },
    requests: { type: 'string', default: '70' },
    /** Requests under way at a time, as of so many services. */
    connections: { type: 'string', default: '4' },
    /** `shuffled`, or `reversed`: each request begins earlier than all before it. */
    order: { type: 'string', default: 'shuffled' },
    /** Traces a second that others send meanwhile. */
    rate: { type: 'string', default: '200' },
    /** Seconds of that alone, before. */
    alone: { type: 'string', default: '6' },
    dist: { type: 'string', default: 'dist' },
    node: { type: 'string', default: '' },
  },
})
const READABLE_MS = 3_000
const COMMIT_MS = 250
const spans = Number(flags.spans)
const TRACE = Buffer.alloc(16, 7)
const TRACE_ID = '07070707-0707-0707-0707-070707070707'

/** A tree in which every span has four below it; each third is a model call. */
function spanOf(random: () => number, start: number, i: number): ProtoSpan {
  const id = (n: number) => {
    const bytes = Buffer.alloc(8)
    bytes.writeUInt32BE(n + 1, 4)
    return bytes
  }
  const llm = i % 3 === 0
  return {
    ...{ traceId: TRACE, spanId: id(i), name: `step ${i}`, kind: 1 },
    ...(i === 0 ? {} : { parentSpanId: id(Math.floor((i - 1) / 4)) }),
    ...{ startTimeUnixNano: nanos(start + i * 20), endTimeUnixNano: nanos(start + i * 20 + 15) },
    attributes: attributes({
      'gen_ai.operation.name': llm ? 'chat' : undefined,
      'gen_ai.request.model': llm ? MODELS[i % MODELS.length] : undefined,
      'gen_ai.usage.input_tokens': llm ? 300 : undefined,
      'gen_ai.usage.output_tokens': llm ? 80 : undefined,
      'session.id': 'a long run',
      'input.value': prose(random, 900),
      'output.value': prose(random, 700),
    }),
  }
}

function bodies(): Buffer[] {
  const random = randomFrom(spans)
  const start = Date.now() - 3_600_000
  const order = Array.from({ length: spans }, (_, i) => i).reverse()
  if (flags.order !== 'reversed') {
    for (let i = spans - 1; i > 0; i -= 1) {
      const other = Math.floor(random() * (i + 1))
      ;[order[i], order[other]] = [order[other] ?? 0, order[i] ?? 0]
    }
  }
  const requests = Number(flags.requests)
  const cut = (n: number) => Math.floor((spans * n) / requests)
  return Array.from({ length: requests }, (_, n) =>
    encodeSpans(
      `service ${n % 5}`,
      order.slice(cut(n), cut(n + 1)).map((i) => spanOf(random, start, i)),
    ),
  )
}

/** Sends all of them, some at a time. Answers how long each took. */
async function send(url: string, all: readonly Buffer[]): Promise<number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: Number(flags.connections) })
  const times = await Promise.all(all.map((body) => post(`${url}/v1/otlp/traces`, agent, body)))
  agent.destroy()
  return times
}

function post(url: string, agent: Agent, body: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    let began = 0
    const headers = { Authorization: `Bearer ${API_KEY}`, 'Content-Type': 'application/x-protobuf' }
    const req = request(url, { method: 'POST', agent, headers: { ...headers, 'Content-Length': body.length } })
    req.once('socket', () => {
      began = performance.now()
    })
    req.once('error', reject)
    req.once('response', (res) => {
      res.resume().once('end', () => {
        if (res.statusCode === 200) resolve(performance.now() - began)
        else reject(new Error(`a request with spans was answered ${res.statusCode}`))
      })
    })
    req.end(body)
  })
}

/** Reads the whole trace: milliseconds to its first byte, and in all. */
async function detail(url: string): Promise<{ firstMs: number; allMs: number; bytes: number }> {
  const began = performance.now()
  const response = await fetch(`${url}/v1/traces/${TRACE_ID}`, { headers: { Authorization: `Bearer ${API_KEY}` } })
  let firstMs = Number.NaN
  let bytes = 0
  for await (const piece of response.body ?? []) {
    if (bytes === 0) firstMs = performance.now() - began
    bytes += (piece as Uint8Array).byteLength
  }
  return { firstMs, allMs: performance.now() - began, bytes }
}

async function spansThere(url: string): Promise<number> {
  const { status, text } = await get(`${url}/v1/traces?session_id=a%20long%20run`)
  const { traces } = JSON.parse(text) as { traces: { span_count: number }[] }
  return status === 200 ? (traces[0]?.span_count ?? 0) : 0
}

/** The bound below which the longest commit stayed so far, in seconds, as the metrics tell it. */
async function longestCommit(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`, { headers: { Authorization: `Bearer ${METRICS_TOKEN}` } })).text()
  const buckets = [...text.matchAll(/^trulayer_commit_duration_seconds_bucket\{le="(.+?)"\} (\d+)$/gm)]
  const all = Math.max(...buckets.map(([, , count]) => Number(count)))
  return Number(buckets.find(([, , count]) => Number(count) === all)?.[1])
}

const METRICS_TOKEN = 'a token that only this bench knows'
const others = (url: string) =>
  startLoad({ ...LOAD, url, apiKey: API_KEY, perSecond: Number(flags.rate), connections: 4 })
const acks = ({ latencies }: LoadReport): string =>
  `${ms(percentile(latencies, 0.5))} / ${ms(percentile(latencies, 0.99))} / ${ms(Math.max(...latencies))}`

async function run(appliance: Appliance): Promise<void> {
  const { url } = appliance
  const all = bodies()
  const before = others(url)
  await sleep(Number(flags.alone) * 1_000)
  const alone = await before.stop()
  const bound = await longestCommit(url)
  const load = others(url)
  await sleep(1_000)
  const began = performance.now()
  const times = await send(url, all)
  const sentMs = performance.now() - began
  while ((await spansThere(url)) < spans) await sleep(5)
  const readableMs = performance.now() - began - sentMs
  const { firstMs, allMs, bytes } = await detail(url)
  const meanwhile = await load.stop()
  const longest = await longestCommit(url)
  const megabytes = all.reduce((sum, body) => sum + body.length, 0) / 1e6
  printTable(`One trace of ${whole(spans)} spans in ${all.length} requests, ${flags.order}, ${mb(megabytes)}`, [
    ['sent and acknowledged', ms(sentMs), `${whole((spans / sentMs) * 1000)} spans/s`],
    ['a request, p50 / max', `${ms(percentile(times, 0.5))} / ${ms(Math.max(...times))}`],
    ['readable after the last', ms(readableMs), `<= 3 s: ${verdict(readableMs <= READABLE_MS)}`],
    ['detail, first byte / all', `${ms(firstMs)} / ${ms(allMs)}`, mb(bytes / 1e6)],
    [
      'longest commit',
      `<= ${ms(longest * 1000)}`,
      `before <= ${ms(bound * 1000)}; <= ${COMMIT_MS} ms: ${verdict(longest * 1000 <= COMMIT_MS)}`,
    ],
    [`others' answers, p50 / p99 / max`, acks(meanwhile), `alone ${acks(alone)}`],
    ['memory, peak', mb(appliance.memory().peak)],
  ])
}

const nodeFlags = flags.node.split(' ').filter(Boolean)
await withAppliance({ dist: flags.dist, nodeFlags, env: { TRULAYER_METRICS_TOKEN: METRICS_TOKEN } }, run)
