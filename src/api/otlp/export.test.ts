import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newId, type SpanId, type TraceId } from '../../ids.ts'
import { otlpRequest } from '../../ingest/formats/otlp.arbitrary.ts'
import { aTrace, TestApp } from '../testing/app.ts'
import { Exports, FIRST, hex, LAST, spansOf } from './testing/exports.ts'

let app: TestApp
let emptyTenant: Exports['emptyTenant']
let pages: Exports['pages']
let post: Exports['post']
let roundTrip: Exports['roundTrip']
beforeAll(async () => {
  app = await TestApp.start()
  ;({ emptyTenant, pages, post, roundTrip } = new Exports(app))
})
afterAll(() => app.stop())

describe('what came as OTLP', () => {
  it('goes out equal: ids, nanoseconds, kinds, status, attributes, events, links, scope and resource', async () => {
    const as = await emptyTenant()
    const sent = {
      resourceSpans: [
        {
          resource: { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] },
          schemaUrl: 'https://opentelemetry.io/schemas/1.30.0',
          scopeSpans: [
            {
              scope: { name: 'lib', version: '1.2' },
              schemaUrl: 'https://opentelemetry.io/schemas/1.29.0',
              spans: [
                {
                  ...{ traceId: hex(1, 32), spanId: hex(1, 16), name: 'chat', kind: 3 },
                  ...{ startTimeUnixNano: '1772366400123456789', endTimeUnixNano: '1772366401000000001' },
                  attributes: [
                    { key: 'big', value: { intValue: '9007199254740993' } },
                    { key: 'list', value: { arrayValue: { values: [{ boolValue: false }, { doubleValue: 0.5 }] } } },
                    { key: 'bytes', value: { bytesValue: 'AQI=' } },
                  ],
                  events: [{ timeUnixNano: '1772366400500000007', name: 'token' }],
                  links: [{ traceId: hex(7, 32), spanId: hex(7, 16) }],
                  status: { message: 'no', code: 2 },
                  flags: 257,
                },
                {
                  ...{ traceId: hex(1, 32), spanId: hex(2, 16), parentSpanId: hex(1, 16), name: 'tool', kind: 1 },
                  ...{ startTimeUnixNano: '1772366400200000000', endTimeUnixNano: '1772366400300000000' },
                },
              ],
            },
          ],
        },
      ],
    }
    await post(as, sent)
    expect(await pages(as)).toEqual([sent])
  })

  it('is the same from an empty appliance that it was sent to, whatever it is', async () => {
    await fc.assert(
      fc.asyncProperty(otlpRequest, async (request) => {
        const as = await emptyTenant()
        await post(as, request)
        const { first, second } = await roundTrip(as)
        expect(second).toEqual(first)
      }),
      { numRuns: 25 },
    )
  })

  it('comes in pages of 10,000 spans, each span once, also where a trace is larger than a page', async () => {
    const as = await emptyTenant()
    const start = 1_772_366_400_000
    const send = (traceId: string, from: number, count: number) =>
      post(as, {
        resourceSpans: [
          {
            scopeSpans: [
              {
                spans: Array.from({ length: count }, (_, i) => ({
                  ...{ traceId, spanId: hex(from + i + 1, 16), name: 's' },
                  startTimeUnixNano: `${start + ((i * 7) % 100)}000000`,
                  endTimeUnixNano: `${start + 200}000000`,
                })),
              },
            ],
          },
        ],
      })
    await send(hex(2, 32), 0, 6_000)
    for (let from = 0; from < 12_000; from += 6_000) await send(hex(1, 32), from, 6_000)
    const all = await pages(as)
    expect(all.map((page) => spansOf([page]).length)).toEqual([10_000, 8_000])
    const ids = spansOf(all).map(({ traceId, spanId }) => `${traceId} ${spanId}`)
    expect(new Set(ids).size).toBe(18_000)
  })
})

