import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Change } from '../storage/telemetry/questions/log.ts'
import { eventually } from '../testing.ts'
import { aTrace, PASSWORD, TestApp } from './testing/app.ts'

/** The clock of a machine is set back: by an hour, and over midnight into the month before. */
const BACK_MS = 13 * 3_600_000

const followed: Change[] = []
let app: TestApp
beforeEach(async () => {
  followed.length = 0
  const apply = async (batch: readonly Change[]) => void followed.push(...batch)
  app = await TestApp.start({ followers: [{ name: 'noting', effects: 'elsewhere', apply }] })
})
afterEach(() => app.stop())

const send = async (count: number) => {
  const traces = Array.from({ length: count }, () => aTrace({ started_at: undefined, ended_at: undefined, spans: [] }))
  const answer = await app.call('POST /v1/ingest/batch', { send: { traces } })
  expect(answer).toMatchObject({ status: 201, body: { ingested: count } })
  return traces.map(({ id }) => id)
}

it('nothing is lost or told twice: not to followers, not to who turns pages', async () => {
  const before = await send(30)
  const first = await app.call('GET /v1/traces?limit=10')
  app.clock.advance(-BACK_MS)
  const after = await send(30)

  const pages: string[] = []
  let cursor: string | null = null
  do {
    const { body } = await app.call(`GET /v1/traces?limit=7${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`)
    pages.push(...body.traces.map(({ id }: { id: string }) => id))
    cursor = body.next_cursor
  } while (cursor)
  expect(pages).toHaveLength(60)
  expect(new Set(pages)).toEqual(new Set([...before, ...after]))
  // A cursor from before goes on where it was: what is older by its own time comes behind it.
  const next = await app.call(`GET /v1/traces?limit=100&cursor=${encodeURIComponent(first.body.next_cursor)}`)
  expect(next.body.traces).toHaveLength(50)

  await eventually(() => expect(followed).toHaveLength(60))
  expect(followed.map(({ traceId }) => traceId)).toEqual([...before, ...after])
  const places = followed.map(({ seq }) => seq)
  expect(places).toEqual([...places].sort((a, b) => a - b))
  await app.restart()
  const last = await send(1)
  await eventually(() => expect(followed.at(-1)?.traceId).toBe(last[0]))
  expect(followed).toHaveLength(61)
  expect((await app.call('POST /v1/ingest', { send: aTrace({ id: before[0] }) })).body).toEqual({ status: 'duplicate' })
})

it('nobody is locked out: sessions hold, waits are no longer than they would be', async () => {
  const email = 'owner@example.com'
  const session = await app.person(app.tenantId, email, 'owner')
  const login = (password: string) => app.call('POST /v1/auth/login', { as: '', send: { email, password } })
  for (let i = 0; i < 7; i++) await login('a wrong password')
  const slowed = await login(PASSWORD)
  expect(slowed.status).toBe(429)

  app.clock.advance(-BACK_MS)
  expect((await app.call('GET /v1/auth/me', { as: session })).status).toBe(200)
  const still = await login(PASSWORD)
  const waitS = still.status === 429 ? Number(still.headers['retry-after']) : 0
  expect(waitS).toBeLessThanOrEqual(Number(slowed.headers['retry-after']) + 1)
  app.clock.advance(waitS * 1_000)
  expect((await login(PASSWORD)).status).toBe(200)
})

it('a rate limit is one of a minute, on either side of the jump', async () => {
  const calls = (count: number) => Promise.all(Array.from({ length: count }, () => app.call('GET /health', { as: '' })))
  expect((await calls(601)).filter(({ status }) => status === 429)).toHaveLength(1)
  app.clock.advance(-BACK_MS)
  const [answer] = await calls(1)
  expect(answer?.status).toBe(200)
  const reset = Number(answer?.headers['x-ratelimit-reset']) - app.clock.now() / 1000
  expect(reset).toBeGreaterThan(0)
  expect(reset).toBeLessThanOrEqual(60)
  expect((await calls(600)).filter(({ status }) => status === 429)).toHaveLength(1)
})
