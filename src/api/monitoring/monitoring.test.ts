import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newId } from '../../ids.ts'
import { eventually } from '../../testing.ts'
import { aTrace, TestApp } from '../testing/app.ts'

const TOKEN = 'prometheus-may-look-at-this'

let app: TestApp
beforeAll(async () => {
  app = await TestApp.start({
    config: (config) => {
      config.metrics.token = TOKEN
    },
  })
})
afterAll(() => app.stop())

/** All samples, by name and labels as they are written. */
async function scrape(): Promise<Map<string, number>> {
  const { status, text } = await app.call('GET /metrics', { as: TOKEN })
  expect(status).toBe(200)
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(' ')
      return [line.slice(0, at), Number(line.slice(at + 1))]
    }),
  )
}
/** By how much a sample grew while `work` was done. */
async function grown(name: string, work: () => Promise<unknown>): Promise<number> {
  const before = (await scrape()).get(name) ?? 0
  await work()
  return ((await scrape()).get(name) ?? 0) - before
}

describe('/metrics', () => {
  it('is open to its token alone, and is not there without one', async () => {
    expect((await app.call('GET /metrics', { as: '' })).status).toBe(401)
    expect((await app.call('GET /metrics', { as: `${TOKEN}x` })).status).toBe(401)
    expect((await app.call('GET /metrics')).status, 'an API key').toBe(401)
    const { headers } = await app.call('GET /metrics', { as: TOKEN })
    expect(headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/)
    const off = await TestApp.start()
    expect((await off.call('GET /metrics', { as: TOKEN })).status).toBe(404)
    await off.stop()
  })

  it('counts requests by the pattern of their route, whatever a client asks for', async () => {
    const route = 'trulayer_http_requests_total{method="GET",route="/v1/traces/{id}",status="404"}'
    const many = () => Promise.all(Array.from({ length: 20 }, () => app.call(`GET /v1/traces/${newId()}`)))
    expect(await grown(route, many)).toBe(20)
    const series = (await scrape()).size
    for (let i = 0; i < 20; i++) await app.call(`GET /v1/none/${i}?x=${i}`, { headers: { 'X-API-Key': `tl_${i}` } })
    await app.call('PROPFIND /v1/traces')
    const nowhere = [...(await scrape()).keys()].filter((name) => name.includes('(none)'))
    expect(nowhere.length).toBeLessThan(25)
    expect((await scrape()).size - series).toBeLessThan(50)
    expect(
      (await scrape()).get('trulayer_http_request_duration_seconds_count{method="GET",route="/v1/traces/{id}"}'),
    ).toBeGreaterThanOrEqual(20)
  })

  it('counts what was taken in, and what was not', async () => {
    const known = aTrace()
    await app.call('POST /v1/ingest', { send: known })
    const before = await scrape()
    const traces = [
      aTrace(),
      aTrace({
        spans: [
          { name: 'a', type: 'llm' },
          { name: 'b', type: 'tool' },
        ],
      }),
      known,
      'no trace',
    ]
    await app.call('POST /v1/ingest/batch', { send: { traces } })
    const after = await scrape()
    const more = (name: string) => (after.get(name) ?? 0) - (before.get(name) ?? 0)
    expect(more('trulayer_ingest_traces_total{outcome="created"}')).toBe(2)
    expect(more('trulayer_ingest_traces_total{outcome="duplicate"}')).toBe(1)
    expect(more('trulayer_ingest_spans_total')).toBe(4)
    expect(more('trulayer_ingest_dead_letters_total{source="batch",code="invalid_trace"}')).toBe(1)
    expect(more('trulayer_dead_letters{state="open"}')).toBe(1)
    expect(more('trulayer_ingest_bytes_total')).toBe(Buffer.byteLength(JSON.stringify({ traces })))
    expect(more('trulayer_commit_duration_seconds_count')).toBeGreaterThanOrEqual(1)
    expect(more('trulayer_ingest_commit_wait_seconds_count')).toBe(1)
    expect(more('trulayer_log_head')).toBe(2)
    expect(after.get('trulayer_ingest_queue_bytes')).toBe(0)
    expect(after.get('trulayer_ingest_queue_requests')).toBe(0)
  })

  it('counts rejections by their code: of a rate limit, of a log-in', async () => {
    const login = 'trulayer_http_errors_total{route="/v1/auth/login",code="invalid_credentials"}'
    const send = { email: 'nobody@example.com', password: 'guessing again' }
    expect(await grown(login, () => app.call('POST /v1/auth/login', { as: '', send }))).toBe(1)

    const calls = () => Promise.all(Array.from({ length: 601 }, () => app.call('GET /health', { as: '' })))
    app.clock.advance(60_000)
    const limited = 'trulayer_http_errors_total{route="/health",code="rate_limited"}'
    const before = (await scrape()).get(limited) ?? 0
    await calls()
    app.clock.advance(60_000)
    // The look before counted too.
    expect(((await scrape()).get(limited) ?? 0) - before).toBe(2)
  }, 30_000)

  it('tells how it stands: followers, files, disk, event loop', async () => {
    const { telemetry } = app
    await eventually(async () => expect((await scrape()).get('trulayer_follower_lag{follower="live"}')).toBe(0))
    const now = await scrape()
    expect(now.get('trulayer_log_head')).toBe(telemetry.head)
    expect(now.get('trulayer_file_bytes{file="telemetry.db"}')).toBeGreaterThan(0)
    expect(now.has('trulayer_file_bytes{file="telemetry.db-wal"}')).toBe(true)
    for (const state of ['queued', 'running', 'dead']) expect(now.get(`trulayer_tasks{state="${state}"}`)).toBe(0)
    expect(now.get('trulayer_disk_free_bytes')).toBeGreaterThan(0)
    expect(now.get('trulayer_disk_state{state="ok"}')).toBe(1)
    expect(now.get('trulayer_disk_state{state="full"}')).toBe(0)
    expect(now.get('trulayer_storage_writable')).toBe(1)
    expect(now.get('trulayer_event_loop_lag_seconds{quantile="0.99"}')).toBeGreaterThanOrEqual(0)
    expect(now.get('trulayer_process_memory_bytes{kind="resident"}')).toBeGreaterThan(1e6)
    expect([...now.keys()].some((name) => name.startsWith('trulayer_build_info{version="'))).toBe(true)
  })
})
