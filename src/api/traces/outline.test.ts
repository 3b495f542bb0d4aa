import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aTrace, TestApp } from '../testing/app.ts'

const SPANS = 5_003

let app: TestApp
let id: string
beforeAll(async () => {
  app = await TestApp.start()
  const start = Date.parse('2026-03-01T10:00:00Z')
  const spans = Array.from({ length: SPANS }, (_, i) => ({
    id: `s${i}`,
    ...(i === 0 ? {} : { parent_span_id: 's0' }),
    name: `step ${i}`,
    type: 'tool',
    input: `asked ${i}`,
    ...(i === 7 ? { error: 'x'.repeat(900) } : {}),
    start_time: new Date(start + i * 10).toISOString(),
    end_time: new Date(start + i * 10 + 4).toISOString(),
  }))
  const send = aTrace({ id: undefined, spans, started_at: new Date(start).toISOString() })
  id = (await app.call('POST /v1/ingest', { send })).body.id
})
afterAll(() => app.stop())

describe('GET /v1/traces/{id}/outline', () => {
  it('has every span in the order of its start, without its texts, however many there are', async () => {
    const { status, body } = await app.call(`GET /v1/traces/${id}/outline`)
    expect(status).toBe(200)
    expect(body.spans).toHaveLength(SPANS)
    expect(body.spans.map(({ name }: { name: string }) => name)).toEqual(
      Array.from({ length: SPANS }, (_, i) => `step ${i}`),
    )
    expect(body.spans[7]).toMatchObject({ start_ms: 70, duration_ms: 4, parent_span_id: body.spans[0].id })
    expect(body.spans[7].error).toHaveLength(200)
    expect(body.spans[7]).not.toHaveProperty('input')
  })

  it('is not there for another organisation', async () => {
    const other = await app.addKey(await app.tenant('Other'))
    expect((await app.call(`GET /v1/traces/${id}/outline`, { as: other })).status).toBe(404)
  })
})

describe('GET /v1/traces/{id}/spans/{span_id}', () => {
  it('is the span as the whole trace has it', async () => {
    const { body: whole } = await app.call(`GET /v1/traces/${id}`)
    const { status, body } = await app.call(`GET /v1/traces/${id}/spans/${whole.spans[7].id}`)
    expect(status).toBe(200)
    expect(body).toEqual(whole.spans[7])
  })

  it('is not there under another trace, for another organisation, or without such an id', async () => {
    const { body: whole } = await app.call(`GET /v1/traces/${id}/outline`)
    const span = whole.spans[7].id
    const { body: second } = await app.call('POST /v1/ingest', { send: aTrace({}) })
    const other = await app.addKey(await app.tenant('Third'))
    expect((await app.call(`GET /v1/traces/${second.id}/spans/${span}`)).status).toBe(404)
    expect((await app.call(`GET /v1/traces/${id}/spans/${span}`, { as: other })).status).toBe(404)
    expect((await app.call(`GET /v1/traces/${id}/spans/${id}`)).status).toBe(404)
  })
})
