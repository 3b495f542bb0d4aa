import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { call } from './client.ts'
import { Appliance, temporaryDir } from './process.ts'
import { batchOf, seeded, someTraces } from './traces.ts'

/** Data directories that earlier versions left, by version, each with what its API answered for every trace. */
const FIXTURES = path.resolve(import.meta.dirname, '../../fixtures/data')
const KEY = { Authorization: 'Bearer tl_fixture_0123456789abcdefghij' }

it.each(readdirSync(FIXTURES))('opens the data of version %s, whole', async (version) => {
  const dir = temporaryDir()
  mkdirSync(path.join(dir, 'data'))
  for (const name of ['control.db', 'telemetry.db', 'secret.key']) {
    const packed = readFileSync(path.join(FIXTURES, version, `${name}.gz`))
    writeFileSync(path.join(dir, 'data', name), gunzipSync(packed), { mode: 0o600 })
  }
  const appliance = await Appliance.start({ dir })
  const expected = JSON.parse(readFileSync(path.join(FIXTURES, version, 'traces.json'), 'utf8')) as { id: string }[]
  for (const trace of expected) {
    expect(await call(appliance, `GET /v1/traces/${trace.id}`, { headers: KEY })).toMatchObject({
      status: 200,
      body: trace,
    })
  }
  const list = await call(appliance, 'GET /v1/traces', { headers: KEY })
  expect((list.body.traces as unknown[]).length).toBe(expected.length)
  const login = { email: 'owner@example.com', password: 'correct-horse-battery' }
  expect((await call(appliance, 'POST /v1/auth/login', { send: login })).status).toBe(200)
  const more = { headers: KEY, send: batchOf(someTraces(seeded(3), 2)) }
  expect(await call(appliance, 'POST /v1/ingest/batch', more)).toMatchObject({ status: 201, body: { ingested: 2 } })
})
