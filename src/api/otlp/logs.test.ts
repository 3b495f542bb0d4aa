import { readFileSync } from 'node:fs'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { ProtobufLogsSerializer } from '@opentelemetry/otlp-transformer'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newId, type ProjectId } from '../../ids.ts'
import { decodeOtlpLogs, traceUuid } from '../../ingest/formats/otlp.ts'
import { recordsFromLogs, requestOfRejectedLog } from '../../ingest/formats/otlp-logs.ts'
import { TestApp } from '../testing/app.ts'

let app: TestApp
let owner: string
beforeAll(async () => {
  app = await TestApp.start({ config: (config) => (config.ingest.max_body_bytes = 2 * 1024 * 1024) })
  owner = await app.person(app.tenantId, 'owner@example.com', 'owner')
})
afterAll(() => app.stop())

/** What follows the log comes when it can, on a busy machine too. */
const SOON = { timeout: 10_000 }
const hex = (bytes: number) =>
  newId()
    .replaceAll('-', '')
    .slice(-bytes * 2)
const nano = (ms: number) => `${Date.parse('2026-03-01T12:00:00Z') + ms}000000`
const text = (key: string, value: string) => ({ key, value: { stringValue: value } })
const int = (key: string, value: number) => ({ key, value: { intValue: String(value) } })
const anyValue = (value: unknown): object =>
  typeof value === 'string'
    ? { stringValue: value }
    : Array.isArray(value)
      ? { arrayValue: { values: value.map(anyValue) } }
      : { kvlistValue: { values: Object.entries(value as object).map(([key, of]) => ({ key, value: anyValue(of) })) } }

interface Place {
  traceId: string
  spanId: string
}
const event = (place: Place | object, eventName: string, ms: number, body: unknown, attributes: object[] = []) => ({
  ...place,
  eventName,
  timeUnixNano: nano(ms),
  body: anyValue(body),
  attributes: [text('gen_ai.system', 'openai'), ...attributes],
})
const logs = (...logRecords: object[]) => ({ resourceLogs: [{ scopeLogs: [{ scope: { name: 'test' }, logRecords }] }] })
const spans = (...list: object[]) => ({ resourceSpans: [{ scopeSpans: [{ scope: { name: 'test' }, spans: list }] }] })
const call = (place: Place, fields: object = {}, attributes: object[] = []) => ({
  ...place,
  name: 'chat gpt-4o-mini',
  startTimeUnixNano: nano(0),
  endTimeUnixNano: nano(100),
  attributes: [
    ...[text('gen_ai.operation.name', 'chat'), text('gen_ai.request.model', 'gpt-4o-mini')],
    ...[int('gen_ai.usage.input_tokens', 1000), int('gen_ai.usage.output_tokens', 100), ...attributes],
  ],
  ...fields,
})

const send = (body: object) => app.call(`POST /v1/otlp/${'resourceLogs' in body ? 'logs' : 'traces'}`, { send: body })
const place = (): Place => ({ traceId: hex(16), spanId: hex(8) })
const CONVERSATION = (at: Place) => [
  event(at, 'gen_ai.system.message', 1, { content: 'Be brief.' }),
  event(at, 'gen_ai.user.message', 2, { content: 'Hello' }),
  event(at, 'gen_ai.choice', 90, { index: '0', finish_reason: 'stop', message: { content: 'Hi' } }),
]
const SAID = {
  input: JSON.stringify([
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Hello' },
  ]),
  output: JSON.stringify([{ role: 'assistant', content: 'Hi', index: '0', finish_reason: 'stop' }]),
}

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

const fixture = (name: string) =>
  JSON.parse(readFileSync(path.resolve(import.meta.dirname, `../../../fixtures/otlp/${name}.json`), 'utf8'))

