import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { aTrace, TestApp, type TestAppOptions } from '../api/testing/app.ts'
import type { Config } from '../config.ts'
import { diskUse } from '../storage/disk-use.ts'
import { eventually } from '../testing.ts'

const MIB = 1024 * 1024

let app: TestApp
let storage: Config['storage']
afterEach(() => app.stop())

async function start(options: Partial<Config['storage']>, more: TestAppOptions = {}): Promise<void> {
  app = await TestApp.start({
    ...more,
    logLevel: 'info',
    config: (config) => {
      storage = Object.assign(config.storage, { min_free_bytes: 0 }, options)
    },
  })
}

const text = 'what an agent said '.repeat(5_000)
/** About a megabyte of traces. */
const send = (name: string) =>
  app.call('POST /v1/ingest/batch', {
    send: { traces: Array.from({ length: 10 }, (_, i) => aTrace({ name, input: `${name} ${i} ${text}` })) },
  })
const ready = async () => {
  const { status, body } = await app.call('GET /ready', { as: '' })
  return { status, reasons: body.reasons, disk: body.disk }
}
/** The guard has looked again, and come to this. */
const becomes = async (state: string) => {
  app.clock.advance(10_000)
  await eventually(async () => expect((await ready()).disk.state).toBe(state))
}
const logged = (text: string) => app.logged.filter(({ msg }) => String(msg).includes(text))
const traces = async (name: string) => (await app.call(`GET /v1/traces?name=${name}&limit=200`)).body.traces.length

describe('storage.max_bytes', () => {
  it('refuses ingest before more is held, says what to do, and takes up again when there is clearly room', async () => {
    await start({ max_bytes: 8 * MIB })
    expect(await ready()).toEqual({ status: 200, reasons: [], disk: { state: 'ok', limit: null } })
    for (let i = 0; i < 9; i++) expect((await send('first')).status).toBe(201)
    await becomes('full')
    expect(await ready()).toEqual({
      ...{ status: 503, reasons: ['disk_full'] },
      disk: { state: 'full', limit: 'storage.max_bytes' },
    })

    const refused = await send('second')
    expect(refused).toMatchObject({ status: 503, body: { code: 'storage_full' } })
    expect(refused.body.error).toMatch(/storage\.max_bytes.*storage\.when_full/)
    expect(refused.headers['retry-after']).toBe('30')
    expect((await app.call('POST /v1/otlp/traces', { send: { resourceSpans: [] } })).status).toBe(503)
    expect((await app.call('GET /v1/traces')).status).toBe(200)
    for (let i = 0; i < 5; i++) await send('second')
    expect(await traces('second')).toBe(0)
    expect(logged('ingest is refused')).toHaveLength(1)

    const used = Number(logged('ingest is refused')[0]?.used)
    storage.max_bytes = Math.ceil(used * 1.01)
    app.clock.advance(10_000)
    await send('second')
    expect((await ready()).disk.state).toBe('full')
    storage.max_bytes = used * 2
    await becomes('ok')
    expect((await send('second')).status).toBe(201)
    expect(logged('room again')).toHaveLength(1)
  })

  it('looks without being told to once much has come in', async () => {
    await start({ max_bytes: 8 * MIB })
    await eventually(async () => expect((await send('more')).status).toBe(503))
    expect((await ready()).disk.state).toBe('full')
  })

  it('erases the oldest traces instead, if told so, and fills their pages again', async () => {
    await start({ max_bytes: 40 * MIB, when_full: 'erase_oldest' })
    for (let i = 1; i <= 60; i++) {
      const name = `n${String(i).padStart(2, '0')}`
      // With so low a limit, what is made of the log can reach it in one jump; then there is room again at once.
      await eventually(async () => {
        app.clock.advance(10_000)
        expect((await send(name)).status).toBe(201)
      })
    }
    expect(await traces('n01')).toBe(0)
    expect(await traces('n60')).toBe(10)
    expect(await traces('n59')).toBe(10)
    expect(logged('erased to make room').length).toBeGreaterThan(1)
  }, 60_000)
})

describe('erase_oldest', () => {
  it('erases what is beyond its retention before anything else, though it came last', async () => {
    await start({ max_bytes: 60 * MIB, when_full: 'erase_oldest' })
    const { id } = await app.addProject(app.tenantId, 'short')
    expect((await app.call(`PATCH /v1/projects/${id}`, { send: { retention_days_override: 7 } })).status).toBe(200)
    for (let i = 0; i < 12; i++) expect((await send('kept')).status).toBe(201)
    const old = (i: number) =>
      aTrace({ name: 'expired', project_id: 'short', input: `${i} ${text}`, started_at: '2026-01-01T00:00:00.000Z' })
    for (let i = 0; i < 8; i++) {
      const send = { traces: Array.from({ length: 10 }, (_, k) => old(i * 10 + k)) }
      expect((await app.call('POST /v1/ingest/batch', { send })).status).toBe(201)
    }
    const { used } = await diskUse(app.dir, 0)
    // The margin is a twentieth: with a little less than two of them left, room is made.
    storage.max_bytes = Math.floor(used * 1.09)
    await eventually(async () => {
      app.clock.advance(10_000)
      expect(logged('erased to make room')).not.toHaveLength(0)
    })
    expect(await traces('expired')).toBeLessThan(80)
    expect(await traces('kept')).toBe(120)
  }, 60_000)
})

describe('storage.min_free_bytes', () => {
  it('refuses ingest while the disk has less', async () => {
    await start({ min_free_bytes: 2 ** 60 })
    expect(await ready()).toMatchObject({ status: 503, disk: { state: 'full', limit: 'storage.min_free_bytes' } })
    expect((await send('no')).body.error).toMatch(/storage\.min_free_bytes/)
    storage.min_free_bytes = MIB
    await becomes('ok')
    expect((await send('yes')).status).toBe(201)
  })
})

it('erases nothing for a file that goes by itself once it is sent', async () => {
  await start({ max_bytes: 16 * MIB, when_full: 'erase_oldest' })
  for (let i = 0; i < 3; i++) expect((await send('kept')).status).toBe(201)
  const passing = path.join(app.dir, 'exports.tmp', 'parquet-x')
  mkdirSync(passing, { recursive: true })
  writeFileSync(path.join(passing, 'part-0.parquet'), Buffer.alloc(16 * MIB))
  await becomes('full')
  app.clock.advance(10_000)
  rmSync(passing, { recursive: true })
  await becomes('ok')
  expect(await traces('kept')).toBe(30)
  expect(logged('erased to make room')).toEqual([])
})
