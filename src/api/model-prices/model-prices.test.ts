import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { eventually } from '../../testing.ts'
import { aTrace, TestApp } from '../testing/app.ts'

let app: TestApp
let owner: string
beforeEach(async () => {
  app = await TestApp.start()
  owner = await app.person(app.tenantId, 'owner@example.com', 'owner')
})
afterEach(() => app.stop())

const call = (line: string, send?: object | string, as = owner, headers: Record<string, string> = {}) =>
  app.call(line, { as, send, headers })
const put = (price: object) => call('PUT /v1/model-prices', { per_million: { input: 1 }, ...price })
const csv = (text: string, query = '') =>
  call(`POST /v1/model-prices/import${query}`, text, owner, { 'Content-Type': 'text/csv' })
const actions = async () => (await app.control.auditLog.list(app.tenantId, { limit: 50 })).map(({ action }) => action)

const send = async (fields: object = {}, as?: string) => {
  const trace = aTrace({ spans: [{ name: 'c', type: 'llm', model: 'house', prompt_tokens: 1_000_000 }], ...fields })
  await app.call('POST /v1/ingest', { send: trace, as })
  return trace.id
}
const costOf = async (id: string) => (await app.trace(id)).cost

describe('a price of one’s own', () => {
  it('holds at once, for its organisation alone, until it is removed', async () => {
    expect(await costOf(await send())).toBeNull()
    const set = await put({ model: 'house', per_million: { input: 2 }, note: 'our hardware' })
    expect(set).toMatchObject({ status: 200, body: { source: 'override', model: 'house', match: 'exact' } })
    const id = await send()
    const trace = await app.trace(id)
    expect(trace.cost).toBe(2)
    expect(trace.spans?.[0]?.cost_details).toMatchObject({ source: 'override', model: 'house', as_of: '2026-03-01' })

    const theirs = await app.addKey(await app.tenant('Other'))
    const foreign = await send({}, theirs)
    expect((await app.trace(foreign, theirs)).cost).toBeNull()
    const stranger = await app.person(await app.tenant('Third'), 'third@example.com', 'owner')
    expect((await call(`DELETE /v1/model-prices/${set.body.id}`, undefined, stranger)).status).toBe(404)

    await app.restart()
    expect(await costOf(await send())).toBe(2)
    expect(
      (await put({ model: 'house', per_million: { input: 3 }, effective_from: set.body.effective_from })).body.id,
    ).toBe(set.body.id)
    expect(await costOf(await send())).toBe(3)
    expect((await call(`DELETE /v1/model-prices/${set.body.id}`)).status).toBe(204)
    expect(await costOf(await send())).toBeNull()
    expect(await costOf(id)).toBe(2)
    expect((await actions()).filter((one) => one.startsWith('model_price'))).toEqual([
      'model_price.removed',
      'model_price.set',
      'model_price.set',
    ])
  })

  it.each([
    ['no model', {}, /model/],
    ['no rate', { model: 'x', per_million: {} }, /input or output/],
    ['a negative rate', { model: 'x', per_million: { input: -1 } }, /per_million/],
    ['a pattern that is none', { model: '(', match: 'regex' }, /pattern/],
    ['a pattern that looks around', { model: '(?=x)', match: 'regex' }, /pattern/],
    ['a day that is none', { model: 'x', effective_from: 'soon' }, /effective_from/],
  ])('is refused with %s', async (_, price, says) => {
    const answer = await put(price)
    expect(answer.status).toBe(400)
    expect(answer.body.error).toMatch(says)
    expect((await call('GET /v1/model-prices?source=override')).body.prices).toEqual([])
  })

  it('is set by owners, and read by everyone but keys that may only query', async () => {
    const member = await app.person(app.tenantId, 'member@example.com', 'member')
    expect((await call('PUT /v1/model-prices', { model: 'x', per_million: { input: 1 } }, member)).status).toBe(403)
    expect((await call('GET /v1/model-prices?limit=1', undefined, member)).status).toBe(200)
    const reader = await app.addKey(app.tenantId, { scopes: ['query'] })
    expect((await call('GET /v1/model-prices?limit=1', undefined, reader)).status).toBe(403)
  })
})

