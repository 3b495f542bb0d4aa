import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aTrace, TestApp } from '../testing/app.ts'

let app: TestApp
beforeAll(async () => {
  app = await TestApp.start()
})
afterAll(() => app.stop())

const HOUR = 3_600_000
const at = (hours: number): string => new Date(app.clock.now() - hours * HOUR).toISOString()
const failing = (error: string, fields: object = {}, span = 'call model') =>
  aTrace({
    ...{ started_at: at(2), ended_at: at(2), error, ...fields },
    spans: [{ name: span, type: 'llm', model: 'gpt-4o', error }],
  })
const send = async (trace: object, as?: string) => (await app.call('POST /v1/ingest', { as, send: trace })).body.id
const clusters = async (query = '', as?: string) =>
  (await app.call(`GET /v1/failures/clusters${query}`, { as })).body.clusters

describe('clusters of failures', () => {
  let signature: string

  it('hold what is one problem, and who met it', async () => {
    const ids = [
      await send(failing('RateLimitError: 429 Limit 3000, Used 2950', { session_id: 's1', user_id: 'ann' })),
      await send(
        failing('RateLimitError: 429 Limit 3000, Used 2998', {
          session_id: 's1',
          user_id: 'bob',
          started_at: at(1),
          ended_at: at(1),
        }),
      ),
      await send(
        failing('openai.RateLimitError: 429 Limit 9000, Used 8999', {
          session_id: 's2',
          user_id: 'ann',
          started_at: at(30),
          ended_at: at(30),
        }),
      ),
    ]
    await send(failing('RateLimitError: 429 Limit 1, Used 1', {}, 'another step'))
    await send(failing("KeyError: 'price'"))
    await send(aTrace())
    const [first, ...others] = await clusters()
    expect(others.map(({ error_type }: { error_type: string }) => error_type).sort()).toEqual([
      'KeyError',
      'RateLimitError',
    ])
    expect(first).toMatchObject({
      ...{
        error_type: 'RateLimitError',
        error_message: '429 Limit <n>, Used <n>',
        failure_type: 'rate_limit',
        span_name: 'call model',
      },
      ...{
        count: 3,
        traces: 3,
        sessions: 2,
        users: 2,
        first_seen: at(30),
        last_seen: at(1),
        status: 'new',
        reopened: false,
      },
      sample_ids: [ids[1], ids[0], ids[2]],
    })
    expect(first.trend.slice(-3)).toEqual([0, 1, 1])
    expect(first.trend).toHaveLength(24)
    signature = first.signature
  })

  it('tell how it was said, by which models, and what people thought', async () => {
    const [{ sample_ids }] = await clusters()
    await app.call('POST /v1/feedback', { send: { trace_id: sample_ids[0], label: 'bad' } })
    const { body } = await app.call(`GET /v1/failures/clusters/${signature}`)
    expect(body).toMatchObject({
      signature,
      models: [{ name: 'gpt-4o', count: 3 }],
      trace_names: [{ name: 'support chat', count: 3 }],
      feedback: [{ label: 'bad', count: 1 }],
      latest: [{ trace_id: sample_ids[0] }, { trace_id: sample_ids[1] }, { trace_id: sample_ids[2] }],
    })
    expect(body.variants).toHaveLength(3)
  })

  it('are acknowledged, resolved, and new again when they return', async () => {
    const set = (status: string, as?: string) =>
      app.call(`PATCH /v1/failures/clusters/${signature}`, { send: { status }, as })
    const status = async () => (await app.call(`GET /v1/failures/clusters/${signature}`)).body
    expect((await set('acknowledged')).body).toEqual({ signature, status: 'acknowledged' })
    await send(failing('RateLimitError: 429 Limit 7, Used 7'))
    expect(await status()).toMatchObject({ status: 'acknowledged', count: 4 })
    app.clock.advance(1000)
    await set('resolved')
    expect(await status()).toMatchObject({ status: 'resolved', reopened: false })
    expect(await clusters('?status=resolved')).toHaveLength(1)
    app.clock.advance(1000)
    await send(failing('RateLimitError: 429 Limit 8, Used 8'))
    expect(await status()).toMatchObject({ status: 'new', reopened: true })
    const audit = await app.control.db
      .selectFrom('audit_entries')
      .select('action')
      .where('target_id', '=', signature)
      .execute()
    expect(audit).toHaveLength(2)
    expect((await set('forgotten')).status).toBe(400)
    expect((await set('resolved', await app.addKey(app.tenantId, { scopes: ['query'] }))).status).toBe(403)
  })

  it('count a problem once where the steps around it failed with it', async () => {
    const as = await app.addKey(await app.tenant('Nested'))
    await send(
      aTrace({
        error: 'AgentError: tool failed: connect ECONNREFUSED 10.0.0.1:80',
        spans: [
          {
            id: 'root',
            name: 'agent',
            type: 'chain',
            error: 'AgentError: tool failed: connect ECONNREFUSED 10.0.0.1:80',
          },
          {
            id: 'tool',
            parent_span_id: 'root',
            name: 'fetch',
            type: 'tool',
            error: 'connect ECONNREFUSED 10.0.0.1:80',
          },
          { id: 'other', parent_span_id: 'root', name: 'answer', type: 'llm', error: 'Request timed out after 30 s' },
        ],
      }),
      as,
    )
    const found = await clusters('', as)
    expect(found.map(({ span_name }: { span_name: string }) => span_name).sort()).toEqual(['answer', 'fetch'])
  })

  it('hold a trace that failed without saying where', async () => {
    const as = await app.addKey(await app.tenant('Whole'))
    await send(aTrace({ error: 'boom 12' }), as)
    expect(await clusters('', as)).toMatchObject([
      { span_name: 'support chat', error_message: 'boom <n>', failure_type: 'error' },
    ])
  })

  it("are never another tenant's", async () => {
    const as = await app.addKey(await app.tenant('Other'))
    expect(await clusters('', as)).toEqual([])
    expect((await app.call(`GET /v1/failures/clusters/${signature}`, { as })).status).toBe(404)
    expect(
      (await app.call(`PATCH /v1/failures/clusters/${signature}`, { as, send: { status: 'resolved' } })).status,
    ).toBe(404)
    expect((await app.call('GET /v1/failures/clusters/nonsense')).status).toBe(404)
    expect((await app.call(`GET /v1/failures/clusters?to=${at(3)}&from=${at(1)}`)).status).toBe(400)
  })
})
