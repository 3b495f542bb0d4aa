import { existsSync, statSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { call } from './client.ts'
import { Ledger } from './ledger.ts'
import { startLoad } from './load.ts'
import { Appliance } from './process.ts'
import { RawConnection } from './raw.ts'
import { batchOf, nativeOf, seeded, someTraces } from './traces.ts'

/** What a stop under load may take. */
const WITHIN_MS = 5_000

it('answers under load what it has begun to read, then ends with 0', { timeout: 40_000 }, async () => {
  const appliance = await Appliance.start()
  for (let round = 1; round <= 2; round++) {
    const ledger = new Ledger()
    const load = startLoad({ appliance, ledger, seed: 5 + round * 10_000, batches: 6, otlp: 2 })
    await expect.poll(() => ledger.with('acknowledged').length).toBeGreaterThan(10)
    const exit = await appliance.term()
    expect(exit).toMatchObject({ code: 0, signal: null })
    expect(exit.ms).toBeLessThan(WITHIN_MS)
    // Every client was told something or found the door closed: none hangs.
    await load.done
    await appliance.start()
    await ledger.expectKept(appliance)
    await ledger.expectDuplicates(appliance)
  }
})

it('lets a request that it is reading come to its end, and refuses what comes after the signal', {
  timeout: 20_000,
}, async () => {
  const appliance = await Appliance.start()
  const [first, second] = someTraces(seeded(6), 2)
  if (!first || !second) throw new Error('no traces')
  const body = Buffer.from(JSON.stringify(nativeOf(first)))
  const reading = await RawConnection.open(appliance)
  reading.post('/v1/ingest', { 'Content-Length': body.length, Expect: '100-continue' })
  await reading.until(/^HTTP\/1\.1 100 Continue\r\n\r\n/)
  reading.write(body.subarray(0, 100))

  const late = await RawConnection.open(appliance)
  late.post('/v1/ingest', { 'Content-Length': 2, Expect: '100-continue' })
  await late.until(/100 Continue/)

  const ended = appliance.term()
  await expect.poll(() => appliance.output).toContain('"stopping"')
  // Refused at the door, since the port is closed; never a hang.
  await expect(call(appliance, 'GET /health')).rejects.toThrow()
  reading.write(body.subarray(100))
  await reading.until(/HTTP\/1\.1 201 Created[\s\S]*"id"/)
  late.write('{}')
  await late.until(/HTTP\/1\.1 (201|503)/)

  expect(await ended).toMatchObject({ code: 0 })
  await appliance.start()
  expect(await call(appliance, 'POST /v1/ingest', { send: nativeOf(first) })).toMatchObject({ status: 200 })
  expect((await call(appliance, `GET /v1/traces/${second.id}`)).status).toBe(404)
})

it('tells a client on a kept connection that it is stopping, rather than cutting it off', {
  timeout: 20_000,
}, async () => {
  const appliance = await Appliance.start()
  const body = JSON.stringify({ name: 'a' })
  // This one keeps the server from ending, so that there is time for the other.
  const holding = await RawConnection.open(appliance)
  holding.post('/v1/ingest', { 'Content-Length': body.length, Expect: '100-continue' })
  await holding.until(/100 Continue/)
  // Two requests at once: while the second is being read, the first is answered.
  const kept = await RawConnection.open(appliance)
  kept.post('/v1/ingest', { 'Content-Length': body.length })
  kept.write(body)
  await kept.until(/201 Created/)
  kept.post('/v1/ingest', { 'Content-Length': body.length, Expect: '100-continue' })
  await kept.until(/100 Continue/)
  const ended = appliance.term()
  await expect.poll(() => appliance.output).toContain('"stopping"')
  kept.write(body)
  await kept.until(/201 Created[\s\S]*201 Created[\s\S]*Connection: close[\s\S]*"id"/i)
  await kept.closed
  holding.write(body)
  await holding.until(/201 Created/)
  expect(await ended).toMatchObject({ code: 0 })
})

it('sends a long answer to its end, however slowly it is read', { timeout: 30_000 }, async () => {
  const appliance = await Appliance.start()
  // 14 MB of list, which is given to the connection at once and is more than the kernel buffers.
  const traces = someTraces(seeded(7), 140, { spans: 0 }).map((trace) => ({ ...trace, name: 'x'.repeat(100_000) }))
  for (const some of [traces.slice(0, 70), traces.slice(70)]) {
    expect((await call(appliance, 'POST /v1/ingest/batch', { send: batchOf(some) })).status).toBe(201)
  }
  const slow = await RawConnection.open(appliance)
  slow.get('/v1/traces?limit=200')
  await slow.until(/200 OK/)
  slow.pause()
  const ended = appliance.term()
  await expect.poll(() => appliance.output).toContain('"stopping"')
  // Nothing tells that the server would have cut it off by now, so this can only miss the fault, not invent it.
  await pause(200)
  slow.resume()
  await slow.closed
  const [, head = '', body = ''] = /^([\s\S]*?)\r\n\r\n([\s\S]*)$/.exec(slow.received) ?? []
  expect(body.length).toBe(Number(/content-length: (\d+)/i.exec(head)?.[1]))
  expect(await ended).toMatchObject({ code: 0 })
})

it('does not wait for ever for a request that does not end', { timeout: 40_000 }, async () => {
  const appliance = await Appliance.start()
  const stuck = await RawConnection.open(appliance)
  stuck.post('/v1/ingest', { 'Content-Length': 1000, Expect: '100-continue' })
  await stuck.until(/100 Continue/)
  const live = await RawConnection.open(appliance)
  live.get('/v1/traces/live')
  await live.until(/200 OK/)
  const exit = await appliance.term()
  expect(exit).toMatchObject({ code: 0 })
  // What `docker stop` waits before it kills.
  expect(exit.ms).toBeLessThan(10_000)
})

it('leaves its truth in the files alone, so that a copy of them is a backup', async () => {
  const appliance = await Appliance.start()
  const traces = someTraces(seeded(8), 20)
  expect((await call(appliance, 'POST /v1/ingest/batch', { send: batchOf(traces) })).status).toBe(201)
  expect(await appliance.term()).toMatchObject({ code: 0 })
  for (const name of ['telemetry.db', 'control.db']) {
    const wal = path.join(appliance.dir, 'data', `${name}-wal`)
    expect(existsSync(wal) ? statSync(wal).size : 0, `what is left of ${name} in its write-ahead log`).toBe(0)
  }
})