describe('a native trace', () => {
  const at = (seconds: number) => new Date(Date.parse('2026-03-01T10:00:00Z') + seconds * 1000).toISOString()
  const [call, tool] = [newId<SpanId>(), newId<SpanId>()]
  const trace = aTrace({
    id: newId<TraceId>(),
    ...{ name: 'answer', session_id: 'chat-1', user_id: 'ann', input: 'hi', output: 'hello', environment: 'prod' },
    ...{
      started_at: at(0),
      ended_at: at(9),
      tags: { tier: 'gold' },
      metadata: { n: 7, deep: { list: [1, 'a', null] } },
    },
    spans: [
      {
        ...{ id: call, name: 'ask', type: 'llm', model: 'gpt-4o-mini', start_time: at(1), end_time: at(4) },
        ...{ prompt_tokens: 10, completion_tokens: 5, cost: 0.25 },
        input: JSON.stringify([
          { role: 'system', content: 'be brief' },
          { role: 'user', content: 'weather?' },
        ]),
        output: 'sunny',
      },
      {
        ...{ id: tool, parent_span_id: call, name: 'weather', type: 'tool', start_time: at(2), end_time: at(3) },
        ...{ input: '{"city":"Rome"}', output: '21', error: 'Request timed out.' },
      },
      {
        name: 'plain',
        start_time: at(5),
        latency_ms: 500,
        input: 'in',
        output: 'out',
        metadata: { 'input.value': 'x' },
      },
    ],
    events: [{ message: 'cache miss', level: 'warn', created_at: at(1), span_id: call, metadata: { k: 'v' } }],
  })

  it('goes out as spans by the GenAI conventions, below one for the trace', async () => {
    const as = await emptyTenant()
    await app.call('POST /v1/ingest', { as, send: trace })
    const spans = spansOf(await pages(as))
    const named = (name: string) => spans.find((span) => span.name === name) as Record<string, unknown>
    const attributes = (name: string) =>
      Object.fromEntries(
        (named(name).attributes as { key: string; value: Record<string, unknown> }[]).map(({ key, value }) => [
          key,
          Object.values(value)[0],
        ]),
      )
    const traceId = trace.id.replaceAll('-', '')
    expect(spans).toHaveLength(4)
    expect(spans.every((span) => span.traceId === traceId)).toBe(true)
    expect(named('answer')).toMatchObject({ kind: 1, startTimeUnixNano: `${Date.parse(at(0))}000000` })
    expect(named('answer').parentSpanId).toBeUndefined()
    expect(attributes('answer')).toMatchObject({
      ...{ 'session.id': 'chat-1', 'gen_ai.conversation.id': 'chat-1', 'user.id': 'ann' },
      ...{ 'input.value': 'hi', 'output.value': 'hello', 'tag.tier': 'gold', n: '7' },
    })
    expect(named('ask')).toMatchObject({ kind: 3, parentSpanId: named('answer').spanId })
    expect(attributes('ask')).toMatchObject({
      ...{ 'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': 'openai', 'gen_ai.request.model': 'gpt-4o-mini' },
      ...{ 'gen_ai.usage.input_tokens': '10', 'gen_ai.usage.output_tokens': '5', 'gen_ai.usage.cost': 0.25 },
    })
    expect(JSON.parse(String(attributes('ask')['gen_ai.input.messages']))).toEqual([
      { role: 'system', parts: [{ type: 'text', content: 'be brief' }] },
      { role: 'user', parts: [{ type: 'text', content: 'weather?' }] },
    ])
    expect(JSON.parse(String(attributes('ask')['gen_ai.output.messages']))).toEqual([
      { role: 'assistant', parts: [{ type: 'text', content: 'sunny' }], finish_reason: 'stop' },
    ])
    expect(named('ask').events).toMatchObject([{ name: 'cache miss' }])
    expect(named('weather')).toMatchObject({
      ...{ parentSpanId: named('ask').spanId, status: { code: 2, message: 'Request timed out.' } },
    })
    expect(attributes('weather')).toEqual({
      ...{ 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'weather', 'error.type': 'timeout' },
      ...{ 'gen_ai.tool.call.arguments': '{"city":"Rome"}', 'gen_ai.tool.call.result': '21' },
    })
    expect(attributes('plain')).toEqual({
      'openinference.span.kind': 'CHAIN',
      'input.value': 'in',
      'output.value': 'out',
      'metadata.input.value': 'x',
    })
  })

  it('goes out equal again from an empty appliance that it was sent to, and reads there as it did', async () => {
    const as = await emptyTenant()
    for (const send of [trace, aTrace({ started_at: at(60), spans: [] }), aTrace({ started_at: at(60) })])
      await app.call('POST /v1/ingest', { as, send })
    const { first, second } = await roundTrip(as)
    expect(spansOf(first)).toHaveLength(7)
    expect(second).toEqual(first)
  })

  it('is not changed by being sent in where it came from, nor by what else is sent for it', async () => {
    const as = await emptyTenant()
    const other = aTrace({ started_at: at(60), spans: [] })
    for (const send of [trace, other]) await app.call('POST /v1/ingest', { as, send })
    const [sentOut, before] = [await pages(as), await app.trace(trace.id, as)]
    for (const page of sentOut) await post(as, page)
    expect(await app.trace(trace.id, as)).toEqual(before)
    expect(await pages(as)).toEqual(sentOut)
    const late = { traceId: trace.id.replaceAll('-', ''), spanId: hex(99, 16), name: 'late' }
    const [first] = spansOf(sentOut).filter(({ traceId }) => traceId === late.traceId)
    const spans = [first, { ...late, startTimeUnixNano: `${Date.parse(at(2))}000000` }]
    await post(as, { resourceSpans: [{ scopeSpans: [{ spans }] }] })
    expect((await app.trace(trace.id, as)).span_count).toBe((before.span_count ?? 0) + 1)
  })

  it('keeps what it was when it is taken in elsewhere', async () => {
    const as = await emptyTenant()
    await app.call('POST /v1/ingest', { as, send: trace })
    const other = await emptyTenant()
    for (const page of await pages(as)) await post(other, page)
    expect(await app.trace(trace.id, other)).toMatchObject({
      ...{ name: 'answer', session_id: 'chat-1', user_id: 'ann', input: 'hi', output: 'hello', environment: 'prod' },
      ...{ model: 'gpt-4o-mini', cost: 0.25, total_token_count: 15, latency_ms: 9000, span_count: 4 },
    })
  })
})

