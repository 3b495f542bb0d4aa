import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ProjectId, TenantId } from '../../ids.ts'
import type { JsonValue, TraceRecord } from '../../storage/telemetry/record.ts'
import { failureType } from '../failure-type.ts'
import { otlpRequest } from './otlp.arbitrary.ts'
import { decodeOtlp, type OtlpContext, recordsFromOtlp, tracesData } from './otlp.ts'

const CONTEXT: OtlpContext = {
  tenantId: 'tenant' as TenantId,
  projectId: 'project' as ProjectId,
  receivedAt: 1_760_000_000_000,
  maxSpanBytes: 1024 * 1024,
}

const TRACE = '5b8efff798038103d269b633813fc60c'
const SPAN = 'eee19b7ec3c1b174'

const decodeJson = (request: unknown) => decodeOtlp(Buffer.from(JSON.stringify(request)), 'application/json')
const readAll = (request: unknown, context = CONTEXT) => recordsFromOtlp(decodeJson(request), context)
const wrap = (...spans: object[]) => ({ resourceSpans: [{ scopeSpans: [{ spans }] }] })
const attribute = (key: string, value: string) => ({ key, value: { stringValue: value } })
const traced = (fields: object) => ({ traceId: TRACE, spanId: SPAN, ...fields })

function readOne(fields: object) {
  const { records } = readAll(wrap(traced(fields)))
  const span = records[0]?.spans[0]
  if (records[0] === undefined || span === undefined) throw new Error('no span was read')
  return { trace: records[0], span, events: records[0].events }
}

describe('ids', () => {
  it('make a UUID of the trace id, and a fixed one of each span id', () => {
    const { trace, span } = readOne({ parentSpanId: 'aaaaaaaaaaaaaaaa' })
    const parent = readOne({ spanId: 'aaaaaaaaaaaaaaaa' }).span
    expect(trace).toMatchObject({ id: '5b8efff7-9803-8103-d269-b633813fc60c', otelTraceId: TRACE, whenKnown: 'merge' })
    expect(span).toMatchObject({ otelSpanId: SPAN, externalId: null, parentId: parent.id })
  })

  it.each(['', '0000000000000000', SPAN])('take the parent %j for none', (parentSpanId) => {
    expect(readOne({ parentSpanId }).span.parentId).toBeNull()
  })

  it('that cannot be used cost one span, not its neighbours', () => {
    const bad = [
      { spanId: SPAN },
      { traceId: '0'.repeat(32), spanId: SPAN },
      { traceId: TRACE },
      traced({ spanId: '0'.repeat(16) }),
    ]
    const request = {
      resourceSpans: [{ resource: {}, scopeSpans: [{ scope: { name: 's' }, spans: [...bad, traced({})] }] }],
    }
    const { records, rejected } = readAll(request)
    expect(records.map(({ spans }) => spans.length)).toEqual([1])
    expect(rejected.map(({ code }) => code)).toEqual(Array(4).fill('invalid_span_id'))
    expect(rejected[0]).toMatchObject({ subjectId: SPAN })
    expect(JSON.parse(rejected[0]?.payload ?? '')).toEqual({ span: bad[0], scope: { name: 's' }, resource: {} })
  })
})

