import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aTrace, TestApp } from '../testing/app.ts'
import { spansFound } from './schemas.ts'

let app: TestApp
let id: string
let names: Map<string, string>
beforeAll(async () => {
  app = await TestApp.start()
  const at = (ms: number) => new Date(Date.parse('2026-03-01T10:00:00Z') + ms).toISOString()
  const spans = [
    { name: 'asked', input: 'Where is my PARCEL?' },
    { name: 'answered', output: [{ role: 'assistant', content: 'Der Käfer sagt "parcel"\nund geht.' }] },
    { name: 'failed', input: 'the parcel again', error: 'ParcelError: 100 % lost' },
    { name: 'apart', input: 'nothing of it', metadata: { note: 'a Packet', 'customer.tier': ['gold'] } },
    // More than is looked through at once.
    ...Array.from({ length: 6 }, (_, i) => ({ name: `long ${i}`, input: `${'x'.repeat(900_000)} needle` })),
  ].map((span, i) => ({ id: `s${i}`, type: 'tool', start_time: at(i * 10), end_time: at(i * 10 + 5), ...span }))
  const events = [
    {
      span_id: 's2',
      level: 'error',
      message: 'gave up',
      metadata: { 'exception.stacktrace': 'at deliver (courier.ts)' },
    },
    { span_id: 's0', level: 'info', message: 'asked the courier' },
    { level: 'warn', message: 'the budget is nearly spent' },
  ]
  const own = { input: 'A question of its own', metadata: { release: 'v7-canary' }, spans, events }
  id = (await app.call('POST /v1/ingest', { send: aTrace(own) })).body.id
  const { body } = await app.call(`GET /v1/traces/${id}/outline`)
  names = new Map(body.spans.map((span: { id: string; name: string }) => [span.id, span.name]))
})
afterAll(() => app.stop())

const ask = async (text: string) => {
  const { status, body } = await app.call(`GET /v1/traces/${id}/find?text=${encodeURIComponent(text)}`)
  expect(status).toBe(200)
  return spansFound.parse(body)
}
const find = async (text: string) => (await ask(text)).spans.map((found) => [names.get(found.span_id), ...found.in])

describe('GET /v1/traces/{id}/find', () => {
  it('has the spans in whose input, output or error it stands, whatever its case', async () => {
    expect(await find('parcel')).toEqual([
      ['asked', 'input'],
      ['answered', 'output'],
      ['failed', 'input', 'error'],
    ])
    expect(await find('arceler')).toEqual([['failed', 'error']])
    expect(await find('KÄFER')).toEqual([['answered', 'output']])
  })

  it('looks into metadata, names and values, and into events', async () => {
    expect(await find('packet')).toEqual([['apart', 'metadata']])
    expect(await find('Customer.Tier')).toEqual([['apart', 'metadata']])
    expect(await find('courier')).toEqual([
      ['asked', 'events'],
      ['failed', 'events'],
    ])
    expect(await find('gave up')).toEqual([['failed', 'events']])
  })

  it('says what is the trace’s own, and of no span', async () => {
    expect(await ask('canary')).toEqual({ trace: ['metadata'], spans: [] })
    expect(await ask('nearly spent')).toEqual({ trace: ['events'], spans: [] })
    expect((await ask('of its own')).trace).toEqual(['input'])
    expect((await ask('needle')).trace).toEqual([])
  })

  it('takes quotes, line breaks and signs as they are', async () => {
    expect(await find('"parcel"\nund')).toEqual([['answered', 'output']])
    expect(await find('100 %')).toEqual([['failed', 'error']])
    expect(await find('100_%')).toEqual([])
    expect(await find('\\')).toEqual([['answered', 'output']])
  })

  it('looks through all of it, in the order of the start', async () => {
    expect(await find('needle')).toEqual(Array.from({ length: 6 }, (_, i) => [`long ${i}`, 'input']))
  })

  it('wants a text, and is not there for another organisation', async () => {
    const other = await app.addKey(await app.tenant('Other'))
    expect((await app.call(`GET /v1/traces/${id}/find?text=x`, { as: other })).status).toBe(404)
    expect((await app.call(`GET /v1/traces/${id}/find`)).status).toBe(400)
    expect((await app.call(`GET /v1/traces/${id}/find?text=${'x'.repeat(201)}`)).status).toBe(400)
  })
})
