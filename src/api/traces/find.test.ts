import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aTrace, TestApp } from '../testing/app.ts'

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
    { name: 'apart', input: 'nothing of it', metadata: { note: 'parcel' } },
    // More than is looked through at once.
    ...Array.from({ length: 6 }, (_, i) => ({ name: `long ${i}`, input: `${'x'.repeat(900_000)} needle` })),
  ].map((span, i) => ({ id: `s${i}`, type: 'tool', start_time: at(i * 10), end_time: at(i * 10 + 5), ...span }))
  id = (await app.call('POST /v1/ingest', { send: aTrace({ spans }) })).body.id
  const { body } = await app.call(`GET /v1/traces/${id}/outline`)
  names = new Map(body.spans.map((span: { id: string; name: string }) => [span.id, span.name]))
})
afterAll(() => app.stop())

const find = async (text: string) => {
  const { status, body } = await app.call(`GET /v1/traces/${id}/find?text=${encodeURIComponent(text)}`)
  expect(status).toBe(200)
  return body.spans.map((found: { span_id: string; in: string[] }) => [names.get(found.span_id), ...found.in])
}

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
