import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TenantId } from '../../ids.ts'
import { aTrace, TestApp } from '../testing/app.ts'

let app: TestApp
let other: { tenantId: TenantId; key: string; traceId: string; projectId: string }

/** Twelve traces, one a minute, of which each has something that the others have not. */
const SPECIAL: object[] = [
  { session_id: 'conversation-7' },
  { name: 'nightly report' },
  {
    spans: [
      { name: 'a', type: 'llm', model: 'gpt-4o' },
      { name: 'b', type: 'llm', model: 'claude-sonnet-4-5' },
    ],
  },
  { error: 'Request timed out after 30 s' },
  { latency_ms: 90_000 },
  { spans: [{ name: 'long', prompt_tokens: 50_000 }] },
  { tags: { tier: 'gold' } },
  { metadata: { customer: { plan: 'scale' }, flags: ['beta', 'eu'], n: 17, paid: true, long: 'x'.repeat(500) } },
  { cost: 12.5 },
  { user_id: 'ada', environment: 'staging', tags: ['beta', 'a b'] },
  { started_at: '2026-02-01T00:00:00Z', ended_at: null },
  {},
]
const minute = (i: number) => new Date(Date.parse('2026-03-01T10:00:00Z') + i * 60_000).toISOString()
let ids: string[]

beforeAll(async () => {
  app = await TestApp.start()
  const traces = SPECIAL.map((fields, i) =>
    aTrace({ name: `trace ${i}`, started_at: minute(i), ended_at: minute(i), ...fields }),
  )
  ids = traces.map(({ id }) => id)
  await app.call('POST /v1/ingest/batch', { send: { traces } })
  const tenantId = await app.tenant('Other')
  const key = await app.addKey(tenantId)
  const { body } = await app.call('POST /v1/ingest', { as: key, send: aTrace({ session_id: 'conversation-7' }) })
  const { body: projects } = await app.call('GET /v1/projects', { as: key })
  other = { tenantId, key, traceId: body.id, projectId: projects.projects[0].id }
})
afterAll(() => app.stop())

const list = (query: string, as?: string) => app.call(`GET /v1/traces?${query}`, { as })
const found = async (query: string): Promise<number[]> => {
  const { body } = await list(query)
  return body.traces.map(({ id }: { id: string }) => ids.indexOf(id))
}

describe('GET /v1/traces', () => {
  const filters: [query: string, expected: number[]][] = [
    ['session_id=conversation-7', [0]],
    ['name=nightly report', [1]],
    ['model=gpt-4o', [2]],
    ['model=claude-sonnet-4-5', [2]],
    ['error=true', [3]],
    ['user_id=ada', [9]],
    ['user_id=Ada', []],
    ['environment=staging', [9]],
    ['environment=staging&user_id=bob', []],
    ['tag=beta', [9]],
    ['tag=a b', [9]],
    ['tag=beta&environment=staging&user_id=ada&error=true', []],
    ['failure_type=timeout', [3]],
    ['latency_min=60000', [4]],
    ['latency_min=1&latency_max=89999', []],
    ['token_count_min=20000', [5]],
    ['cost_min=1', [8]],
    ['cost_max=0.0001&cost_min=0.00001', []],
    ['tag_key=tier&tag_value=gold', [6]],
    ['metadata.customer.plan=scale', [7]],
    ['metadata.flags=eu', [7]],
    ['metadata.n=17', [7]],
    ['metadata.paid=true', [7]],
    [`metadata.long=${'x'.repeat(500)}`, [7]],
    [`metadata.long=${'x'.repeat(499)}`, []],
    ['metadata.flags=eu&metadata.paid=false', []],
    [`from=${minute(3)}&to=${minute(5)}`, [5, 4, 3]],
    ['to=2026-02-15T00:00:00Z', [10]],
    [`error=false&from=${minute(2)}&to=${minute(4)}`, [4, 2]],
    ['sort=-cost&limit=1', [8]],
    ['sort=-latency_ms&limit=1', [4]],
    ['sort=-total_token_count&limit=1', [5]],
    ['sort=started_at&limit=2', [10, 0]],
    ['model=gpt-4o&error=true', []],
    ['unknown=parameter&limit=1', [11]],
  ]
  it.each(filters)('?%s', async (query, expected) => {
    expect(await found(query.replaceAll(' ', '%20'))).toEqual(expected)
  })

  it('pages through everything once, newest first', async () => {
    const seen: number[] = []
    let cursor = ''
    do {
      const { body } = await list(`limit=5${cursor && `&cursor=${cursor}`}`)
      seen.push(...body.traces.map(({ id }: { id: string }) => ids.indexOf(id)))
      expect(body.has_more).toBe(body.next_cursor !== null)
      cursor = body.next_cursor ?? ''
    } while (cursor)
    expect(seen).toEqual([11, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 10])
  })

  it('shows how input and output begin, and leaves the rest to the trace', async () => {
    const { body } = await list('limit=1')
    expect(body.traces[0]).toMatchObject({ input_preview: 'hi', output_preview: 'hello', tags: [], span_count: 1 })
    expect(body.traces[0]).not.toHaveProperty('spans')
  })

  const wrong: [query: string, code: string, says: RegExp][] = [
    ['limit=0', 'invalid_query', /limit/],
    ['limit=201', 'invalid_query', /limit/],
    ['limit=ten', 'invalid_query', /limit/],
    ['error=maybe', 'invalid_query', /error/],
    ['failure_type=bad_luck', 'invalid_query', /failure_type/],
    ['project_id=default', 'invalid_query', /project_id/],
    ['from=yesterday', 'invalid_query', /from: must be an RFC 3339 time/],
    ['from=2026-03-02T00:00:00Z&to=2026-03-01T00:00:00Z', 'invalid_query', /to: must not be before from/],
    ['latency_min=9&latency_max=8', 'invalid_query', /latency_max/],
    ['cost_min=-0.1', 'invalid_query', /cost_min/],
    ['cost_min=2&cost_max=1', 'invalid_query', /cost_max/],
    ['latency_min=-1', 'invalid_query', /latency_min/],
    ['tag_key=tier', 'error.tags_filter_incomplete', /together/],
    ['tag_value=gold', 'error.tags_filter_incomplete', /together/],
    ['sort=colour', 'invalid_query', /sort/],
    ['cursor=nonsense', 'invalid_cursor', /cursor/],
  ]
  it.each(wrong)('?%s is a 400 that says why', async (query, code, says) => {
    const answer = await list(query)
    expect(answer).toMatchObject({ status: 400, body: { code } })
    expect(answer.body.error).toMatch(says)
  })

  it('refuses a cursor of another order, or of another endpoint', async () => {
    const { body } = await list('limit=1')
    expect(await list(`sort=-cost&cursor=${body.next_cursor}`)).toMatchObject({
      status: 400,
      body: { code: 'invalid_cursor' },
    })
    await app.addProject(app.tenantId, 'Second')
    const projects = await app.call('GET /v1/projects?limit=1')
    expect(await list(`cursor=${projects.body.next_cursor}`)).toMatchObject({
      status: 400,
      body: { code: 'invalid_cursor' },
    })
  })
})

