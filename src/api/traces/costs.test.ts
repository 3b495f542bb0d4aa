import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newId, type SpanId } from '../../ids.ts'
import { aTrace, TestApp } from '../testing/app.ts'

let app: TestApp
beforeAll(async () => {
  app = await TestApp.start()
})
afterAll(() => app.stop())

const spanOf = async (span: object, trace: object = {}) => {
  const sent = aTrace({ spans: [{ name: 'call', type: 'llm', model: 'gpt-4o', ...span }], ...trace })
  await app.call('POST /v1/ingest', { send: sent })
  const stored = await app.trace(sent.id)
  return { trace: stored, span: stored.spans?.[0] }
}

describe('the cost of a span', () => {
  it('comes with the rates it was worked out with', async () => {
    const { span, trace } = await spanOf({ prompt_tokens: 1000, completion_tokens: 100 })
    expect(span?.cost).toBeCloseTo(0.0035, 9)
    expect(trace.cost).toBeCloseTo(0.0035, 9)
    expect(span?.cost_details).toMatchObject({
      source: expect.stringMatching(/^genai-prices /),
      model: 'gpt-4o',
      per_million: { input: 2.5, output: 10, cache_read: 1.25 },
    })
    expect(span?.usage_details).toBeNull()
  })

  it('follows what the provider says of the cache and of how it served the call', async () => {
    const usage = {
      ...{ input_tokens: 2048, output_tokens: 503, cache_read_input_tokens: 1800, cache_creation_input_tokens: 556 },
      cache_creation: { ephemeral_5m_input_tokens: 456, ephemeral_1h_input_tokens: 100 },
      service_tier: 'batch',
    }
    const { span } = await spanOf({ model: 'claude-sonnet-4-20250514', prompt_tokens: 2048, metadata: { usage } })
    // Half of 2048 × 3 + 1800 × 0.30 + 456 × 3.75 + 100 × 6 + 503 × 15.
    expect(span?.cost).toBeCloseTo(0.0082695, 9)
    expect(span).toMatchObject({
      prompt_tokens: 4404,
      usage_details: { cache_write_1h_tokens: 100, service_tier: 'batch' },
      cost_details: { tier: 'batch', per_million: { input: 1.5, cache_write_1h: 3 } },
    })
  })

  it('shows how many tokens were sound', async () => {
    const usage = {
      ...{ prompt_tokens: 60, completion_tokens: 90, prompt_tokens_details: { audio_tokens: 40 } },
      ...{ completion_tokens_details: { audio_tokens: 70 }, service_tier: 'batch' },
    }
    const { span } = await spanOf({ model: 'gpt-4o-audio-preview', prompt_tokens: 60, metadata: { usage } })
    expect(span?.usage_details).toEqual({ input_audio_tokens: 40, output_audio_tokens: 70, service_tier: 'batch' })
  })

  it('can be told that it was a batch', async () => {
    const { span } = await spanOf({ prompt_tokens: 1000, metadata: { service_tier: 'batch' } })
    expect(span?.cost).toBeCloseTo(0.00125, 9)
  })

  it('is what the client says, where it says something, and then has no rates', async () => {
    const first = await spanOf({ prompt_tokens: 1000, cost: 7 })
    expect(first.span).toMatchObject({ cost: 7, cost_details: null })
    const second = await spanOf({ prompt_tokens: 1000, metadata: { cost_usd: 3 } })
    expect(second.span).toMatchObject({ cost: 3, cost_details: null })
  })

  it('is null for a model that nobody knows, which is counted by day', async () => {
    for (const tier of ['', '', 'flex']) {
      const { span } = await spanOf({ model: 'house-7b', prompt_tokens: 5, metadata: { service_tier: tier } })
      expect(span).toMatchObject({ cost: null, cost_details: null })
    }
    await spanOf({ model: 'house-7b' })
    await spanOf({ model: 'house-7b', prompt_tokens: 5, cost: 1 })
    const ask = { tenantId: app.tenantId, limit: 10 }
    const lastDay = '2026-03-01'
    expect(await app.telemetry.ask('unpricedModels', { ...ask, fromDay: lastDay })).toEqual([
      { model: 'house-7b', provider: '', tier: '', spans: 2, lastDay },
      { model: 'house-7b', provider: '', tier: 'flex', spans: 1, lastDay },
    ])
    expect(await app.telemetry.ask('unpricedModels', { ...ask, fromDay: '2026-03-02' })).toEqual([])
    expect(
      await app.telemetry.ask('unpricedModels', { tenantId: await app.tenant('Other'), fromDay: '', limit: 9 }),
    ).toEqual([])
  })

  it('of names made up without end is counted under no name', async () => {
    const spans = Array.from({ length: 1_500 }, (_, i) => ({ name: 'x', model: `made-up-${i}`, prompt_tokens: 1 }))
    await app.call('POST /v1/ingest', { send: aTrace({ spans }) })
    const found = await app.telemetry.ask('unpricedModels', { tenantId: app.tenantId, fromDay: '', limit: 5_000 })
    expect(found.length).toBeLessThanOrEqual(1_001)
    expect(found.reduce((sum, { spans }) => sum + spans, 0)).toBe(1_503)
  })
})

