import { afterAll, beforeAll, expect, it } from 'vitest'
import { TestApp } from '../testing/app.ts'

let app: TestApp
beforeAll(async () => {
  app = await TestApp.start()
})
afterAll(() => app.stop())

it('/health says that the process is alive, and since when it knows', async () => {
  expect(await app.call('GET /health', { as: '' })).toMatchObject({
    status: 200,
    body: { status: 'ok', time: '2026-03-01T12:00:00.000Z' },
  })
})

it('/ready says that the store is open and the followers run', async () => {
  expect(await app.call('GET /ready', { as: '' })).toMatchObject({
    status: 200,
    body: {
      status: 'ready',
      storage: 'open',
      followers: [
        { name: 'live', state: 'following', lag: 0, failures: 0, progress: null },
        { name: 'analytics', state: 'following', lag: 0, failures: 0, progress: 1 },
        { name: 'search', state: 'following', lag: 0, failures: 0, progress: 1 },
      ],
    },
  })
})

it('/v1/deprecations lists what goes away', async () => {
  const { body } = await app.call('GET /v1/deprecations')
  expect(body.map(({ field, endpoint }: { field: string; endpoint: string }) => `${field} of ${endpoint}`)).toEqual([
    'items of GET /v1/dsr',
    'offset of GET /v1/anomalies',
  ])
})