describe('GET /v1/model-prices', () => {
  it('shows the own prices, then the table, with source and date, and can be searched', async () => {
    await put({ model: 'gpt-4o', provider: 'azure' })
    const { body } = await call('GET /v1/model-prices?q=GPT-4o&limit=500')
    expect(body.prices[0]).toMatchObject({ source: 'override', provider: 'azure', model: 'gpt-4o' })
    expect(
      body.prices.find(
        (one: { provider: string; model: string }) => one.provider === 'openai' && one.model === 'gpt-4o',
      ),
    ).toMatchObject({
      source: 'table',
      origin: expect.stringMatching(/^genai-prices /),
      as_of: '2026-09-23',
      per_million: { input: 2.5, output: 10, cache_read: 1.25 },
    })
  })

  it('pages through the table once', async () => {
    const seen: string[] = []
    let cursor = ''
    do {
      const { body } = await call(`GET /v1/model-prices?limit=400${cursor && `&cursor=${cursor}`}`)
      for (const { provider, model } of body.prices) seen.push(`${provider} ${model}`)
      cursor = body.next_cursor ?? ''
    } while (cursor)
    expect(seen.length).toBeGreaterThan(1_000)
    expect(new Set(seen).size).toBe(seen.length)
  })
})

describe('an import', () => {
  const CSV = `model,match,provider,effective_from,input,output,cache_read,batch,note
house,,,2026-01-01T00:00:00Z,2,4,0.5,0.5,"ours, cheap"
"house-.*",regex,,,6,,,,
`
  it('sets all rows, of CSV as of JSON', async () => {
    expect(await csv(CSV, '?dry_run=true')).toMatchObject({ status: 200, body: { rows: 2, dry_run: true } })
    expect((await call('GET /v1/model-prices?source=override')).body.prices).toEqual([])
    expect(await csv(CSV)).toMatchObject({ status: 200, body: { rows: 2, dry_run: false } })
    const { prices } = (await call('GET /v1/model-prices?source=override')).body
    expect(prices).toMatchObject([
      {
        model: 'house',
        match: 'exact',
        per_million: { input: 2, output: 4, cache_read: 0.5 },
        tiers: { batch: 0.5 },
        note: 'ours, cheap',
      },
      { model: 'house-.*', match: 'regex', per_million: { input: 6 } },
    ])
    expect(await costOf(await send())).toBe(2)
    const json = { prices: [{ model: 'house', effective_from: '2026-02-01T00:00:00Z', per_million: { input: 9 } }] }
    expect((await call('POST /v1/model-prices/import', json)).status).toBe(200)
    expect(await costOf(await send())).toBe(9)
    expect(await actions()).toContain('model_prices.imported')
  })

  it('with a wrong row keeps nothing, and names each wrong row', async () => {
    const answer = await csv('model,match,input,colour\nfine,,1,\n,,1,\nbad,,dear,\n(,regex,1,\nodd,,1,red\nfine,,2,\n')
    expect(answer.status).toBe(422)
    expect(answer.body.errors).toMatchObject([
      { row: 2, message: expect.stringMatching(/model/) },
      { row: 3, message: expect.stringMatching(/input/) },
      { row: 4, message: expect.stringMatching(/pattern/) },
      { row: 6, message: expect.stringMatching(/row 1/) },
    ])
    expect((await call('GET /v1/model-prices?source=override')).body.prices).toEqual([])
  })

  it.each([
    ['nothing', 'text/csv', '', 400],
    ['a head alone', 'text/csv', 'model,input\n', 400],
    ['a broken quote', 'text/csv', 'model,input\n"a,1\n', 400],
    ['no list', 'application/json', '{"prices": 1}', 400],
    ['too many', 'text/csv', `model,input\n${'m,1\n'.repeat(2_001)}`, 400],
    ['another type', 'text/plain', 'x', 415],
    ['too much', 'text/csv', `model\n${'x'.repeat(1_100_000)}`, 413],
  ])('of %s is refused', async (_, type, text, status) => {
    const answer = await call('POST /v1/model-prices/import', text, owner, { 'Content-Type': type })
    expect(answer.status).toBe(status)
  })
})

