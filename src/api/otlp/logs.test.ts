import { gzipSync } from 'node:zlib'
import { ProtobufLogsSerializer } from '@opentelemetry/otlp-transformer'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newId, type ProjectId } from '../../ids.ts'
import { decodeOtlpLogs, traceUuid } from '../../ingest/formats/otlp.ts'
import { recordsFromLogs, requestOfRejectedLog } from '../../ingest/formats/otlp-logs.ts'
import { TestApp } from '../testing/app.ts'
import { CONVERSATION, call, event, int, logs, nano, type Place, place, SAID, spans, text } from './testing/records.ts'

let app: TestApp
let owner: string
beforeAll(async () => {
  app = await TestApp.start({ config: (config) => (config.ingest.max_body_bytes = 2 * 1024 * 1024) })
  owner = await app.person(app.tenantId, 'owner@example.com', 'owner')
})
afterAll(() => app.stop())

/** What follows the log comes when it can, on a busy machine too. */
const SOON = { timeout: 10_000 }
const send = (body: object) => app.call(`POST /v1/otlp/${'resourceLogs' in body ? 'logs' : 'traces'}`, { send: body })

describe('events of model calls', () => {
  it.each(['/v1/otlp/logs', '/v1/otlp/v1/logs', '/v1/logs'])('are taken at %s', async (path) => {
    const at = place()
    await send(spans(call(at)))
    expect(await app.call(`POST ${path}`, { send: logs(...CONVERSATION(at)) })).toMatchObject({ status: 200, body: {} })
    expect(await app.trace(traceUuid(at.traceId))).toMatchObject({
      ...{ span_count: 1, total_token_count: 1100, cost: 0.00021 },
      ...SAID,
      spans: [SAID],
      events: [],
    })
  })

  it('are the same in protobuf, compressed', async () => {
    const at = place()
    const record = {
      ...{ hrTime: [1_772_366_400, 0], hrTimeObserved: [1_772_366_400, 0], droppedAttributesCount: 0 },
      resource: { attributes: {}, asyncAttributesPending: false, getRawAttributes: () => [] },
      ...{ instrumentationScope: { name: 'lib' }, eventName: 'gen_ai.user.message', attributes: {} },
      ...{ body: { content: 'Hello' }, spanContext: { ...at, traceFlags: 1 } },
    }
    const bytes = ProtobufLogsSerializer.serializeRequest([
      record as unknown as Parameters<typeof ProtobufLogsSerializer.serializeRequest>[0][number],
    ])
    const answer = await fetch(`${app.url}/v1/logs`, {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${app.key}`,
        ...{ 'Content-Type': 'application/x-protobuf', 'Content-Encoding': 'gzip' },
      },
      body: new Uint8Array(gzipSync(Buffer.from(bytes ?? []))),
    })
    expect(answer.status).toBe(200)
    expect(await answer.arrayBuffer()).toHaveProperty('byteLength', 0)
    await send(spans(call(at)))
    expect((await app.trace(traceUuid(at.traceId))).spans?.[0]?.input).toBe('[{"role":"user","content":"Hello"}]')
  })

  it('join their span in whatever order, splitting and repetition they come', async () => {
    const pieces = fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 })
    await fc.assert(
      fc.asyncProperty(pieces, fc.array(fc.nat(3), { maxLength: 3 }), fc.boolean(), async (order, again, atOnce) => {
        const at = place()
        const [system, user, choice] = CONVERSATION(at)
        const bodies = [logs(system ?? {}), logs(user ?? {}), logs(choice ?? {}), spans(call(at))]
        if (atOnce) bodies.splice(0, 3, logs(...CONVERSATION(at)), logs(choice ?? {}), logs(user ?? {}))
        for (const index of [...order, ...again]) await send(bodies[index] ?? {})
        const trace = await app.trace(traceUuid(at.traceId))
        expect(trace).toMatchObject({ ...SAID, started_at: '2026-03-01T12:00:00.000Z', name: 'chat gpt-4o-mini' })
        expect(trace.spans).toMatchObject([SAID])
        const { body } = await app.call('GET /v1/traces?limit=200')
        const listed = body.traces.find(({ id }: { id: string }) => id === trace.id)
        expect([listed.input_preview, listed.output_preview]).toEqual([SAID.input, SAID.output])
      }),
      { numRuns: 12 },
    )
  })

  it('give way to what the span says itself, whichever comes first', async () => {
    const own = [text('gen_ai.input.messages', '[{"role":"user","parts":[{"type":"text","content":"Mine"}]}]')]
    for (const first of ['logs', 'spans']) {
      const at = place()
      const both = [logs(...CONVERSATION(at)), spans(call(at, {}, own))]
      for (const body of first === 'logs' ? both : both.reverse()) await send(body)
      expect((await app.trace(traceUuid(at.traceId))).spans).toMatchObject([
        { input: '[{"role":"user","content":"Mine"}]', output: SAID.output },
      ])
    }
  })

  it('tell all at once in the current conventions, and what else they say is an event', async () => {
    const at = place()
    const details = event(at, 'gen_ai.client.inference.operation.details', 90, '', [
      text('gen_ai.system_instructions', '[{"type":"text","content":"Be brief."}]'),
      text('gen_ai.input.messages', '[{"role":"user","parts":[{"type":"text","content":"Hello"}]}]'),
      text(
        'gen_ai.output.messages',
        '[{"role":"assistant","parts":[{"type":"text","content":"Hi"}],"finish_reason":"stop"}]',
      ),
      text('gen_ai.response.id', 'r1'),
      text('gen_ai.tool.definitions', '[{"type":"function","name":"get_weather"}]'),
    ])
    await send(logs(details, ...CONVERSATION(at)))
    await send(spans(call(at)))
    const trace = await app.trace(traceUuid(at.traceId))
    expect(trace.spans).toMatchObject([
      {
        ...{ input: SAID.input, output: '[{"role":"assistant","content":"Hi","finish_reason":"stop"}]' },
        metadata: { tools: [{ type: 'function', name: 'get_weather' }] },
      },
    ])
    expect(trace.events).toMatchObject([
      {
        message: 'gen_ai.client.inference.operation.details',
        span_id: trace.spans?.[0]?.id,
        metadata: { 'gen_ai.response.id': 'r1', 'gen_ai.system': 'openai' },
      },
    ])
    expect(JSON.stringify(trace.events)).not.toContain('Hello')
  })

  const DETAILS = [
    ...[text('gen_ai.operation.name', 'chat'), text('gen_ai.request.model', 'gpt-4o-mini')],
    ...[
      int('gen_ai.usage.input_tokens', 2000),
      int('gen_ai.usage.output_tokens', 200),
      text('gen_ai.response.id', 'r1'),
      text('gen_ai.tool.definitions', '[{"type":"function","name":"get_weather"}]'),
    ],
    text('gen_ai.input.messages', '[{"role":"user","parts":[{"type":"text","content":"Hello"}]}]'),
    text(
      'gen_ai.output.messages',
      '[{"role":"assistant","parts":[{"type":"text","content":"Hi"}],"finish_reason":"stop"}]',
    ),
  ]
  const details = (at: Place | object, attributes: object[] = DETAILS) =>
    event(at, 'gen_ai.client.inference.operation.details', 90, '', attributes)

  it('show the call whose span does not come, and give way to it when it does', async () => {
    const at = place()
    const id = traceUuid(at.traceId)
    await send(logs(details(at)))
    const shown = {
      ...{ name: 'chat gpt-4o-mini', model: 'gpt-4o-mini', span_count: 1, total_token_count: 2200, cost: 0.00042 },
      ...{ input: '[{"role":"user","content":"Hello"}]', latency_ms: null, error: null },
      started_at: '2026-03-01T12:00:00.090Z',
    }
    const before = await app.trace(id)
    expect(before).toMatchObject(shown)
    expect(before.spans).toMatchObject([{ type: 'llm', provider: 'openai', prompt_tokens: 2000, cost: 0.00042 }])
    const used = async () => (await app.call('GET /v1/usage', { as: owner })).body.spans.used
    const usage = await used()
    const agent = place()
    const real = call(at, { parentSpanId: agent.spanId, name: 'chat real' }, [text('gen_ai.request.seed', '7')])
    real.attributes.splice(1, 1, text('gen_ai.request.model', 'gpt-4o'))
    await send(spans(real, { ...call({ ...agent, traceId: at.traceId }), name: 'agent' }))
    const after = await app.trace(id)
    expect(after).toMatchObject({
      ...{ name: 'agent', model: 'gpt-4o', span_count: 2, total_token_count: 1100, cost: 0.0035, latency_ms: 100 },
      started_at: '2026-03-01T12:00:00.000Z',
    })
    expect(after.spans?.map(({ name, input }) => [name, input])).toEqual(
      expect.arrayContaining([
        ['agent', null],
        ['chat real', '[{"role":"user","content":"Hello"}]'],
      ]),
    )
    expect(await used()).toBe(usage + 1)
    const with_ = async (model: string) =>
      (await app.call(`GET /v1/traces?limit=200&model=${model}`)).body.traces.filter(
        (one: { id: string }) => one.id === id,
      )
    expect(await with_('gpt-4o')).toHaveLength(1)
    // The agent's own model is the smaller one.
    expect(await with_('gpt-4o-mini')).toHaveLength(1)
    await send(logs(details(at)))
    expect(await app.trace(id)).toEqual(after)
  })

  it('are no longer found by a model that only they named', async () => {
    const at = place()
    await send(logs(details(at, [text('gen_ai.request.model', 'alias-of-mine')])))
    const found = async () => (await app.call('GET /v1/traces?model=alias-of-mine')).body.traces.length
    expect(await found()).toBe(1)
    await send(spans(call(at)))
    expect(await found()).toBe(0)
  })

  it('show a conversation whose span does not come', async () => {
    const at = place()
    await send(logs(...CONVERSATION(at)))
    const trace = await app.trace(traceUuid(at.traceId))
    expect(trace).toMatchObject({ name: 'chat', span_count: 1, ...SAID, latency_ms: 89 })
    expect(trace.spans).toMatchObject([{ type: 'llm', provider: 'openai', ...SAID }])
  })

  it('are a trace of their own where they were written in no span', async () => {
    const session = [text('gen_ai.conversation.id', 'alone'), text('error.type', 'timeout')]
    for (const _ of [1, 2]) await send(logs(details({}, [...DETAILS, ...session])))
    const { body } = await app.call('GET /v1/traces?session_id=alone')
    expect(body.traces).toMatchObject([{ model: 'gpt-4o-mini', cost: 0.00042, error: 'timeout', span_count: 1 }])
  })

  it('make the same trace whether they came before their span or after it', async () => {
    const shown = async (order: 'logs' | 'spans') => {
      const at = place()
      const bodies = [logs(details(at), ...CONVERSATION(at)), spans(call(at))]
      for (const body of order === 'logs' ? bodies : bodies.reverse()) await send(body)
      const text = JSON.stringify(await app.trace(traceUuid(at.traceId)))
      const ids = [...new Set(text.match(/[0-9a-f]{8}-[0-9a-f-]{27}/g))]
      const plain = ids.reduce((said, id, i) => said.replaceAll(id, `id ${i}`), text)
      return JSON.parse(plain.replaceAll(at.traceId, 'trace').replaceAll(at.spanId, 'span'), (key, value) =>
        key === 'created_at' ? undefined : value,
      )
    }
    expect(await shown('logs')).toEqual(await shown('spans'))
  })

  it('are found by what they say', async () => {
    const at = place()
    await send(spans(call(at)))
    await send(logs(event(at, 'gen_ai.user.message', 2, { content: 'Where do quokkas live?' })))
    await expect
      .poll(
        async () => (await app.call('GET /v1/traces?q=quokkas')).body.traces.map(({ id }: { id: string }) => id),
        SOON,
      )
      .toEqual([traceUuid(at.traceId)])
  })
})

describe('log records that are not kept', () => {
  it('are counted in the answer and in the health of ingest', async () => {
    const before = (await app.call('GET /v1/ingestion-health')).body.ignored_count
    const at = place()
    const answer = await send(
      logs(
        { body: { stringValue: 'GET /' }, timeUnixNano: nano(0) },
        event({}, 'gen_ai.user.message', 1, { content: 'x' }),
        ...CONVERSATION(at),
      ),
    )
    expect(answer).toMatchObject({ status: 200, body: { partialSuccess: { rejectedLogRecords: 0 } } })
    expect(answer.body.partialSuccess.errorMessage).toMatch(/^2 log records tell of no model call, tool or prompt/)
    expect((await app.call('GET /v1/ingestion-health')).body.ignored_count).toBe(before + 2)
  })

  it('go to the dead letters where they are events that cannot be kept, and can be replayed', async () => {
    const at = place()
    const answer = await send(
      logs(
        event({ traceId: at.traceId, spanId: 'abc' }, 'gen_ai.user.message', 1, { content: 'no span' }),
        event(at, 'gen_ai.user.message', 2, { content: 'x'.repeat(1024 * 1024) }),
        event(at, 'gen_ai.user.message', 3, { content: 'good' }),
      ),
    )
    expect(answer.body.partialSuccess.rejectedLogRecords).toBe(2)
    await send(spans(call(at)))
    expect((await app.trace(traceUuid(at.traceId))).spans).toMatchObject([
      { input: '[{"role":"user","content":"good"}]' },
    ])
    const { body } = await app.call('GET /v1/dlq?limit=2', { as: owner })
    const letters: { id: string; source: string; code: string }[] = body.dead_letters
    const codes = letters.map(({ code }) => code).sort()
    expect(codes).toEqual(['invalid_span_id', 'payload_too_large'])
    for (const { id, code } of letters) {
      const again = await app.call(`POST /v1/dlq/${id}/replay`, { as: owner, send: {} })
      expect(again.body).toMatchObject({ outcome: 'failed', code })
    }
  })

  it('can be read again from their dead letter where the fault is gone', () => {
    const at = place()
    const request = decodeOtlpLogs(
      Buffer.from(JSON.stringify(logs(event(at, 'gen_ai.user.message', 1, { content: 'long' })))),
      'application/json',
    )
    const context = { tenantId: app.tenantId, projectId: newId<ProjectId>(), receivedAt: 0, maxSpanBytes: 10 }
    const { rejected, records } = recordsFromLogs(request, context)
    expect(records).toEqual([])
    const again = requestOfRejectedLog(rejected[0]?.payload ?? '')
    expect(recordsFromLogs(again, { ...context, maxSpanBytes: 1e6 }).records).toEqual(
      recordsFromLogs(request, { ...context, maxSpanBytes: 1e6 }).records,
    )
  })

  it.each([
    ['/v1/logs', { resourceSpans: [] }, 'resourceLogs'],
    ['/v1/traces', { resource_logs: [] }, 'resourceSpans'],
  ])('are refused as a whole where they are sent to the wrong address: %s', async (path, body, expected) => {
    const answer = await app.call(`POST ${path}`, { send: body })
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_otlp' } })
    expect(answer.body.error).toContain(`"${expected}" is expected`)
  })

  it('include metrics, whose senders are told how to stop', async () => {
    for (const path of ['/v1/metrics', '/v1/otlp/v1/metrics', '/v1/otlp/metrics']) {
      const answer = await app.call(`POST ${path}`, { send: { resourceMetrics: [] } })
      expect(answer.status).toBe(415)
      expect(answer.body.error).toContain('OTEL_METRICS_EXPORTER=none')
    }
  })
})
