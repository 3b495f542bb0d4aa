import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aTrace, TestApp } from '../testing/app.ts'

describe('a statement that asks for too much', { timeout: 60_000 }, () => {
  let app: TestApp
  let as: string
  beforeAll(async () => {
    app = await TestApp.start({
      config: ({ analytics }) => {
        analytics.console_seconds = 2
        analytics.console_memory_bytes = 64 * 1024 * 1024
      },
    })
    as = await app.person(app.tenantId, 'owner@example.com', 'owner')
    await app.call('POST /v1/ingest', { send: aTrace() })
  })
  afterAll(() => app.stop())
  const run = (sql: string) => app.call('POST /v1/analytics/query', { as, send: { sql } })

  it.each([
    'SELECT count(*) FROM range(100000000000) t(i) WHERE hash(i) % 7 = 1',
    'WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT max(n) FROM r',
    "SELECT length(repeat('x', 2000000000))",
    'SELECT list(i) FROM range(1000000000) t(i)',
    'SELECT list_sort(range(400000000))',
    'SELECT count(*) FROM range(1000000) a, range(1000000) b, range(1000000) c WHERE a.range + b.range = c.range * 2 + 1 AND hash(a.range) % 3 = 1',
    'SELECT * FROM (SELECT unnest(range(100000000)) AS i) ORDER BY hash(i)',
    "WITH RECURSIVE r AS (SELECT 'x' AS s, 0 AS n UNION ALL SELECT s || s, n + 1 FROM r WHERE n < 40) SELECT max(length(s)) FROM r",
  ])('refuses %s', async (sql) => {
    const answer = await run(sql)
    expect([answer.status, answer.body.error]).toEqual([422, expect.any(String)])
    expect(answer.body.error).not.toMatch(/\/tmp\/trulayer|analytics\.console/)
  })

  // Some of these end soon, some with an error of their own, none late, and none with the appliance.
  it.each([
    "SELECT rpad('x', 2000000000, 'y')",
    'SELECT length(list_value(range(2000000000))::VARCHAR)',
    "SELECT regexp_matches(repeat('a', 50000000) || 'b', '(a+)+$')",
    "SELECT format('{:>2000000000}', 'x')",
    'SELECT factorial(100000)',
    "SELECT sum(length(repeat('x', 1000000))) FROM range(1000000) t(i)",
  ])('bounds %s', async (sql) => {
    const began = performance.now()
    const { status, body, text } = await run(sql)
    expect([200, 400, 422]).toContain(status)
    if (status !== 200) expect(body.error).toMatch(/\w+ \w+/)
    expect((text ?? JSON.stringify(body)).length).toBeLessThan(64 * 1024 * 1024)
    expect(performance.now() - began).toBeLessThan(20_000)
    expect((await run('SELECT 1')).status).toBe(200)
  })

  it('ends a statement whose asker has gone', async () => {
    const patient = await TestApp.start({
      config: (config) => {
        config.analytics.console_seconds = 600
      },
    })
    const as = await patient.person(patient.tenantId, 'owner@example.com', 'owner')
    const gone = new AbortController()
    const slow = () =>
      fetch(`${patient.url}/v1/analytics/query`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${as}`, 'Content-Type': 'application/json' },
        body: JSON.stringify({ sql: 'SELECT count(*) FROM range(100000000000) t(i) WHERE hash(i) % 7 = 1' }),
        signal: gone.signal,
      }).then(
        ({ status }) => status,
        (error: Error) => error.name,
      )
    const asked = [slow(), slow(), slow()]
    // Two run; for the third there is no room.
    expect(await Promise.race(asked)).toBe(503)
    gone.abort()
    expect((await Promise.all(asked)).toSorted()).toEqual([503, 'AbortError', 'AbortError'])
    const next = async () => (await patient.call('POST /v1/analytics/query', { as, send: { sql: 'SELECT 1' } })).status
    await expect.poll(next, { timeout: 30_000, interval: 200 }).toBe(200)
    await patient.stop()
  })
})