describe('recomputing', () => {
  const recompute = async (body: object = {}) => {
    const { body: task, status } = await call('POST /v1/model-prices/recompute', body)
    expect(status).toBe(202)
    await eventually(async () => expect((await call(`GET /v1/tasks/${task.id}`)).body.state).toBe('done'))
    return (await call(`GET /v1/tasks/${task.id}`)).body
  }

  it('gives what we priced today’s price, and what had none; what the client said stays', async () => {
    const unpriced = await send()
    const stated = await send({ cost: 7 })
    const spanStated = await send({ spans: [{ name: 'c', model: 'house', prompt_tokens: 1_000_000, cost: 5 }] })
    const other = await send({ spans: [{ name: 'c', model: 'gpt-4o', prompt_tokens: 1_000_000 }] })
    const before = app.telemetry.head
    await put({ model: 'house', per_million: { input: 2 }, effective_from: '2026-01-01T00:00:00Z' })
    const task = await recompute()
    expect(task).toMatchObject({ result: { traces: 4, changed: 2 }, progress: { done: 4, total: 4 } })
    expect(app.telemetry.head).toBe(before + 2)
    expect(await costOf(unpriced)).toBe(2)
    const kept = await app.trace(stated)
    expect(kept.cost).toBe(7)
    expect(kept.spans?.[0]?.cost).toBe(2)
    expect(await costOf(spanStated)).toBe(5)
    expect(await costOf(other)).toBe(2.5)
    expect((await recompute({ to: '2026-03-01T12:00:00Z' })).result).toEqual({ traces: 4, changed: 0 })
    expect(app.telemetry.head).toBe(before + 2)
    expect(await actions()).toEqual(
      expect.arrayContaining(['model_prices.recompute_requested', 'model_prices.recomputed']),
    )
  })

  it('takes a cost away where there is no price any more, and sums each call once', async () => {
    const { body } = await put({ model: 'house', per_million: { input: 2 } })
    const call2 = { type: 'llm', model: 'house', prompt_tokens: 1_000_000 }
    const id = await send({
      spans: [
        { ...call2, id: '00000000-0000-7000-8000-000000000001', name: 'agent', type: 'other' },
        {
          ...call2,
          id: '00000000-0000-7000-8000-000000000002',
          name: 'call',
          parent_span_id: '00000000-0000-7000-8000-000000000001',
        },
        { name: 'dear', type: 'llm', model: 'gpt-4o', prompt_tokens: 1_000_000 },
      ],
    })
    expect(await app.trace(id)).toMatchObject({ cost: 4.5, model: 'gpt-4o' })
    await put({ model: 'house', per_million: { input: 4 }, effective_from: body.effective_from })
    await recompute()
    expect(await app.trace(id)).toMatchObject({ cost: 6.5, model: 'house' })
    await call(`DELETE /v1/model-prices/${body.id}`)
    await recompute({ model: 'house' })
    const trace = await app.trace(id)
    expect(trace).toMatchObject({ cost: 2.5, model: 'gpt-4o' })
    expect(
      trace.spans?.filter(({ model }) => model === 'house').map(({ cost, cost_details }) => [cost, cost_details]),
    ).toEqual([
      [null, null],
      [null, null],
    ])
  })

  it('keeps to its range, project and model, and to its organisation', async () => {
    const project = await app.addProject(app.tenantId, 'Mine')
    const early = await send({ started_at: '2026-02-01T00:00:00Z', ended_at: null })
    const mine = await send({ project_id: 'Mine' })
    const rest = await send()
    const otherKey = await app.addKey(await app.tenant('Other'))
    const foreign = await send({}, otherKey)
    await put({ model: 'house', per_million: { input: 2 }, effective_from: '2026-01-01T00:00:00Z' })
    await recompute({ model: 'another' })
    expect(await costOf(rest)).toBeNull()
    await recompute({ project_id: project.id })
    expect([await costOf(mine), await costOf(rest)]).toEqual([2, null])
    await recompute({ to: '2026-02-02T00:00:00Z' })
    expect([await costOf(early), await costOf(rest)]).toEqual([2, null])
    await recompute()
    expect([await costOf(rest), (await app.trace(foreign, otherKey)).cost]).toEqual([2, null])
  })

  it.each([
    ['a range that ends before it begins', { from: '2026-03-02T00:00:00Z', to: '2026-03-01T00:00:00Z' }, 400],
    ['a project that is not there', { project_id: '00000000-0000-7000-8000-000000000001' }, 404],
  ])('refuses %s', async (_, body, status) => {
    expect((await call('POST /v1/model-prices/recompute', body)).status).toBe(status)
  })

  it('goes over many traces in pages', async () => {
    for (let batch = 0; batch < 5; batch++) {
      const traces = Array.from({ length: 100 }, () =>
        aTrace({ spans: [{ name: 'c', type: 'llm', model: 'house', prompt_tokens: 1_000_000 }] }),
      )
      await app.call('POST /v1/ingest/batch', { send: { traces } })
    }
    await put({ model: 'house', per_million: { input: 2 }, effective_from: '2026-01-01T00:00:00Z' })
    expect((await recompute()).result).toEqual({ traces: 500, changed: 500 })
  })
})

it('GET /v1/model-prices/unknown lists what has no price', async () => {
  await send()
  await send({ spans: [{ name: 'c', model: 'gpt-4o', prompt_tokens: 1, metadata: { service_tier: 'scale' } }] })
  expect((await call('GET /v1/model-prices/unknown')).body.models).toEqual([
    { model: 'gpt-4o', provider: null, service_tier: 'scale', spans: 1, last_day: '2026-03-01' },
    { model: 'house', provider: null, service_tier: null, spans: 1, last_day: '2026-03-01' },
  ])
})
