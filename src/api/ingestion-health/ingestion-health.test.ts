import { afterEach, beforeEach, expect, it } from 'vitest'
import { LAG_BOUNDS } from '../../ingest/health.ts'
import { aTrace, TestApp } from '../testing/app.ts'

const METRICS_TOKEN = 'a token of at least so many characters'

let app: TestApp
beforeEach(async () => {
  app = await TestApp.start({
    config: (config) => {
      config.redaction.detectors = ['email', 'card']
      config.metrics.token = METRICS_TOKEN
    },
  })
})
afterEach(() => app.stop())

const health = async (query = '', as?: string) => (await app.call(`GET /v1/ingestion-health${query}`, { as })).body
const send = (trace: object | string, as?: string) => app.call('POST /v1/ingest', { send: trace, as })
const HOUR = 3_600_000

it('says that nothing came', async () => {
  expect(await health()).toEqual({
    ...{ project_id: null, window: '24h', success_rate: 1, error_rate: 0, stored_count: 0, error_count: 0 },
    ...{ top_errors: [], dlq_depth: { traces: 0, evals: 0 }, ingest_lag_ms: { p50: 0, p95: 0, p99: 0 } },
    ...{ last_successful_span_at: null, ignored_count: 0, redaction_match_count: 0, redaction_matches: {} },
    ...{ unpriced_span_count: 0, unpriced_spans: {} },
  })
})

it('counts what came and what did not, with an example of the last time', async () => {
  for (let i = 0; i < 6; i++) await send(aTrace())
  await send(aTrace({ latency_ms: 'slow' }))
  app.clock.advance(1_000)
  await send(aTrace({ latency_ms: 'slower' }))
  await send('{"not json')
  await send(aTrace({ spans: [{ name: 'big', input: 'x'.repeat(1024 * 1024 + 1) }] }))
  const body = await health()
  expect(body).toMatchObject({ stored_count: 7, error_count: 4, dlq_depth: { traces: 3, evals: 0 } })
  expect(body.error_rate).toBeCloseTo(4 / 11)
  expect(body.success_rate).toBeCloseTo(7 / 11)
  expect(body.top_errors).toEqual([
    {
      ...{ category: 'schema', count: 3, last_seen_at: '2026-03-01T12:00:01.000Z' },
      example: expect.stringMatching(/^POST \/v1\/ingest: The body is not JSON/),
    },
    {
      category: 'payload_too_large',
      count: 1,
      last_seen_at: expect.any(String),
      example: expect.stringMatching(/big/),
    },
  ])
  expect(body.last_successful_span_at).toBe('2026-03-01T12:00:01.000Z')
})

it('counts whom it did not let in: known keys always, unknown ones where there is one organisation', async () => {
  await send(aTrace(), 'tl_unknown_unknown_unknown')
  await send(aTrace(), await app.addKey(app.tenantId, { scopes: ['query'] }))
  expect((await health()).top_errors).toMatchObject([{ category: 'auth', count: 2 }])
  const other = await app.addKey(await app.tenant('Other'))
  expect((await health()).top_errors).toMatchObject([{ category: 'auth', count: 1 }])
  expect((await health('', other)).top_errors).toEqual([])
})

it('looks at a window, and remembers the last success beyond it', async () => {
  await send(aTrace())
  await send(aTrace({ latency_ms: 'slow' }))
  app.clock.advance(2 * HOUR)
  expect(await health('?window=1h')).toMatchObject({
    ...{ window: '1h', stored_count: 0, error_count: 0, last_successful_span_at: '2026-03-01T12:00:00.000Z' },
  })
  expect(await health('?window=24h')).toMatchObject({ stored_count: 1, error_count: 1 })
  app.clock.advance(24 * HOUR)
  expect(await health('?window=24h')).toMatchObject({ stored_count: 0 })
  expect(await health('?window=7d')).toMatchObject({ stored_count: 1 })
})