describe('GET /v1/traces/{id}/costs', () => {
  const costsOf = async (spans: object[], trace: object = {}) => {
    const sent = aTrace({ spans, ...trace })
    await app.call('POST /v1/ingest', { send: sent })
    const { status, body } = await app.call(`GET /v1/traces/${sent.id}/costs`)
    expect(status).toBe(200)
    return body
  }
  const call = { name: 'call', type: 'llm', model: 'gpt-4o' }

  it('parts them by model and by sort of tokens, the dearest first', async () => {
    const body = await costsOf([
      {
        ...call,
        prompt_tokens: 1000,
        completion_tokens: 100,
        metadata: {
          usage: { prompt_tokens: 1000, completion_tokens: 100, prompt_tokens_details: { cached_tokens: 400 } },
        },
      },
      { ...call, prompt_tokens: 1000, completion_tokens: 100 },
      { ...call, model: 'gpt-4o-mini', prompt_tokens: 1000 },
      { ...call, model: 'house-7b', prompt_tokens: 5 },
    ])
    expect(body.models.map(({ model, calls }: { model: string; calls: number }) => [model, calls])).toEqual([
      ['gpt-4o', 2],
      ['gpt-4o-mini', 1],
    ])
    expect(body.models[0].parts).toEqual([
      { kind: 'input', quantity: 1600, cost: expect.closeTo(0.004, 9), per_million: 2.5 },
      { kind: 'cache_read', quantity: 400, cost: expect.closeTo(0.0005, 9), per_million: 1.25 },
      { kind: 'output', quantity: 200, cost: expect.closeTo(0.002, 9), per_million: 10 },
    ])
    expect(body.spans_cost).toBeCloseTo(body.cost, 9)
    expect(body.unpriced_calls).toBe(1)
  })

  it('count each call once, and say what was only stated', async () => {
    const body = await costsOf(
      [
        { id: 'a', name: 'agent', type: 'agent', cost: 7, prompt_tokens: 10 },
        { ...call, parent_span_id: 'a', cost: 3, prompt_tokens: 10 },
      ],
      { cost: 4 },
    )
    expect(body).toMatchObject({ cost: 4, spans_cost: 3, unpriced_calls: 0 })
    expect(body.models).toEqual([
      {
        ...{ model: 'gpt-4o', provider: null, tier: null, calls: 1, cost: 3 },
        parts: [{ kind: 'stated', quantity: null, cost: 3, per_million: null }],
      },
    ])
  })

  it('name the tier that the calls were served in', async () => {
    const body = await costsOf([{ ...call, prompt_tokens: 1000, metadata: { service_tier: 'batch' } }])
    expect(body.models).toMatchObject([{ tier: 'batch', parts: [{ kind: 'input', per_million: 1.25 }] }])
  })

  it('are those of one span where one is named', async () => {
    const [a, b] = [newId<SpanId>(), newId<SpanId>()]
    const sent = aTrace({
      spans: [
        { id: a, name: 'agent', type: 'agent', model: 'gpt-4o', prompt_tokens: 2000 },
        { ...call, id: b, parent_span_id: a, prompt_tokens: 2000, completion_tokens: 100 },
      ],
    })
    await app.call('POST /v1/ingest', { send: sent })
    const of = async (span: string) => (await app.call(`GET /v1/traces/${sent.id}/costs?span_id=${span}`)).body
    expect((await of(b)).models[0].parts).toEqual([
      { kind: 'input', quantity: 2000, cost: expect.closeTo(0.005, 9), per_million: 2.5 },
      { kind: 'output', quantity: 100, cost: expect.closeTo(0.001, 9), per_million: 10 },
    ])
    // What repeats the call inside it still has a cost of its own to show.
    expect(await of(a)).toMatchObject({ spans_cost: expect.closeTo(0.005, 9), models: [{ calls: 1 }] })
    expect(await of(newId())).toMatchObject({ models: [], spans_cost: 0 })
    expect((await app.call(`GET /v1/traces/${sent.id}/costs?span_id=nonsense`)).status).toBe(400)
  })

  it('are not there for another organisation', async () => {
    const sent = aTrace({})
    await app.call('POST /v1/ingest', { send: sent })
    const other = await app.addKey(await app.tenant('A third'))
    expect((await app.call(`GET /v1/traces/${sent.id}/costs`, { as: other })).status).toBe(404)
  })
})