describe('tenants', () => {
  it("do not see each other's traces", async () => {
    expect(await found('session_id=conversation-7')).toEqual([0])
    expect((await list('', other.key)).body.traces.map(({ id }: { id: string }) => id)).toEqual([other.traceId])
    expect(await found(`project_id=${other.projectId}`)).toEqual([])
    expect((await app.call(`GET /v1/traces/${other.traceId}`)).status).toBe(404)
    expect((await app.call(`GET /v1/traces/${ids[0]}`, { as: other.key })).status).toBe(404)
  })
})

describe('GET /v1/traces/{id}', () => {
  it.each(['01a2000e-ca23-74db-9d7c-834bfc55cb22', 'not-a-uuid', '%00', '..%2f..'])('%s is a 404', async (id) => {
    expect(await app.call(`GET /v1/traces/${id}`)).toMatchObject({ status: 404, body: { code: 'not_found' } })
  })

  it('finds an id in capitals too', async () => {
    expect((await app.trace((ids[0] ?? '').toUpperCase())).id).toBe(ids[0])
  })

  it('gives spans in the order of their start', async () => {
    const at = (second: number) => `2026-03-01T10:00:0${second}.000Z`
    const spans = [3, 1, 2].map((second) => ({ name: `s${second}`, start_time: at(second) }))
    const trace = aTrace({ spans: [{ name: 'untimed' }, ...spans] })
    await app.call('POST /v1/ingest', { send: trace })
    expect((await app.trace(trace.id)).spans?.map(({ name }) => name)).toEqual(['s1', 's2', 's3', 'untimed'])
  })
})

describe('who may read', () => {
  it.each([
    ['a key that may only read', () => app.addKey(app.tenantId, { scopes: ['query'] }), 200],
    ['a viewer', () => app.person(app.tenantId, 'viewer@example.com', 'viewer'), 200],
    ['nobody', () => '', 401],
  ])('%s', async (_, as, status) => {
    expect((await list('limit=1', await as())).status).toBe(status)
  })

  it('a starter tenant may read 3,600 times a minute', async () => {
    const key = await app.addKey(await app.tenant('Small', 'starter'))
    const first = await list('limit=1', key)
    expect(first.headers).toMatchObject({ 'x-ratelimit-limit': '3600', 'x-ratelimit-remaining': '3599' })
    for (let i = 0; i < 36; i++) await Promise.all(Array.from({ length: 100 }, () => fetchTraces(key)))
    const over = await list('limit=1', key)
    expect(over).toMatchObject({ status: 429, body: { code: 'rate_limited' }, headers: { 'retry-after': '60' } })
    app.clock.advance(60_000)
    expect((await list('limit=1', key)).status).toBe(200)
  })

  const fetchTraces = async (key: string) => {
    const answer = await fetch(`${app.url}/v1/deprecations`, { headers: { Authorization: `Bearer ${key}` } })
    await answer.arrayBuffer()
  }
})