it('is equal byte for byte from a second, empty appliance that everything was sent to', {
  timeout: 60_000,
}, async () => {
  const fixtures = path.resolve(import.meta.dirname, '../../../fixtures/otlp')
  const recorded = readdirSync(fixtures).filter((name) => /^[^.]+\.json$/.test(name))
  expect(recorded.length).toBeGreaterThan(20)
  const as = await emptyTenant()
  for (const name of recorded) {
    const send = JSON.parse(readFileSync(path.join(fixtures, name), 'utf8'))
    const to = `POST /v1/otlp/${name.endsWith('-logs.json') ? 'logs' : 'traces'}`
    expect(await app.call(to, { as, send })).toMatchObject({ status: 200 })
  }
  for (let i = 0; i < 50; i += 1)
    await app.call('POST /v1/ingest', {
      as,
      send: aTrace({ started_at: `2026-02-0${1 + (i % 9)}T00:00:00.000Z`, error: i % 3 === 0, user_id: `u${i % 4}` }),
    })

  const other = await TestApp.start()
  try {
    const text = async (from: TestApp, key: string) => {
      const headers = { Authorization: `Bearer ${key}` }
      const answer = await fetch(`${from.url}/v1/otlp/export?from=${FIRST}&to=${LAST}`, { headers })
      expect([answer.status, answer.headers.get('x-next-cursor')]).toEqual([200, null])
      return answer.text()
    }
    const first = await text(app, as)
    expect(JSON.parse(first).resourceSpans.length).toBeGreaterThan(20)
    expect(JSON.parse(await text(other, other.key))).toEqual({ resourceSpans: [] })
    expect(await other.call('POST /v1/otlp/traces', { send: first })).toMatchObject({ status: 200, body: {} })
    expect(await text(other, other.key)).toBe(first)
  } finally {
    await other.stop()
  }
})

it('takes the traces of a time range and a project', async () => {
  const as = await emptyTenant()
  const day = (n: number) => `2026-03-0${n}T00:00:00.000Z`
  for (const n of [1, 2, 3])
    await app.call('POST /v1/ingest', {
      as,
      send: aTrace({
        name: `day ${n}`,
        started_at: day(n),
        ended_at: day(n),
        spans: [],
        project_id: n === 2 ? 'Two' : null,
      }),
    })
  const names = async (query: string) => spansOf(await pages(as, query)).map(({ name }) => name)
  expect(await names(`from=${day(1)}&to=${day(3)}`)).toEqual(['day 1', 'day 2', 'day 3'])
  expect(await names(`from=${day(2)}&to=${day(3)}`)).toEqual(['day 2', 'day 3'])
  const { body } = await app.call('GET /v1/projects', { as })
  const two = body.projects.find(({ name }: { name: string }) => name === 'Two')
  expect(await names(`from=${day(1)}&to=${day(3)}&project_id=${two.id}`)).toEqual(['day 2'])
  expect(spansOf(await pages(await emptyTenant()))).toEqual([])
  expect(spansOf(await pages(await emptyTenant(), `from=${FIRST}&to=${LAST}&project_id=${two.id}`))).toEqual([])
})

it.each(['', `?from=${FIRST}`, `?from=${LAST}&to=${FIRST}`, `?from=${FIRST}&to=${LAST}&cursor=x`])(
  'refuses %s',
  async (query) => {
    expect((await app.call(`GET /v1/otlp/export${query}`)).status).toBe(400)
  },
)