it('looks at a project', async () => {
  await send(aTrace({ project_id: 'Shop' }))
  await send(aTrace({ project_id: 'Shop', latency_ms: 'slow', input: 'ann@example.com' }))
  await send(aTrace())
  const { body } = await app.call('GET /v1/projects')
  const shop = body.projects.find(({ name }: { name: string }) => name === 'Shop')
  expect(await health(`?project_id=${shop.id}`)).toMatchObject({
    ...{ project_id: shop.id, stored_count: 1, error_count: 1, dlq_depth: { traces: 1 }, redaction_match_count: 1 },
  })
  const stranger = await app.addKey(await app.tenant('Other'))
  expect(await health(`?project_id=${shop.id}`, stranger)).toMatchObject({ stored_count: 0, dlq_depth: { traces: 0 } })
})

it('counts what was masked, by rule', async () => {
  await send(aTrace({ input: 'ann@example.com and bob@example.com', output: '4111 1111 1111 1111' }))
  expect(await health()).toMatchObject({ redaction_match_count: 3, redaction_matches: { email: 2, card: 1 } })
})

it('counts calls that no price is known for, each once, by provider', async () => {
  const call = (fields: object) => ({ name: 'a', type: 'llm', model: 'home-made-7b', prompt_tokens: 10, ...fields })
  const native = aTrace({
    spans: [call({}), call({ cost: 0.1 }), call({ model: 'gpt-4o' }), { name: 'no call' }],
  })
  await send(native)
  await send(native)
  const attribute = (key: string, value: object) => ({ key, value })
  const otlp = {
    resourceSpans: [
      {
        scopeSpans: [
          {
            spans: ['openai', 'openai', 'somebody else', 'Ollama'].map((provider, i) => ({
              ...{ traceId: 'ab'.repeat(16), spanId: `${i + 1}`.repeat(16), name: 'chat' },
              ...{ startTimeUnixNano: '1772366400000000000', endTimeUnixNano: '1772366401000000000' },
              attributes: [
                attribute('gen_ai.operation.name', { stringValue: 'chat' }),
                attribute('gen_ai.provider.name', { stringValue: provider }),
                attribute('gen_ai.request.model', { stringValue: 'home-made-7b' }),
                attribute('gen_ai.usage.input_tokens', { intValue: '10' }),
              ],
            })),
          },
        ],
      },
    ],
  }
  for (let i = 0; i < 2; i += 1) await app.call('POST /v1/otlp/traces', { send: otlp })
  const counted = { none: 1, local: 1, openai: 2, other: 1 }
  expect(await health()).toMatchObject({ unpriced_span_count: 5, unpriced_spans: counted })
  const metrics = (await app.call('GET /metrics', { as: METRICS_TOKEN })).text
  const samples = [...metrics.matchAll(/^trulayer_ingest_unpriced_spans_total\{provider="(.*?)"\} (\d+)$/gm)]
  expect(Object.fromEntries(samples.map(([, provider, count]) => [provider, Number(count)]))).toEqual(counted)
  const stranger = await app.addKey(await app.tenant('Other'))
  expect(await health('', stranger)).toMatchObject({ unpriced_span_count: 0 })
})

it('tells percentiles of the lag, which stay when it starts again', async () => {
  const lag = (ms: number, count: number) => ({
    ...{ tenantId: app.tenantId, projectId: null, at: app.clock.now(), kind: 'lag' as const },
    ...{ name: String(LAG_BOUNDS.find((bound) => ms <= bound)), count, example: null },
  })
  await app.telemetry.append({ traces: [], deadLetters: [], health: [lag(5, 90), lag(50, 8), lag(4_000, 2)] })
  await send(aTrace({ latency_ms: 'slow' }))
  await app.restart()
  expect(await health()).toMatchObject({ ingest_lag_ms: { p50: 6, p95: 55, p99: 4_200 }, error_count: 1 })
})

it('is open to everybody in the organisation, and to keys without a scope', async () => {
  for (const role of ['owner', 'member', 'viewer'] as const) {
    const as = await app.person(app.tenantId, `${role}@example.com`, role)
    expect((await app.call('GET /v1/ingestion-health', { as })).status).toBe(200)
  }
  const as = await app.addKey(app.tenantId, { scopes: ['query'] })
  expect((await app.call('GET /v1/ingestion-health', { as })).status).toBe(403)
  expect((await app.call('GET /v1/ingestion-health?window=2h')).status).toBe(400)
})
