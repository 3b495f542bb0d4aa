import { setTimeout as pause } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { type Answer, call, each } from './client.ts'
import { batchRequest, Ledger } from './ledger.ts'
import { Appliance } from './process.ts'
import { RawConnection } from './raw.ts'
import { batchOf, nativeOf, seeded, someTraces } from './traces.ts'

const MIB = 1024 * 1024
const SMALL_QUEUE = { TRULAYER_INGEST_QUEUE_MAX_BYTES: String(MIB) }
/** What the process may grow by beyond its rest while everything arrives at once: garbage of a few requests, not all of them. */
const GROWTH_MIB = 200

const zipped = (bytes: Uint8Array): Buffer<ArrayBuffer> => gzipSync(bytes, { level: 1 })
const ingest = (appliance: Appliance, send: Uint8Array<ArrayBuffer>, encoding: string): Promise<Answer> =>
  call(appliance, 'POST /v1/ingest', { send, headers: { 'Content-Encoding': encoding } })

it('refuses what its queue has no room for, in bounded memory, and keeps all it accepted', {
  timeout: 40_000,
}, async () => {
  const appliance = await Appliance.start({ env: SMALL_QUEUE })
  const random = seeded(9)
  const ledger = new Ledger()
  // 20 batches of 400 KB from 12 clients at once: five times what the queue takes.
  const requests = Array.from({ length: 20 }, () => batchRequest(someTraces(random, 4, { spans: 4, text: 12_000 })))
  const before = appliance.memory().now
  let refused = 0
  await each(requests, 12, async (request) => {
    for (;;) {
      const answer = await ledger.send(appliance, request)
      if (answer?.status === 201) return
      expect(answer).toMatchObject({ status: 503, body: { code: 'queue_full' } })
      expect(Number(answer?.headers.get('retry-after'))).toBeGreaterThan(0)
      refused++
      await pause(random() * 20 * Math.min(refused, 20))
    }
  })
  expect(refused).toBeGreaterThan(0)
  expect(appliance.memory().peak - before).toBeLessThan(GROWTH_MIB)
  const accepted = new Ledger()
  for (const request of requests) await accepted.send(appliance, request)
  expect(accepted.with('acknowledged').length).toBe(requests.length)
  await accepted.expectKept(appliance)
})

it.each([
  ['at its default queue', {}],
  ['at its smallest queue', SMALL_QUEUE],
])('answers 413 to a body that is too large, however it comes, %s', { timeout: 30_000 }, async (_, env) => {
  const appliance = await Appliance.start({ env })
  const before = appliance.memory().now
  const tooLarge = { status: 413, body: { code: 'payload_too_large' } }
  const large = Buffer.alloc(25 * MIB, 0x20)
  for (let i = 0; i < 3; i++) {
    expect(await ingest(appliance, large, 'identity'), 'with its length').toMatchObject(tooLarge)
  }
  const chunked = await RawConnection.open(appliance)
  chunked.post('/v1/ingest', { 'Transfer-Encoding': 'chunked' })
  for (let i = 0; i < 25; i++) {
    chunked.write(`${MIB.toString(16)}\r\n`)
    chunked.write(large.subarray(0, MIB))
    chunked.write('\r\n')
  }
  chunked.write('0\r\n\r\n')
  await chunked.until(/HTTP\/1\.1 413[\s\S]*payload_too_large/)

  // 200 MiB of nothing, in 200 KB.
  const bomb = zipped(Buffer.alloc(200 * MIB))
  const began = performance.now()
  expect(await ingest(appliance, bomb, 'gzip'), 'a compression bomb').toMatchObject(tooLarge)
  expect(performance.now() - began).toBeLessThan(20_000)
  expect(appliance.memory().peak - before).toBeLessThan(GROWTH_MIB)
  expect((await call(appliance, 'POST /v1/ingest', { send: { name: 'after' } })).status).toBe(201)
})

it('says what is wrong with a body that cannot be inflated', async () => {
  const appliance = await Appliance.start()
  const whole = zipped(Buffer.from(JSON.stringify({ name: 'a', input: 'x'.repeat(1_000) })))
  expect(await ingest(appliance, whole, 'gzip')).toMatchObject({ status: 201 })
  const invalid = { status: 400, body: { code: 'invalid_encoding' } }
  expect(await ingest(appliance, whole.subarray(0, whole.length - 10), 'gzip'), 'truncated').toMatchObject(invalid)
  expect(await ingest(appliance, Buffer.from('{"name":"a"}'), 'gzip'), 'not gzip').toMatchObject(invalid)
  const unknown = { status: 415, body: { code: 'unsupported_media_type' } }
  expect(await ingest(appliance, whole, 'compress')).toMatchObject(unknown)
  expect(await ingest(appliance, whole, 'constructor')).toMatchObject(unknown)
})

it.each(['identity', 'gzip'])(
  'holds no room for a client that went away in the middle of its body (%s)',
  async (encoding) => {
    const appliance = await Appliance.start({ env: SMALL_QUEUE })
    const random = seeded(10)
    // Each takes two thirds of the queue, so that two do not fit; random text, so that half the bytes inflate to half the body.
    const [first, second] = someTraces(random, 2, { spans: 4, text: 85_000 })
    if (!first || !second) throw new Error('no traces')
    const plain = Buffer.from(JSON.stringify(nativeOf(first)))
    expect(plain.length).toBeGreaterThan(0.6 * MIB)
    expect(plain.length).toBeLessThan(0.9 * MIB)
    const bytes = encoding === 'gzip' ? zipped(plain) : plain
    const send = () => call(appliance, 'POST /v1/ingest', { send: nativeOf(second) })

    const begin = async (): Promise<RawConnection> => {
      const connection = await RawConnection.open(appliance)
      connection.post('/v1/ingest', { 'Content-Length': bytes.length, 'Content-Encoding': encoding })
      connection.write(bytes.subarray(0, Math.floor(bytes.length * 0.9)))
      return connection
    }

    for (let i = 0; i < 3; i++) {
      let gone = await begin()
      const refused = async (): Promise<number> => {
        // The two may come at once, and this one be the one that is refused.
        if (gone.received !== '') gone = await begin()
        return (await send()).status
      }
      await expect.poll(refused).toBe(503)
      gone.reset()
      await expect.poll(async () => (await send()).status).toBeLessThan(300)
    }
    expect((await call(appliance, `GET /v1/traces/${first.id}`)).status).toBe(404)
  },
)

it('answers while large bodies are on their way', { timeout: 30_000 }, async () => {
  const appliance = await Appliance.start()
  const random = seeded(11)
  const before = appliance.memory().now
  const large = Array.from({ length: 6 }, () => batchOf(someTraces(random, 10, { spans: 5, text: 80_000 })))
  const statuses = new Set<number>()
  await each(
    large,
    6,
    async (send) => void statuses.add((await call(appliance, 'POST /v1/ingest/batch', { send })).status),
  )
  expect([...statuses].filter((status) => status !== 201 && status !== 503)).toEqual([])
  expect(statuses).toContain(201)
  // 50 MB of bodies, each of which is there as bytes, as objects and as what the writer is handed.
  expect(appliance.memory().peak - before).toBeLessThan(3 * GROWTH_MIB)
})