describe('spans', () => {
  it('over the limit are rejected whole', () => {
    const big = traced({ name: 'é'.repeat(600) })
    const { records, rejected } = readAll(wrap(big, traced({ spanId: 'aaaaaaaaaaaaaaaa' })), {
      ...CONTEXT,
      maxSpanBytes: 1000,
    })
    expect(records[0]?.spans).toHaveLength(1)
    expect(rejected).toMatchObject([{ code: 'payload_too_large', subjectId: SPAN }])
    expect(JSON.parse(rejected[0]?.payload ?? '').span).toEqual(big)
  })

  it('do not carry a large resource into each rejection', () => {
    const resource = { attributes: [attribute('big', 'x'.repeat(100_000))] }
    const spans = Array.from({ length: 1000 }, () => ({ spanId: SPAN }))
    const { rejected } = readAll({ resourceSpans: [{ resource, scopeSpans: [{ spans }] }] })
    expect(rejected).toHaveLength(1000)
    expect(rejected[0]?.payload.length).toBeLessThan(200)
  })

  it('are grouped by trace, with a repeat counted once', () => {
    const other = traced({ traceId: 'a'.repeat(32) })
    const { records } = readAll(wrap(traced({ name: 'first' }), other, traced({ name: 'second' })))
    expect(records.map(({ spans }) => spans.map(({ name }) => name))).toEqual([['second'], ['']])
  })

  it('keep what nobody maps, under any name', () => {
    const attributes = [
      attribute('__proto__', 'x'),
      attribute('openinference.span.kind', 'LLM'),
      attribute('tools', 'mine'),
    ]
    const { span } = readOne({ attributes: [...attributes, attribute('', 'a\0b')] })
    expect(Object.entries(span.metadata)).toEqual([
      ['__proto__', 'x'],
      ['tools', 'mine'],
      ['', 'a\0b'],
    ])
  })

  it('go out again equal', () => {
    fc.assert(
      fc.property(otlpRequest, (request) => {
        const { records, rejected } = recordsFromOtlp({ ...request, refused: [] }, CONTEXT)
        const sources = records.flatMap(({ spans }) => spans.map(({ otlp }) => otlp)).filter((otlp) => otlp !== null)
        const sent = tracesData(sources)
        const again = recordsFromOtlp(decodeJson(sent), CONTEXT)
        expect(again.rejected).toEqual([])
        expect(sortedSpans(again.records)).toEqual(sortedSpans(records))
        const ids = request.resourceSpans.flatMap((r) => r.scopeSpans ?? []).flatMap((s) => s.spans ?? [])
        expect(records.length + rejected.length === 0).toBe(ids.length === 0)
      }),
      { numRuns: 150 },
    )
  })
})

const sortedSpans = (records: TraceRecord[]) =>
  records.flatMap(({ spans }) => spans).sort((a, b) => (a.id < b.id ? -1 : 1))

describe('times', () => {
  it.each([
    ['1760000000000999999', '1760000000123499999', 1_760_000_000_000, 1_760_000_000_123, 123],
    ['1760000000000000000', '1760000000000500000', 1_760_000_000_000, 1_760_000_000_000, 1],
    ['1760000000001000000', '1760000000000000000', 1_760_000_000_001, 1_760_000_000_000, null],
    ['0', '1760000000000000000', null, 1_760_000_000_000, null],
    [undefined, undefined, null, null, null],
    ['999999', '18446744073709551615', 0, 18_446_744_073_709, 18_446_744_073_709],
  ])('%s to %s', (startTimeUnixNano, endTimeUnixNano, startedAt, endedAt, latencyMs) => {
    expect(readOne({ startTimeUnixNano, endTimeUnixNano }).span).toMatchObject({ startedAt, endedAt, latencyMs })
  })
})

describe('errors and events', () => {
  const exception = {
    name: 'exception',
    timeUnixNano: '1760000000000000001',
    attributes: [attribute('exception.type', 'ValueError')],
  }
  const withMessage = {
    ...exception,
    attributes: [...exception.attributes, attribute('exception.message', 'no such city')],
  }

  it.each<[string, object, string | null]>([
    ['the status message', { status: { code: 2, message: 'quota' }, events: [withMessage] }, 'quota'],
    ['the exception', { status: { code: 2 }, events: [withMessage] }, 'ValueError: no such city'],
    ['the type alone', { status: { code: 2 }, events: [exception] }, 'ValueError'],
    ['the error type', { status: { code: 2 }, attributes: [attribute('error.type', '429')] }, '429'],
    ['nothing but the status', { status: { code: 'STATUS_CODE_ERROR' } }, 'error'],
    ['an exception that was handled', { status: { code: 1 }, events: [withMessage] }, null],
    ['a message without the status', { status: { message: 'fine' } }, null],
  ])('%s', (_, fields, error) => expect(readOne(fields).span.error).toBe(error))

  it('become events of the span', () => {
    const { span, events } = readOne({
      events: [withMessage, { name: 'cache hit', attributes: [attribute('key', 'k')] }],
    })
    expect(events).toMatchObject([
      { spanId: span.id, level: 'error', message: 'ValueError: no such city', at: 1_760_000_000_000 },
      { spanId: span.id, level: 'info', message: 'cache hit', at: null, metadata: { key: 'k' } },
    ])
  })
})

