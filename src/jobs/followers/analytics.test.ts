import { statSync, truncateSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { aTrace, TestApp } from '../../api/testing/app.ts'

const TRACES = 3_000

it('makes a mirror that was damaged anew while everything else goes on, and tells how far it is', {
  timeout: 60_000,
}, async () => {
  const app = await TestApp.start({ logLevel: 'info' })
  const send = async (count: number) => {
    const traces = Array.from({ length: count }, () => aTrace({ spans: [] }))
    expect((await app.call('POST /v1/ingest/batch', { send: { traces } })).status).toBe(201)
  }
  const metrics = async () => (await app.call('GET /v1/metrics')).body
  const analytics = async () => {
    const { status, body } = await app.call('GET /ready')
    expect(status).toBe(200)
    return body.followers.find(({ name }: { name: string }) => name === 'analytics')
  }
  for (let i = 0; i < TRACES / 100; i += 1) await send(100)
  expect(await metrics()).toMatchObject({ total_traces: TRACES, behind: 0 })

  const file = path.join(app.dir, 'analytics.duckdb')
  await app.restart(() => truncateSync(file, Math.floor(statSync(file).size / 2)))
  const said = app.logged.length
  const seen: number[] = []
  app.analytics.onProgress((progress) => seen.push(progress))
  await send(1)
  expect((await app.call('GET /v1/traces?limit=1')).body.traces).toHaveLength(1)
  while ((await analytics()).progress < 1) await pause(5)
  expect(seen.some((progress) => progress < 1)).toBe(true)
  expect(await metrics()).toMatchObject({ total_traces: TRACES + 1, behind: 0 })
  const lines = app.logged.slice(said)
  const percents = lines.flatMap(({ msg, percent }) => (msg === 'analytics is made from the log' ? [percent] : []))
  expect(percents.length).toBeGreaterThan(1)
  expect(percents.at(-1)).toBe(100)
  await app.stop()
})
