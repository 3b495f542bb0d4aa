import { Agent, request } from 'node:http'
import { Body, type Renewable } from './bodies.ts'
import type { LoadOrder, LoadReport, ToLoad } from './load-options.ts'
import { OtlpBody } from './otlp-bodies.ts'
import { TRACES_PER_BATCH } from './traces.ts'

/**
 * The load, in a process of its own: some connections, each with one batch on its way. Ends after `seconds`, after `traces`, or
 * when it is told to stop; then it reports over the channel to its parent.
 */
const options = JSON.parse(process.argv[2] ?? '{}') as LoadOrder
const { url, apiKey, format, size, connections, seconds, traces, perSecond, spreadMs } = options
const target = new URL(format === 'otlp' ? '/v1/otlp/traces' : '/v1/ingest/batch', url)
const agent = new Agent({ keepAlive: true, maxSockets: connections })
const headers = {
  Authorization: `Bearer ${apiKey}`,
  'Content-Type': format === 'otlp' ? 'application/x-protobuf' : 'application/json',
}
const VARIANTS = 3

let stopping = false
let sent = 0
let acknowledged = 0
let refused = 0
let bytes = 0
const latencies: number[] = []
const lastIds: string[] = []

const bodyOf = (variant: number): Renewable =>
  format === 'otlp' ? new OtlpBody(variant, size) : new Body(variant, size)

async function connection(index: number): Promise<void> {
  const bodies = Array.from({ length: VARIANTS }, (_, i) => bodyOf(index * VARIANTS + i))
  const began = performance.now()
  const pause = perSecond === null ? 0 : (TRACES_PER_BATCH * connections * 1000) / perSecond
  let lastId: string | null = null
  for (let turn = 0; !ended(began); turn += 1) {
    const body = bodies[turn % VARIANTS]
    if (!body) break
    if (pause > 0) await sleepUntil(began + (turn + index / connections) * pause)
    body.renew(startOf(sent), sent)
    sent += TRACES_PER_BATCH
    const at = performance.now()
    const status = await post(body.bytes)
    bytes += body.bytes.length
    latencies.push(performance.now() - at)
    if (status === 201 || status === 200) {
      acknowledged += TRACES_PER_BATCH
      lastId = body.traceId(TRACES_PER_BATCH - 1)
    } else {
      refused += TRACES_PER_BATCH
      await sleepUntil(performance.now() + 50)
    }
  }
  if (lastId !== null) lastIds.push(lastId)
}

const ended = (began: number): boolean =>
  stopping || (seconds !== null && performance.now() - began >= seconds * 1000) || (traces !== null && sent >= traces)

/** Traces are of now, or spread evenly over the time before. */
const startOf = (at: number): number =>
  Date.now() - 70_000 - (traces === null ? 0 : Math.floor(spreadMs * Math.max(0, 1 - at / traces)))

function sleepUntil(at: number): Promise<void> {
  const ms = at - performance.now()
  return ms <= 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, ms))
}

function post(bytes: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    const req = request(target, { method: 'POST', agent, headers: { ...headers, 'Content-Length': bytes.length } })
    req.once('error', reject)
    req.once('response', (res) => {
      res.once('end', () => resolve(res.statusCode ?? 0))
      res.resume()
    })
    req.end(bytes)
  })
}

process.on('message', (message: ToLoad) => {
  if (message === 'stop') stopping = true
})
const startMs = Date.now() - options.startedAt
const began = performance.now()
const cpu = process.cpuUsage()
await Promise.all(Array.from({ length: connections }, (_, i) => connection(i)))
const { user, system } = process.cpuUsage(cpu)
const ms = performance.now() - began
const report: LoadReport = {
  acknowledged,
  refused,
  ms,
  cpuMs: (user + system) / 1000,
  latencies,
  lastIds,
  startMs,
  bytesPerTrace: bytes / sent,
}
agent.destroy()
process.send?.(report, () => process.disconnect())
