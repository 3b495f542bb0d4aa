import { request } from 'node:http'
import { parse } from 'csv-parse/sync'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { eventually } from '../../testing.ts'
import { aTrace, TestApp } from '../testing/app.ts'
import { trace as traceSchema } from './schemas.ts'

let app: TestApp
beforeAll(async () => {
  app = await TestApp.start()
})
afterAll(() => app.stop())

const HEADER = 'id,project_id,model,environment,status,duration_ms,token_count,cost_usd,created_at'

/** A tenant of its own with these traces, oldest first. */
async function tenantWith(traces: object[], plan?: 'starter' | 'pro') {
  const tenantId = await app.tenant(`T${Math.random()}`, plan)
  const key = await app.addKey(tenantId)
  for (let at = 0; at < traces.length; at += 100)
    await app.call('POST /v1/ingest/batch', { as: key, send: { traces: traces.slice(at, at + 100) } })
  return key
}

const minute = (n: number) => new Date(Date.parse('2026-03-01T10:00:00Z') + n * 60_000).toISOString()
const get = (as: string, query = '') => app.call(`GET /v1/traces/export${query}`, { as })
const lines = (text: string) => text.split('\n').filter(Boolean)

describe('traces as CSV', () => {
  it('have the columns in their order, newest first', async () => {
    const [a, b] = [
      aTrace({ started_at: minute(1), ended_at: minute(2), environment: 'prod' }),
      aTrace({ started_at: minute(3), ended_at: null, error: 'boom', spans: [] }),
    ]
    const key = await tenantWith([a, b])
    const answer = await get(key)
    expect(answer.headers).toMatchObject({
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': 'attachment; filename="traces-2026-03-01.csv"',
    })
    expect(answer.headers['x-trulayer-truncated']).toBeUndefined()
    const project = (await app.trace(a.id, key)).project_id
    const at = '2026-03-01T12:00:00.000Z'
    expect(lines(answer.text)).toEqual([
      HEADER,
      `${b.id},${project},,,error,,,,${at}`,
      `${a.id},${project},gpt-4o-mini,prod,ok,60000,1100,0.00021,${at}`,
    ])
  })

  it('hold no formulas and quote what needs it', async () => {
    const wild = ['=HYPERLINK("http://x","y")', '+1', '-1', '@SUM(A1)', 'a "quoted", one', 'two\nlines']
    const key = await tenantWith(wild.map((model, i) => aTrace({ model, started_at: minute(-i) })))
    const rows: Record<string, string>[] = parse((await get(key)).text, { columns: true })
    expect(rows.map((row) => row.model)).toEqual([
      `'=HYPERLINK("http://x","y")`,
      "'+1",
      "'-1",
      "'@SUM(A1)",
      'a "quoted", one',
      'two\nlines',
    ])
  })

  it('of nobody are the header alone', async () => {
    expect((await get(await tenantWith([]))).text).toBe(`${HEADER}\n`)
  })
})

describe('traces as JSON lines', () => {
  it('have the same fields', async () => {
    const trace = aTrace({ started_at: minute(1) })
    const key = await tenantWith([trace])
    const answer = await get(key, '?format=jsonl')
    expect(answer.headers['content-type']).toBe('application/x-ndjson')
    expect(answer.headers['content-disposition']).toBe('attachment; filename="traces-2026-03-01.jsonl"')
    const [row] = lines(answer.text).map((line) => JSON.parse(line))
    expect(Object.keys(row).join()).toBe(HEADER)
    expect(row).toMatchObject({ id: trace.id, status: 'ok', environment: null, token_count: 1100, cost_usd: 0.00021 })
  })

  it('are whole traces with fields=all', async () => {
    const traces = Array.from({ length: 230 }, (_, i) => aTrace({ started_at: minute(-i), input: 'é'.repeat(2_000) }))
    const key = await tenantWith(traces)
    const whole = lines((await get(key, '?format=jsonl&fields=all')).text).map((line) =>
      traceSchema.parse(JSON.parse(line)),
    )
    expect(whole.map(({ id }) => id)).toEqual(traces.map(({ id }) => id))
    expect(whole[0]).toEqual(await app.trace(traces[0]?.id ?? '', key))
  })

  it('cannot be whole in a table', async () => {
    const answer = await get(app.key, '?fields=all')
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_query' } })
  })
})

it('filters as the list does, over many pages', async () => {
  const traces = Array.from({ length: 2_500 }, (_, i) =>
    aTrace({ started_at: minute(-(i % 700)), error: i % 2 === 0, session_id: `s${i % 3}`, spans: [] }),
  )
  const key = await tenantWith(traces)
  const ids = async (query: string) =>
    lines((await get(key, `?format=jsonl${query}`)).text).map((line) => JSON.parse(line).id)
  const every = await ids('')
  expect(every).toHaveLength(2_500)
  expect(new Set(every)).toEqual(new Set(traces.map(({ id }) => id)))
  expect(await ids('&error=true')).toHaveLength(1_250)
  const some = await ids(`&session_id=s1&error=false&from=${minute(-99)}`)
  const expected = traces.filter((t, i) => i % 3 === 1 && i % 2 === 1 && t.started_at >= minute(-99))
  expect(new Set(some)).toEqual(new Set(expected.map(({ id }) => id)))
  const { body } = await app.call(`GET /v1/traces?session_id=s1&error=false&from=${minute(-99)}&limit=200`, { as: key })
  expect(some).toEqual(body.traces.map(({ id }: { id: string }) => id))
})

