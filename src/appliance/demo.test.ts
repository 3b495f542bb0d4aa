import path from 'node:path'
import Database from 'better-sqlite3'
import { expect, it } from 'vitest'
import type { DemoAnswer } from '../api/demo/present.ts'
import { demoTraffic } from '../demo/traffic.ts'
import { eventually } from '../testing.ts'
import { call } from './client.ts'
import { run, runJson } from './command.ts'
import { API_KEY, Appliance, temporaryDir } from './process.ts'

function traces(dir: string): number {
  const db = new Database(path.join(dir, 'data', 'telemetry.db'), { readonly: true })
  try {
    return db.prepare<[], number>('SELECT count(*) FROM traces').pluck().get() ?? -1
  } finally {
    db.close()
  }
}

const made = ({ seed, days, ends_at }: DemoAnswer): number => {
  let sum = 0
  for (const stretch of demoTraffic({ seed: seed ?? 0, days: days ?? 0, now: Date.parse(ends_at ?? '') })) {
    sum += stretch.traces
  }
  return sum
}

it('is loaded and removed by a command, whether the appliance runs or not', { timeout: 120_000 }, async () => {
  const appliance = await Appliance.start()
  const { dir } = appliance
  const url = ['--url', appliance.url]
  const key = ['--key', API_KEY]
  const loaded = await runJson<DemoAnswer>(dir, ['demo', '--days', '1', ...url, ...key])
  expect(loaded).toMatchObject({ state: 'loaded', seed: 1, days: 1, incidents: [{ kind: 'error_rate_spike' }] })
  expect(traces(dir)).toBe(made(loaded))
  const wrong = await run(dir, ['demo', ...url, '--key', 'tl_wrong_wrong_wrong_wrong'])
  expect(wrong).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('401') })
  await appliance.term()

  expect(await runJson(dir, ['demo', '--days', '1'])).toEqual(loaded)
  expect(await run(dir, ['demo', '--days', '2'])).toMatchObject({ code: 1, stderr: expect.stringMatching(/remove it/) })
  expect(await run(dir, ['demo', '--remove'])).toMatchObject({ code: 0, stdout: 'There is no demo here now.\n' })
  expect(traces(dir)).toBe(0)
  const again = await run(dir, ['demo', '--days', '1', '--seed', '2'])
  expect(again.stdout).toMatch(/traces of 1 days are in the project Demo[\s\S]*error_rate_spike[\s\S]*trulayer serve/)
})

it('goes on loading after a kill -9, with nothing lost and nothing twice', { timeout: 120_000 }, async () => {
  const appliance = await Appliance.start()
  const state = async () => (await call(appliance, 'GET /v1/demo')).body as DemoAnswer
  await call(appliance, 'POST /v1/demo', { send: { days: 3 } })
  await eventually(async () => expect((await state()).traces).toBeGreaterThan(0))
  await appliance.kill()
  await appliance.start()
  const taken = await state()
  expect(taken.state).toBe('loading')
  await eventually(async () => expect((await state()).state).toBe('loaded'))
  expect((await state()).traces).toBe(made(taken))
  expect(traces(appliance.dir)).toBe(made(taken))
})

it('says what to do where nothing is set up, or where it does not understand', async () => {
  const dir = temporaryDir()
  expect(await run(dir, ['demo'])).toMatchObject({ code: 1, stderr: expect.stringContaining('trulayer setup') })
  expect(await run(dir, ['demo', '--days', 'x'])).toMatchObject({ code: 2, stderr: expect.stringContaining('--days') })
  const nobody = await run(dir, ['demo', '--url', 'http://127.0.0.1:9', '--key', 'k'])
  expect(nobody).toMatchObject({ code: 1, stderr: expect.stringContaining('http://127.0.0.1:9') })
})
