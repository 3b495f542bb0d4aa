import { readFileSync } from 'node:fs'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import generated from '@opentelemetry/otlp-transformer/build/src/generated/root.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { traceUuid } from '../../ingest/formats/otlp.ts'
import { TestApp } from '../testing/app.ts'
import { hex, int, nano, text } from './testing/records.ts'

let app: TestApp
beforeAll(async () => {
  app = await TestApp.start({ config: (config) => (config.ingest.max_body_bytes = 2 * 1024 * 1024) })
})
afterAll(() => app.stop())

interface SpanFields {
  traceId: string
  [field: string]: unknown
}
const span = ({ traceId, ...fields }: SpanFields) => ({
  traceId,
  spanId: hex(8),
  name: 'step',
  startTimeUnixNano: nano(0),
  endTimeUnixNano: nano(100),
  ...fields,
})
const request = (...spans: object[]) => ({
  resourceSpans: [
    { resource: { attributes: [text('service.name', 'shop')] }, scopeSpans: [{ scope: { name: 'test' }, spans }] },
  ],
})
const chat = [
  text('gen_ai.operation.name', 'chat'),
  text('gen_ai.provider.name', 'openai'),
  text('gen_ai.request.model', 'gpt-4o-mini'),
  int('gen_ai.usage.input_tokens', 1000),
  int('gen_ai.usage.output_tokens', 100),
]

const post = (send: object, path = '/v1/otlp/traces') => app.call(`POST ${path}`, { send })

