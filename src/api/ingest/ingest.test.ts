import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newId, type TraceId } from '../../ids.ts'
import { aTrace, TestApp } from '../testing/app.ts'

let app: TestApp
beforeAll(async () => {
  app = await TestApp.start({ config: (config) => (config.ingest.max_body_bytes = 2 * 1024 * 1024) })
})
afterAll(() => app.stop())

const ingest = (send: object | string, as?: string) => app.call('POST /v1/ingest', { as, send })
const batch = (traces: unknown[], as?: string) => app.call('POST /v1/ingest/batch', { as, send: { traces } })
/** What the dead letters hold, newest first. */
const deadLetters = async () =>
  (await app.telemetry.ask('deadLetterPage', { tenantId: app.tenantId, limit: 50 })).letters

describe('one trace', () => {
  it('is answered with its id and time, and read back whole', async () => {
    const trace = aTrace({
      session_id: 's-1',
      user_id: 'u-1',
      environment: 'production',
      input: { question: 'why?' },
      output: ['because'],
      events: [{ message: 'cache miss', level: 'warn', metadata: { key: 'k' } }],
    })
    const answer = await ingest(trace)
    expect(answer).toMatchObject({ status: 201, body: { id: trace.id, created_at: '2026-03-01T12:00:00.000Z' } })
    expect(await app.trace(trace.id)).toMatchObject({
      name: 'support chat',
      input: '{"question":"why?"}',
      output: '["because"]',
      session_id: 's-1',
      user_id: 'u-1',
      environment: 'production',
      tags: [],
      tag_map: { env: 'test' },
      metadata: trace.metadata,
      latency_ms: 1500,
      model: 'gpt-4o-mini',
      total_token_count: 1100,
      span_count: 1,
      error: null,
      events: [{ message: 'cache miss', level: 'warn', metadata: { key: 'k' } }],
      spans: [{ name: 'answer', type: 'llm', input: 'hi', output: 'hello', error: null, prompt_tokens: 1000 }],
    })
  })

  it('is answered as a duplicate when it comes again, also after a restart', async () => {
    const trace = aTrace()
    await ingest(trace)
    expect(await ingest({ ...trace, name: 'other' })).toMatchObject({ status: 200, body: { status: 'duplicate' } })
    await app.restart()
    expect(await ingest(trace)).toMatchObject({ status: 200, body: { status: 'duplicate' } })
    expect((await app.trace(trace.id)).name).toBe('support chat')
  })

  const kept: [what: string, fields: object, expected: object][] = [
    ['error: true as an error without words', { error: true }, { error: 'error' }],
    ['an empty error as none', { error: '' }, { error: null }],
    ['a list of tags as tags', { tags: ['a', 'b'] }, { tags: ['a', 'b'], tag_map: {} }],
    ['a latency with fractions, rounded', { latency_ms: 12.6 }, { latency_ms: 13 }],
    ['a cost that the client states', { cost: 0.5 }, { cost: 0.5 }],
    ['a cost in metadata.cost_usd', { metadata: { cost_usd: 0.25 } }, { cost: 0.25 }],
    ['a cost computed from tokens and price', {}, { cost: 0.00021 }],
    [
      'null for everything optional',
      { input: null, tags: null, spans: null, metadata: null, started_at: null, model: null },
      { spans: [], input: null },
    ],
    ['the class of its error', { error: 'Error 429: Rate limit reached for gpt-4o' }, { failure_type: 'rate_limit' }],
    ['an unknown span type as it came', { spans: [{ name: 'x', type: 'chain' }] }, { spans: [{ type: 'chain' }] }],
    [
      'a start in 1970',
      { started_at: '1970-01-01T00:00:00Z', ended_at: null },
      { started_at: '1970-01-01T00:00:00.000Z' },
    ],
    [
      'a start in 2100',
      { started_at: '2100-01-01T00:00:00Z', ended_at: null },
      { started_at: '2100-01-01T00:00:00.000Z' },
    ],
    [
      'an end before the start, without latency',
      { ended_at: '2026-03-01T11:00:00Z' },
      { latency_ms: null, ended_at: '2026-03-01T11:00:00.000Z' },
    ],
    [
      'times with an offset, in UTC',
      { started_at: '2026-03-01T13:00:00.5+02:00' },
      { started_at: '2026-03-01T11:00:00.500Z' },
    ],
    [
      'a time without a zone, as UTC',
      { started_at: '2026-03-01T11:00:00.123456' },
      { started_at: '2026-03-01T11:00:00.123Z' },
    ],
    ['NUL bytes', { name: 'a\0b', input: '\0' }, { name: 'a\0b', input: '\0' }],
    [
      'lone surrogates, as the replacement character',
      { name: 'a\ud800b', input: '\udfff' },
      { name: 'a\ufffdb', input: '\ufffd' },
    ],
    ['text of every script', { input: '日本語 🎉 עברית' }, { input: '日本語 🎉 עברית' }],
    ['unknown fields, ignored', { colour: 'blue' }, { name: 'support chat' }],
    ['keys that JavaScript finds special', { metadata: JSON.parse('{"__proto__":{"x":1},"constructor":"c"}') }, {}],
  ]
  it.each(kept)('keeps %s', async (_, fields, expected) => {
    const trace = aTrace(fields)
    expect((await ingest(trace)).status).toBe(201)
    expect(await app.trace(trace.id)).toMatchObject(expected)
  })

  it('maps ids that are not UUIDs, the same one always to the same, and keeps them', async () => {
    const spans = [
      { id: 'root', name: 'root' },
      { id: 'leaf', name: 'leaf', parent_span_id: 'root' },
    ]
    const { body } = await ingest(aTrace({ id: 'run-17', spans }))
    const trace = await app.trace(body.id)
    expect(trace).toMatchObject({ external_id: 'run-17', spans: [{ external_id: 'root' }, { external_id: 'leaf' }] })
    expect(trace.spans?.[1]?.parent_span_id).toBe(trace.spans?.[0]?.id)
    expect((await ingest(aTrace({ id: 'run-17' }))).body).toEqual({ status: 'duplicate' })
  })

  it('takes a span that is its own parent for a root, and keeps a parent that is missing', async () => {
    const self = newId<TraceId>()
    const missing = newId<TraceId>()
    const trace = aTrace({
      spans: [
        { id: self, name: 'self', parent_span_id: self },
        { name: 'orphan', parent_span_id: missing },
      ],
    })
    await ingest(trace)
    const spans = (await app.trace(trace.id)).spans ?? []
    expect(spans.map((span) => [span.name, span.parent_span_id])).toEqual([
      ['self', null],
      ['orphan', missing],
    ])
  })

  it('prices cached tokens by the usage object of the provider', async () => {
    const usage = {
      prompt_tokens: 1000,
      completion_tokens: 100,
      prompt_tokens_details: { cached_tokens: 800 },
      completion_tokens_details: { reasoning_tokens: 40 },
    }
    const trace = aTrace({ spans: [{ name: 'answer', type: 'llm', model: 'gpt-4o-mini', metadata: { usage } }] })
    await ingest(trace)
    const [span] = (await app.trace(trace.id)).spans ?? []
    expect(span).toMatchObject({ prompt_tokens: 1000, cache_read_tokens: 800, reasoning_tokens: 40 })
    // $0.15, $0.075 and $0.60 a million for input, cached input and output.
    expect(span?.cost).toBeCloseTo((200 * 0.15 + 800 * 0.075 + 100 * 0.6) / 1e6, 12)
  })

  it('holds 10,000 spans', async () => {
    const spans = Array.from({ length: 10_000 }, (_, i) => ({ name: `s${i}`, prompt_tokens: 1 }))
    const trace = aTrace({ spans })
    expect((await ingest(trace)).status).toBe(201)
    expect(await app.trace(trace.id)).toMatchObject({ span_count: 10_000, total_token_count: 10_000 })
  })

  it('goes without the one span that is too large, or repeats an id', async () => {
    const id = newId<TraceId>()
    const spans = [
      { id, name: 'good' },
      { id, name: 'again' },
      { name: 'huge', input: 'x'.repeat(1024 * 1024 + 1) },
    ]
    const trace = aTrace({ spans })
    const answer = await ingest(trace)
    expect(answer.status).toBe(201)
    expect(answer.body.errors.map(({ code }: { code: string }) => code)).toEqual([
      'duplicate_span_id',
      'payload_too_large',
    ])
    expect((await app.trace(trace.id)).spans?.map(({ name }) => name)).toEqual(['good'])
    expect((await deadLetters()).slice(0, 2).map(({ code }) => code)).toEqual([
      'payload_too_large',
      'duplicate_span_id',
    ])
  })

  const refused: [what: string, send: object | string, status: number, code: string, says: RegExp][] = [
    ['not JSON', '{"name":', 400, 'invalid_json', /not JSON/],
    ['an empty body', '', 400, 'invalid_json', /not JSON/],
    ['a list', '[]', 400, 'invalid_body', /one trace/],
    ['text', '"trace"', 400, 'invalid_body', /one trace/],
    ['a name that is a number', aTrace({ name: 7 }), 400, 'invalid_trace', /name: .*expected string/i],
    ['a span without a name', aTrace({ spans: [{ type: 'llm' }] }), 400, 'invalid_trace', /spans\[0\]\.name/],
    ['a negative latency', aTrace({ latency_ms: -1 }), 400, 'invalid_trace', /latency_ms/],
    [
      'tokens with fractions',
      aTrace({ spans: [{ name: 's', prompt_tokens: 1.5 }] }),
      400,
      'invalid_trace',
      /spans\[0\]\.prompt_tokens/,
    ],
    ['a number out of range', `{"name":"x","cost":1e400}`, 400, 'invalid_trace', /cost/],
    [
      'a time that is none',
      aTrace({ started_at: 'yesterday' }),
      400,
      'invalid_trace',
      /started_at: must be an RFC 3339 time/,
    ],
    [
      '21 tags',
      aTrace({ tags: Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`k${i}`, 'v'])) }),
      400,
      'invalid_trace',
      /tags/,
    ],
    ['a tag of 65 characters', aTrace({ tags: { k: 'v'.repeat(65) } }), 400, 'invalid_trace', /tags/],
    ['a session id of 257 characters', aTrace({ session_id: 's'.repeat(257) }), 400, 'invalid_trace', /session_id/],
    ['metadata that is a list', aTrace({ metadata: [] }), 400, 'invalid_trace', /metadata: must be an object/],
    ['a project of another tenant', aTrace({ project_id: newId() }), 400, 'invalid_trace', /no project/],
  ]
  it.each(refused)('refuses %s and says why', async (_, send, status, code, says) => {
    const answer = await ingest(send)
    expect(answer).toMatchObject({ status, body: { code } })
    expect(answer.body.error).toMatch(says)
    expect(answer.body.request_id).toBe(answer.headers['x-request-id'])
  })

  it('keeps what it refuses as a dead letter with the reason', async () => {
    const trace = aTrace({ latency_ms: 'slow' })
    await ingest(trace)
    const [letter] = await deadLetters()
    expect(letter).toMatchObject({ source: 'ingest', code: 'invalid_trace', subject_id: trace.id, state: 'open' })
    expect(letter?.message).toMatch(/latency_ms/)
    const whole = await app.telemetry.ask('deadLetter', { tenantId: app.tenantId, id: letter?.id ?? '' })
    expect(JSON.parse(Buffer.from(whole ?? []).toString()).payload).toEqual(trace)
  })

  it('survives nesting that no stack holds', async () => {
    const deep = `{"name":"x","metadata":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}}`
    expect(await ingest(deep)).toMatchObject({ status: 400, body: { code: 'invalid_trace' } })
    expect((await ingest(aTrace())).status).toBe(201)
  })
})