it('composes a text with the filters as the list does, over many pages', async () => {
  const traces = Array.from({ length: 2_600 }, (_, i) =>
    aTrace({
      ...{ started_at: minute(-(i % 700)), error: i % 3 === 0, session_id: `s${i % 5}`, spans: [] },
      ...{ input: i % 2 === 0 ? 'an even refund' : 'an odd refund', name: i % 650 === 0 ? 'rare' : 'common' },
    }),
  )
  const key = await tenantWith(traces)
  const exported = async (query: string) => {
    const { text, headers } = await get(key, `?format=jsonl&${query}`)
    return { unseen: headers['x-trulayer-not-yet-searchable'], ids: lines(text).map((line) => JSON.parse(line).id) }
  }
  const listed = async (query: string) => {
    const ids: string[] = []
    for (let cursor = '', more = true; more; ) {
      const { body } = await app.call(`GET /v1/traces?limit=200&${query}${cursor}`, { as: key })
      ids.push(...body.traces.map(({ id }: { id: string }) => id))
      cursor = `&cursor=${body.next_cursor}`
      more = body.has_more
    }
    return ids
  }
  await eventually(async () => expect((await exported('q=refund')).unseen).toBeUndefined())
  for (const [query, count] of [
    ['q=refund', 2_600],
    ['q=odd', 1_300],
    ['q=even&error=true&session_id=s1', 87],
    ['q=refund%20-odd&error=false', 866],
    ['q=name:rare', 4],
    [`q=odd&from=${minute(-20)}&to=${minute(-10)}`, 20],
    ['q=nowhere', 0],
  ] as const) {
    const { ids } = await exported(query)
    expect([query, ids.length]).toEqual([query, count])
    expect(ids).toEqual(await listed(query))
  }
  const whole = lines((await get(key, '?format=jsonl&fields=all&q=name:rare')).text).map((line) => JSON.parse(line))
  expect(whole.map(({ name }) => name)).toEqual(['rare', 'rare', 'rare', 'rare'])
  expect((await get(key, '?q=%22%22')).status).toBe(400)
  const stranger = await tenantWith([aTrace({ input: 'another refund' })])
  await eventually(async () => expect(lines((await get(stranger, '?q=refund')).text)).toHaveLength(2))
})

describe('the cap of the plan', () => {
  it.each([
    [100, undefined],
    [101, 'true'],
  ])('at 100 rows: of %i traces the header is %s', async (count, truncated) => {
    const key = await tenantWith(
      Array.from({ length: count }, (_, i) => aTrace({ started_at: minute(-i), spans: [] })),
      'starter',
    )
    for (const query of ['', '?format=jsonl', '?format=jsonl&fields=all']) {
      const answer = await get(key, query)
      expect(answer.headers['x-trulayer-truncated']).toBe(truncated)
      expect(lines(answer.text)).toHaveLength(query === '' ? 101 : 100)
    }
  })

  it('at 5,000 rows', async () => {
    const key = await tenantWith(
      Array.from({ length: 5_001 }, (_, i) => ({ started_at: minute(-i) })),
      'pro',
    )
    const answer = await get(key)
    expect(answer.headers['x-trulayer-truncated']).toBe('true')
    expect(lines(answer.text)).toHaveLength(5_001)
  })
})

it('shows a tenant its own traces only', async () => {
  await tenantWith([aTrace()])
  const key = await tenantWith([])
  const { body } = await app.call('GET /v1/projects')
  expect((await get(key, `?project_id=${body.projects[0].id}`)).text).toBe(`${HEADER}\n`)
})

it.each([
  ['nobody', '', 401],
  ['?format=xml', undefined, 400],
  ['?from=2026-03-02T00:00:00Z&to=2026-03-01T00:00:00Z', undefined, 400],
])('refuses %s', async (query, as, status) => {
  expect((await get(as ?? app.key, query.startsWith('?') ? query : '')).status).toBe(status)
})

it('takes a key that may only read', async () => {
  const key = await app.addKey(app.tenantId, { scopes: ['query'] })
  expect((await get(key)).status).toBe(200)
})

describe('an export that is not read', () => {
  let busy: TestApp
  beforeAll(async () => {
    busy = await TestApp.start({ config: (config) => (config.exports.at_once = 1) })
    for (let i = 0; i < 40; i++) await busy.call('POST /v1/ingest', { send: aTrace({ input: 'x'.repeat(900_000) }) })
  })
  afterAll(() => busy.stop())

  /** Begins an export and leaves it unread; answers what goes away. */
  const begin = () =>
    new Promise<() => void>((resolve) => {
      const headers = { Authorization: `Bearer ${busy.key}` }
      const call = request(`${busy.url}/v1/traces/export?format=jsonl&fields=all`, { headers }, (res) => {
        res.on('error', () => undefined)
        resolve(() => call.destroy())
      })
      call.on('error', () => undefined)
      call.end()
    })
  const another = () => busy.call('GET /v1/traces/export')

  it('keeps others out until its client goes', async () => {
    const leave = await begin()
    expect(await another()).toMatchObject({
      status: 503,
      body: { code: 'exports_busy' },
      headers: { 'retry-after': '10' },
    })
    leave()
    await eventually(async () => expect((await another()).status).toBe(200))
  })

  it('is cut off after a minute', async () => {
    onTestFinished(await begin())
    expect((await another()).status).toBe(503)
    await eventually(async () => {
      // Again and again: only a piece that waits has a time, and until the sockets are full none does.
      busy.clock.advance(60_000)
      expect((await another()).status).toBe(200)
    })
  })
})