describe('the trace', () => {
  it('has the resource as metadata, and what its spans say of it', () => {
    const resource = { attributes: [attribute('service.name', 'shop'), attribute('deployment.environment', 'prod')] }
    const spans = [
      traced({ attributes: [attribute('user.id', 'u'), attribute('session.id', 's'), attribute('k', 'v')] }),
      traced({ spanId: 'aaaaaaaaaaaaaaaa', attributes: [attribute('session.id', 'later')] }),
    ]
    const [trace] = readAll({ resourceSpans: [{ resource, scopeSpans: [{ spans }] }] }).records
    expect(trace).toMatchObject({
      sessionId: 's',
      userId: 'u',
      environment: 'prod',
      name: null,
      model: null,
      cost: null,
    })
    expect(trace?.metadata).toEqual({ 'service.name': 'shop', 'deployment.environment': 'prod' })
    expect(trace?.spans[0]?.metadata).toEqual({ k: 'v' })
  })
})

describe('what the OpenAI SDK under OpenInference sends', () => {
  const file = (type: string) =>
    readFileSync(new URL(`../../../fixtures/otlp/openinference-openai.${type}`, import.meta.url))
  const protobuf = recordsFromOtlp(decodeOtlp(file('bin'), 'application/x-protobuf'), CONTEXT)
  const json = recordsFromOtlp(decodeOtlp(file('json'), 'application/json'), CONTEXT)
  const [trace] = json.records
  const chats = trace?.spans.filter(({ type }) => type === 'llm') ?? []
  const named = (name: string) => trace?.spans.find((span) => span.name === name)

  it('is the same in both encodings', () => {
    expect(protobuf.rejected).toEqual([])
    expect(protobuf.records).toHaveLength(1)
    expect(protobuf).toEqual(json)
  })

  it('is one trace with its session, user and tags', () => {
    const session = { sessionId: 'session-7', userId: 'user-9', environment: 'test', tags: ['beta', 'europe'] }
    expect(trace).toMatchObject({ ...session, metadata: { 'service.name': 'trip-planner' } })
  })

  it('is a tree below the root', () => {
    const root = named('trip')
    expect(root).toMatchObject({
      parentId: null,
      kind: 'agent',
      input: 'Plan a trip to France.',
      output: 'Go to Paris.',
    })
    expect(root?.metadata).toEqual({ 'app.retries': 2 })
    const children = trace?.spans.filter(({ parentId }) => parentId === root?.id)
    expect(children?.map(({ type }) => type).sort()).toEqual(['llm', 'llm', 'llm', 'other', 'other', 'tool'])
  })

  it('has messages, model and tokens', () => {
    expect(chats[0]).toMatchObject({ model: 'gpt-4o-mini-2024-07-18', provider: 'openai' })
    expect(chats[0]?.usage).toMatchObject({ input: 1200, output: 20, cacheRead: 1024 })
    expect(chats[0]?.metadata).toMatchObject({ parameters: { temperature: 0.2 } })
    expect(messages(chats[0]?.input)).toEqual([
      { role: 'system', content: 'You know France.' },
      { role: 'user', content: 'capital of France?' },
    ])
    expect(messages(chats[0]?.output)).toEqual([{ role: 'assistant', content: 'Paris.' }])
    expect(messages(chats[1]?.output)).toEqual([{ role: 'assistant', content: 'The Eiffel tower, of course.' }])
  })

  it('has the tool call and the tool', () => {
    const called = { name: 'get_weather', arguments: '{"city":"Paris"}' }
    expect(messages(chats[2]?.output)).toEqual([
      { role: 'assistant', content: null, tool_calls: [{ id: 'call_1', type: 'function', function: called }] },
    ])
    expect(chats[2]?.metadata.tools).toMatchObject([{ type: 'function', function: { name: 'get_weather' } }])
    expect(named('get_weather')).toMatchObject({
      type: 'tool',
      input: '{"city":"Paris"}',
      output: 'sunny',
      error: null,
    })
  })

  it('has the errors', () => {
    expect(failureType(named('limited')?.error ?? null)).toBe('rate_limit')
    expect(named('slow')?.error).toBe('Error: Request timed out.')
    expect(trace?.events.map(({ level }) => level)).toEqual(['error', 'error'])
  })
})

const messages = (text: string | null | undefined): JsonValue => JSON.parse(text ?? 'null')