describe('a batch', () => {
  it('keeps 49 good traces whatever the one bad one is', async () => {
    const traces = Array.from({ length: 50 }, (_, i) => (i === 17 ? aTrace({ cost: 'much' }) : aTrace()))
    const answer = await batch(traces)
    expect(answer).toMatchObject({ status: 201, body: { ingested: 49, duplicates: 0 } })
    expect(answer.body.ids).toEqual(traces.filter((_, i) => i !== 17).map(({ id }) => id))
    expect(answer.body.errors).toEqual([
      { index: 17, id: traces[17]?.id, code: 'invalid_trace', message: expect.stringMatching(/cost/) },
    ])
  })

  it('counts duplicates, within itself too', async () => {
    const trace = aTrace()
    expect((await batch([trace, trace, aTrace()])).body).toMatchObject({ ingested: 2, duplicates: 1, errors: [] })
  })

  it('is kept even when every trace is bad', async () => {
    expect(await batch([1, null, { spans: 5 }])).toMatchObject({ status: 201, body: { ingested: 0, ids: [] } })
  })

  const refused: [what: string, send: object | string, says: RegExp][] = [
    ['101 traces', { traces: Array(101).fill({}) }, /at most 100/],
    ['none', { traces: [] }, /at least one/],
    ['no list', { traces: {} }, /must be/],
    ['a list alone', [], /must be/],
    ['not JSON', 'traces', /not JSON/],
  ]
  it.each(refused)('of %s is refused whole', async (_, send, says) => {
    const answer = await app.call('POST /v1/ingest/batch', { send })
    expect(answer.status).toBe(400)
    expect(answer.body.error).toMatch(says)
  })

  it('gives two clients who send the same at once one trace each, and every repeat a duplicate', async () => {
    const traces = Array.from({ length: 100 }, () => aTrace())
    const answers = await Promise.all([
      batch(traces),
      batch(traces),
      ...traces.slice(0, 20).map((trace) => ingest(trace)),
    ])
    const [a, b, ...single] = answers.map(({ body }) => body)
    const fresh = a.ingested + b.ingested + single.filter(({ id }) => id).length
    expect(fresh).toBe(100)
    expect(a.ingested + a.duplicates).toBe(100)
    expect(single.every((body) => body.id || body.status === 'duplicate')).toBe(true)
  })
})