describe('OTLP over HTTP', () => {
  it.each(['/v1/otlp/traces', '/v1/otlp/v1/traces', '/v1/traces'])('is taken at %s', async (path) => {
    const traceId = hex(16)
    expect(await post(request(span({ traceId, attributes: chat })), path)).toMatchObject({ status: 200, body: {} })
    expect(await app.trace(traceUuid(traceId))).toMatchObject({
      otel_trace_id: traceId,
      name: 'step',
      model: 'gpt-4o-mini',
      total_token_count: 1100,
      cost: 0.00021,
      latency_ms: 100,
      metadata: { 'service.name': 'shop' },
      spans: [{ type: 'llm', provider: 'openai', prompt_tokens: 1000, completion_tokens: 100 }],
    })
  })

  it('answers protobuf with protobuf, also compressed', async () => {
    const bytes = readFileSync(path.resolve(import.meta.dirname, '../../../fixtures/otlp/openinference-openai.bin'))
    const answer = await raw(gzipSync(bytes), { 'Content-Type': 'application/x-protobuf', 'Content-Encoding': 'gzip' })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toBe('application/x-protobuf')
    expect(await answer.arrayBuffer()).toHaveProperty('byteLength', 0)
  })

  it('grows one trace from many requests in any order, and takes a repeat for nothing', async () => {
    const traceId = hex(16)
    const root = span({ traceId, name: 'root', endTimeUnixNano: nano(900) })
    const child = span({
      traceId,
      name: 'child',
      parentSpanId: root.spanId,
      startTimeUnixNano: nano(50),
      attributes: chat,
    })
    const leaf = span({ traceId, name: 'leaf', parentSpanId: child.spanId, startTimeUnixNano: nano(60) })
    for (const one of [leaf, root, child, leaf, root]) await post(request(one))
    const trace = await app.trace(traceUuid(traceId))
    expect(trace).toMatchObject({ name: 'root', span_count: 3, latency_ms: 900, total_token_count: 1100 })
    const spans = trace.spans ?? []
    expect(spans.map(({ name }) => name)).toEqual(['root', 'child', 'leaf'])
    expect(spans[1]?.parent_span_id).toBe(spans[0]?.id)
    expect(spans[2]?.parent_span_id).toBe(spans[1]?.id)
    const { body } = await app.call('GET /v1/traces?model=gpt-4o-mini&name=root')
    expect(body.traces.filter(({ id }: { id: string }) => id === trace.id)).toHaveLength(1)
  })

  it('counts the spans it cannot keep, keeps the others, and the refused ones as dead letters', async () => {
    const traceId = hex(16)
    const bad = { ...span({ traceId, name: 'no id' }), spanId: '' }
    const huge = span({ traceId, name: 'huge', attributes: [text('note', 'x'.repeat(1024 * 1024))] })
    const answer = await post(request(bad, span({ traceId, name: 'good' }), huge))
    expect(answer.body.partialSuccess.rejectedSpans).toBe(2)
    expect(answer.body.partialSuccess.errorMessage).toBeTruthy()
    expect((await app.trace(traceUuid(traceId))).spans?.map(({ name }) => name)).toEqual(['good'])
    const { letters } = await app.telemetry.ask('deadLetterPage', { tenantId: app.tenantId, limit: 2 })
    expect(letters.map(({ source, code }) => [source, code]).sort()).toEqual([
      ['otlp', 'invalid_span_id'],
      ['otlp', 'payload_too_large'],
    ])
    const id = letters.find(({ code }) => code === 'invalid_span_id')?.id ?? ''
    const whole = await app.telemetry.ask('deadLetter', { tenantId: app.tenantId, id })
    expect(JSON.parse(Buffer.from(whole ?? []).toString()).payload.span.name).toBe('no id')
  })

  it('keeps errors with their class, and exceptions as events', async () => {
    const traceId = hex(16)
    const exception = {
      name: 'exception',
      timeUnixNano: nano(90),
      attributes: [text('exception.type', 'RateLimitError'), text('exception.message', '429 Too Many Requests')],
    }
    await post(request(span({ traceId, status: { code: 2 }, events: [exception] })))
    expect(await app.trace(traceUuid(traceId))).toMatchObject({
      error: 'RateLimitError: 429 Too Many Requests',
      failure_type: 'rate_limit',
      events: [{ level: 'error', message: 'RateLimitError: 429 Too Many Requests' }],
    })
  })

  it('keeps odd spans: without times, ending before they start, their own parent, with a parent that never comes', async () => {
    const traceId = hex(16)
    const own = span({ traceId, name: 'own parent' })
    await post(
      request(
        span({ traceId, name: 'untimed', startTimeUnixNano: '0', endTimeUnixNano: '0' }),
        span({ traceId, name: 'backwards', startTimeUnixNano: nano(10), endTimeUnixNano: nano(5) }),
        { ...own, parentSpanId: own.spanId },
        span({ traceId, name: 'orphan', parentSpanId: hex(8) }),
      ),
    )
    const spans = (await app.trace(traceUuid(traceId))).spans ?? []
    const byName = Object.fromEntries(spans.map((one) => [one.name, one]))
    expect(byName.untimed).toMatchObject({ start_time: null, end_time: null, latency_ms: null })
    expect(byName.backwards).toMatchObject({ latency_ms: null, end_time: '2026-03-01T12:00:00.005Z' })
    expect(byName['own parent']?.parent_span_id).toBeNull()
    expect(byName.orphan?.parent_span_id).not.toBeNull()
  })

  it('holds a trace of 10,000 spans sent in one request', async () => {
    const traceId = hex(16)
    const spans = Array.from({ length: 10_000 }, (_, i) => ({
      traceId,
      spanId: (i + 1).toString(16).padStart(16, '0'),
      name: `s${i}`,
    }))
    expect((await post(request(...spans))).body).toEqual({})
    expect((await app.trace(traceUuid(traceId))).span_count).toBe(10_000)
  })

  it('is found by each of its models at its start, also when a large trace turns out to have begun earlier', async () => {
    const traceId = hex(16)
    const long = `long-${'m'.repeat(300)}`
    const call = (model: string, at: number) =>
      span({
        ...{ traceId, startTimeUnixNano: nano(at), endTimeUnixNano: nano(at + 10) },
        attributes: [text('gen_ai.operation.name', 'chat'), text('gen_ai.request.model', model)],
      })
    const name = hex(8)
    await post(
      request(...Array.from({ length: 600 }, (_, i) => call(`${name}-${i % 3}`, 10_000 + i)), call(long, 10_000)),
    )
    await post(request(call(`${name}-new`, 5_000)))
    await post(request(call(`${name}-0`, 1_000)))
    const at = (ms: number) => new Date(Date.parse('2026-03-01T12:00:00Z') + ms).toISOString()
    for (const model of [`${name}-0`, `${name}-1`, `${name}-2`, `${name}-new`, long]) {
      const found = async (from: number, to: number) => {
        const query = `model=${model}&from=${at(from)}&to=${at(to)}`
        return (await app.call(`GET /v1/traces?${query}`)).body.traces.map(({ id }: { id: string }) => id)
      }
      expect(await found(0, 60_000)).toEqual([traceUuid(traceId)])
      expect(await found(1_000, 1_000)).toEqual([traceUuid(traceId)])
      expect(await found(1_001, 60_000)).toEqual([])
    }
  })

  it('goes to the project that a header names', async () => {
    const traceId = hex(16)
    await app.call('POST /v1/otlp/traces', {
      send: request(span({ traceId })),
      headers: { 'X-TruLayer-Project': 'By header' },
    })
    const { body } = await app.call('GET /v1/projects')
    const project = body.projects.find(({ name }: { name: string }) => name === 'By header')
    expect((await app.trace(traceUuid(traceId))).project_id).toBe(project.id)
  })

  const refused: [what: string, body: Buffer, type: string, status: number, code: string][] = [
    ['an unknown content type', Buffer.from('{}'), 'text/plain', 415, 'unsupported_media_type'],
    ['truncated protobuf', protobuf().subarray(0, -5), 'application/x-protobuf', 400, 'invalid_otlp'],
    [
      'JSON that is called protobuf',
      Buffer.from('{"resourceSpans":[]}'),
      'application/x-protobuf',
      400,
      'invalid_otlp',
    ],
    ['not JSON', Buffer.from('{'), 'application/json', 400, 'invalid_otlp'],
    ['JSON of the wrong shape', Buffer.from('{"resourceSpans":7}'), 'application/json', 400, 'invalid_otlp'],
    ['a body over the limit', Buffer.alloc(2 * 1024 * 1024 + 1), 'application/x-protobuf', 413, 'payload_too_large'],
  ]
  it.each(refused)('refuses %s', async (_, body, type, status, code) => {
    const answer = await raw(body, { 'Content-Type': type })
    expect(answer.status).toBe(status)
    expect(await answer.json()).toMatchObject({ code })
  })

  it('takes a request without spans', async () => {
    expect(await post({})).toMatchObject({ status: 200, body: {} })
    expect((await raw(Buffer.alloc(0), { 'Content-Type': 'application/x-protobuf' })).status).toBe(200)
  })

  const raw = (body: Buffer, headers: Record<string, string>) =>
    fetch(`${app.url}/v1/otlp/traces`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${app.key}`, ...headers },
      body: new Uint8Array(body),
    })
})

/** One span as OpenTelemetry's own code writes it. */
function protobuf(): Buffer {
  interface Codec {
    encode(message: object): { finish(): Uint8Array }
  }
  const root = generated as unknown as {
    opentelemetry: { proto: { collector: { trace: { v1: { ExportTraceServiceRequest: Codec } } } } }
  }
  const spans = [
    { traceId: Buffer.from(hex(16), 'hex'), spanId: Buffer.from(hex(8), 'hex'), name: 'a step with a long name' },
  ]
  return Buffer.from(
    root.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest.encode({
      resourceSpans: [{ scopeSpans: [{ spans }] }],
    }).finish(),
  )
}

describe('senders that know only a name and a password', () => {
  const basic = (password: string) => ({
    Authorization: `Basic ${Buffer.from(`pk-lf-1:${password}`).toString('base64')}`,
  })
  const sent = (headers: Record<string, string>, traceId: string) =>
    fetch(`${app.url}/api/public/otel/v1/traces`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify(request(span({ traceId }))),
    })

  it('have the key as the password, at the path of Langfuse’s SDKs', async () => {
    const traceId = hex(16)
    expect((await sent(basic(app.key), traceId)).status).toBe(200)
    expect(await app.trace(traceUuid(traceId))).toMatchObject({ span_count: 1 })
    for (const wrong of ['', 'tl_wrong', `${app.key}x`]) expect((await sent(basic(wrong), hex(16))).status).toBe(401)
  })
})
