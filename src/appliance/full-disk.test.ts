import { statSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { call } from './client.ts'
import { run } from './command.ts'
import { batchRequest, Ledger, otlpRequest } from './ledger.ts'
import { Appliance, temporaryDir } from './process.ts'
import { SmallDisk } from './small-disk.ts'
import { seeded, someOtlpTrace, someTraces } from './traces.ts'

const KIB = 1024
const walBytes = ({ dir }: Appliance): number => statSync(path.join(dir, 'data/telemetry.db-wal')).size

/**
 * A file-size limit makes the kernel refuse SQLite's writes in the middle of a commit, with a part of the write-ahead log written:
 * the failure of a full disk (EFBIG for ENOSPC), which an unprivileged user can cause and end while the server runs.
 */
it('refuses what it cannot store, loses nothing, and goes on when there is room again', {
  timeout: 30_000,
}, async () => {
  const appliance = await Appliance.start()
  const random = seeded(4)
  const ledger = new Ledger()
  const sendBatch = () => ledger.send(appliance, batchRequest(someTraces(random, 10)))
  const sendOtlp = () => {
    const trace = someOtlpTrace(random)
    return ledger.send(appliance, otlpRequest(trace, trace.spans))
  }

  for (let round = 1; round <= 2; round++) {
    for (let i = 0; i < 5; i++) await Promise.all([sendBatch(), sendBatch(), sendOtlp()])
    expect(ledger.with('refused').length, `refused in round ${round}, before the disk is full`).toBe((round - 1) * 6)

    appliance.limitFileSize(walBytes(appliance) + 100 * KIB)
    // Some may still fit. Then nothing does.
    while ((await sendBatch())?.status === 201);
    for (let i = 0; i < 2; i++) {
      for (const answer of await Promise.all([sendBatch(), sendOtlp()])) {
        expect(answer).toMatchObject({
          status: 503,
          body: { code: expect.stringMatching(/^storage_(full|unavailable)$/) },
        })
        expect(Number(answer?.headers.get('retry-after'))).toBeGreaterThan(0)
      }
    }
    // 6 in a round: with the first refusal of the loop, one more after the disk is free again would be one too many.
    await sendOtlp()
    expect(ledger.with('refused').length).toBe(round * 6)
    await ledger.expectKept(appliance)
    expect((await call(appliance, 'GET /v1/traces?limit=5')).status).toBe(200)

    appliance.limitFileSize(null)
  }
  for (let i = 0; i < 5; i++) expect((await sendBatch())?.status).toBe(201)
  expect(ledger.with('unknown')).toEqual([])
  await ledger.expectKept(appliance)

  // What was refused can be sent again, and all of it survives the next start.
  for (const { target, body } of ledger.with('refused')) {
    expect((await call(appliance, `POST ${target}`, { send: body })).status).toBeLessThan(300)
  }
  await appliance.kill()
  await appliance.start()
  await ledger.expectDuplicates(appliance)
})

it('answers the same where the first trace of a new project is what cannot be stored', async () => {
  const appliance = await Appliance.start()
  const inProject = (project_id: string) => call(appliance, 'POST /v1/ingest', { send: { name: 'a', project_id } })
  expect((await inProject('before')).status).toBe(201)
  appliance.limitFileSize(1)
  const refused = { status: 503, body: { code: expect.stringMatching(/^storage_(full|unavailable)$/) } }
  expect(await inProject('before')).toMatchObject(refused)
  expect(await inProject('new')).toMatchObject(refused)
  appliance.limitFileSize(null)
  expect((await inProject('new')).status).toBe(201)
})

const readiness = async (appliance: Appliance) => {
  const { status, body } = await call(appliance, 'GET /ready')
  const { state, limit } = body.disk as { state: string; limit: string | null }
  return { status, reasons: body.reasons, storage: body.storage, state, limit }
}
const READY = { status: 200, reasons: [], storage: 'open', state: 'ok', limit: null }

describe.runIf(process.platform === 'linux')('a disk that is full, without a limit that came before', () => {
  it('is told by /ready, is no failure of a stop, nor of a start, and loses nothing', {
    timeout: 120_000,
  }, async () => {
    const dir = temporaryDir()
    const disk = await SmallDisk.mount(dir, 32)
    const { under } = disk
    const env = { TRULAYER_STORAGE_MIN_FREE_BYTES: '0' }
    const appliance = await Appliance.start({ dir, env, under })
    const random = seeded(9)
    const ledger = new Ledger()
    const sendBatch = () => ledger.send(appliance, batchRequest(someTraces(random, 10)))
    for (let i = 0; i < 5; i++) expect((await sendBatch())?.status).toBe(201)
    expect(await readiness(appliance)).toEqual(READY)

    disk.fill()
    while ((await sendBatch())?.status === 201);
    const full = { status: 503, reasons: ['disk_full'], storage: 'open', state: 'full', limit: null }
    expect(await readiness(appliance)).toEqual(full)
    expect((await run(dir, ['health', '--ready'], { env: { TRULAYER_PORT: new URL(appliance.url).port } })).code).toBe(
      1,
    )
    expect(await appliance.term()).toMatchObject({ code: 0, signal: null })
    expect(appliance.output).toContain('is not folded into the file: nothing is lost')

    const { stdout, stderr } = await run(dir, ['doctor'], { env, under })
    expect(stderr).toBe('')
    expect(stdout).toMatch(/disk .*\n.*full/)

    await appliance.start()
    await ledger.expectKept(appliance)
    while ((await sendBatch())?.status === 201);
    expect(await readiness(appliance)).toEqual(full)
    disk.empty()
    // Nobody sends anything: it finds out by itself.
    await expect.poll(() => readiness(appliance), { timeout: 30_000, interval: 500 }).toEqual(READY)
    expect((await sendBatch())?.status).toBe(201)
    await ledger.expectKept(appliance)
    expect(await appliance.term()).toMatchObject({ code: 0 })
    expect(statSync(disk.file('telemetry.db-wal'), { throwIfNoEntry: false })?.size ?? 0).toBe(0)
    expect(ledger.with('unknown')).toEqual([])
  })
})

it('a store that cannot be written is told by /ready, and a stop ends well', { timeout: 60_000 }, async () => {
  const appliance = await Appliance.start()
  const random = seeded(10)
  const ledger = new Ledger()
  const sendBatch = () => ledger.send(appliance, batchRequest(someTraces(random, 10)))
  expect((await sendBatch())?.status).toBe(201)
  appliance.limitFileSize(1)
  expect((await sendBatch())?.status).toBe(503)
  expect(await readiness(appliance)).toEqual({
    ...{ status: 503, reasons: ['storage_unwritable'], storage: 'unwritable' },
    ...{ state: 'ok', limit: null },
  })
  expect(await appliance.term()).toMatchObject({ code: 0 })
  await appliance.start()
  await ledger.expectKept(appliance)
  expect(await readiness(appliance)).toEqual(READY)
})