describe('events of command-line agents', () => {
  it.each([
    ['claude-code-logs', 0.00207, 4],
    ['gemini-cli-logs', 0.00026704, 4],
  ])('become the same trace however they are split and repeated: %s', async (name, cost, count) => {
    const whole = fixture(name)
    const { scope, logRecords } = whole.resourceLogs[0].scopeLogs[0]
    const { resource } = whole.resourceLogs[0]
    // What Gemini CLI says of one call belongs together, and is written together.
    const size = name === 'gemini-cli-logs' ? logRecords.length : 1
    for (let from = logRecords.length - size; from >= 0; from -= size)
      await send({
        resourceLogs: [{ resource, scopeLogs: [{ scope, logRecords: logRecords.slice(from, from + size) }] }],
      })
    await send(whole)
    const session = resource.attributes
      .concat(logRecords[0].attributes)
      .find(({ key }: { key: string }) => key === 'session.id')
    const { body } = await app.call(`GET /v1/traces?session_id=${session.value.stringValue}`)
    expect(body.traces).toHaveLength(1)
    const trace = await app.trace(body.traces[0].id)
    expect(trace).toMatchObject({ input: 'weather in Paris?', span_count: count })
    expect(trace.cost).toBeCloseTo(cost, 9)
    expect(trace.output).toContain('It is sunny in Paris.')
    const root = trace.spans?.find(({ parent_span_id }) => parent_span_id === null)
    expect(trace.spans?.filter(({ parent_span_id }) => parent_span_id === root?.id)).toHaveLength(count - 1)
  })

  it.each([
    ['in order', 1],
    ['the last first', -1],
  ])('join what was asked and what was answered, also where they come apart: %s', async (order, direction) => {
    const { resource, scopeLogs } = fixture('gemini-cli-logs').resourceLogs[0]
    const [{ scope, logRecords }] = scopeLogs
    // Earlier versions do not repeat with the answer what was asked.
    const isDetail = ({ attributes }: { attributes: { value: { stringValue?: string } }[] }) =>
      attributes.some(({ value }) => value.stringValue === 'gen_ai.client.inference.operation.details')
    const records = logRecords.filter((record: Parameters<typeof isDetail>[0]) => !isDetail(record))
    const shown = async (parts: object[][]) => {
      const as = await app.addKey(await app.tenant(`gemini ${order} ${parts.length}`))
      for (const part of parts) {
        const send = { resourceLogs: [{ resource, scopeLogs: [{ scope, logRecords: part }] }] }
        expect(await app.call('POST /v1/otlp/logs', { as, send })).toMatchObject({ status: 200 })
      }
      const { body } = await app.call('GET /v1/traces', { as })
      expect(body.traces).toHaveLength(1)
      const { spans, input } = await app.trace(body.traces[0].id, as)
      return [input, ...(spans ?? []).map(({ name, input, output, cost }) => ({ name, input, output, cost }))]
    }
    const apart = records.map((record: object) => [record])
    const whole = await shown([records])
    expect(JSON.stringify(whole[2])).toContain('session_context')
    expect(await shown([...(direction === 1 ? apart : apart.reverse()), ...apart])).toEqual(whole)
  })

  it.each([
    ['logs', 'spans'],
    ['spans', 'logs'],
    ['logs', 'spans', 'logs', 'spans'],
  ])('tell of calls that spans of other traces tell of too, and each call counts once: %s, %s', async (...order) => {
    const as = await app.addKey(await app.tenant(order.join()))
    const bodies = { logs: fixture('gemini-cli-logs'), spans: fixture('gemini-cli') }
    for (const one of order)
      expect(
        await app.call(`POST /v1/otlp/${one === 'logs' ? 'logs' : 'traces'}`, {
          as,
          send: bodies[one as 'logs' | 'spans'],
        }),
      ).toMatchObject({ status: 200 })
    const { traces } = (await app.call('GET /v1/traces', { as })).body
    const counted = traces
      .map(({ name, total_token_count, cost }: Record<string, unknown>) => [name, total_token_count, cost])
      .sort()
    expect(counted).toEqual([
      ['llm_call', null, null],
      ['llm_call', null, null],
      ['run_shell_command', null, null],
      ['user_prompt', 2440, expect.closeTo(0.00026704, 9)],
    ])
    // What its spans used is theirs nevertheless.
    const one = await app.trace(traces.find(({ name }: { name: string }) => name === 'llm_call').id, as)
    expect(one.spans).toMatchObject([{ prompt_tokens: 1200, completion_tokens: 12 }])
    const { body } = await app.call('GET /v1/sessions', { as })
    expect(body.sessions).toMatchObject([{ trace_count: 4, cost: expect.closeTo(0.00026704, 9) }])
    const range = 'from=2026-01-01T00:00:00Z&to=2027-01-01T00:00:00Z'
    await expect
      .poll(async () => {
        const { body } = await app.call(`GET /v1/metrics/timeseries?${range}`, { as })
        return JSON.stringify(body).includes('0.000267')
      }, SOON)
      .toBe(true)
  })

  const claude = (name: string, session: string, fields: Record<string, string | number>, at: object = {}) => ({
    ...at,
    timeUnixNano: nano(500),
    body: { stringValue: `claude_code.${name}` },
    attributes: [
      text('event.name', name),
      ...[text('session.id', session), text('prompt.id', `prompt of ${session}`)],
      ...Object.entries(fields).map(([key, value]) => (typeof value === 'number' ? int(key, value) : text(key, value))),
    ],
  })
  const fromClaude = (...logRecords: object[]) => ({
    resourceLogs: [{ scopeLogs: [{ scope: { name: 'com.anthropic.claude_code.events' }, logRecords }] }],
  })
  const traceOf = async (session: string) => {
    const { body } = await app.call(`GET /v1/traces?session_id=${session}`)
    return app.trace(body.traces[0].id)
  }

  it('are priced from their tokens where they state no cost, and fail where they failed', async () => {
    const counts = { input_tokens: 100, output_tokens: 20, cache_read_tokens: 1000, cache_creation_tokens: 30 }
    await send(
      fromClaude(
        claude('api_error', 's1', {
          model: 'claude-sonnet-4-5',
          error: 'Overloaded',
          status_code: 529,
          duration_ms: 40,
        }),
        claude('api_request', 's1', { model: 'claude-sonnet-4-5', request_id: 'r1', duration_ms: 200, ...counts }),
        claude('assistant_response', 's1', { request_id: 'r1', response: 'Done.' }),
        claude('tool_result', 's1', { tool_name: 'Bash', success: 'false', error: 'exit 1', duration_ms: '7' }),
      ),
    )
    const trace = await traceOf('s1')
    const byName = (name: string) => trace.spans?.filter((span) => span.name === name) ?? []
    expect(
      byName('claude_code.llm_request')
        .map(({ error }) => error)
        .sort(),
    ).toEqual(['Overloaded', null])
    const request = byName('claude_code.llm_request').find(({ error }) => error === null)
    expect(request).toMatchObject({
      ...{ type: 'llm', provider: 'anthropic', prompt_tokens: 1130, latency_ms: 200 },
      output: '[{"role":"assistant","content":"Done."}]',
    })
    expect(request?.cost).toBeCloseTo(0.0010125, 9)
    expect(byName('Bash')).toMatchObject([{ type: 'tool', error: 'exit 1', latency_ms: 7 }])
  })

  it('are events of their span where they were written inside one, and count nothing twice', async () => {
    const at = place()
    const request = { model: 'claude-sonnet-4-5', input_tokens: 100, output_tokens: 20, cost_usd_micros: 600 }
    const answer = await send(fromClaude(claude('api_request', 's2', request, at)))
    expect(answer.body).toEqual({})
    await send(spans(call(at)))
    expect(await app.trace(traceUuid(at.traceId))).toMatchObject({
      ...{ span_count: 1, total_token_count: 1100 },
      events: [{ message: 'api_request', metadata: { model: 'claude-sonnet-4-5', 'prompt.id': 'prompt of s2' } }],
    })
    const { body } = await app.call('GET /v1/traces?session_id=s2')
    expect(body.traces).toEqual([])
    // What it answered in the end is not in its traces.
    await send(fromClaude(claude('assistant_response', 's2', { response: 'Sunny.' }, at)))
    expect((await app.trace(traceUuid(at.traceId))).output).toBe('[{"role":"assistant","content":"Sunny."}]')
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

describe('senders that know only a name and a password', () => {
  const basic = (password: string) => ({
    Authorization: `Basic ${Buffer.from(`pk-lf-1:${password}`).toString('base64')}`,
  })
  const post = (headers: Record<string, string>, at: Place) =>
    fetch(`${app.url}/api/public/otel/v1/traces`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify(spans(call(at))),
    })

  it('have the key as the password, at the path of Langfuse’s SDKs', async () => {
    const at = place()
    expect((await post(basic(app.key), at)).status).toBe(200)
    expect(await app.trace(traceUuid(at.traceId))).toMatchObject({ span_count: 1 })
    for (const wrong of ['', 'tl_wrong', `${app.key}x`]) expect((await post(basic(wrong), place())).status).toBe(401)
  })
})
