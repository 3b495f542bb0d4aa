import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aTrace, TestApp } from '../testing/app.ts'

let app: TestApp
beforeAll(async () => {
  app = await TestApp.start()
})
afterAll(() => app.stop())

const bytes = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.alloc(200, 42)])
const id = createHash('sha256').update(bytes).digest('hex')
const url = `data:image/png;base64,${bytes.toString('base64')}`
const messages = JSON.stringify([{ role: 'user', content: [{ type: 'image_url', image_url: { url } }] }])
const shown = JSON.stringify([
  { role: 'user', content: [{ type: 'attachment', id, media_type: 'image/png', bytes: bytes.length }] },
])

const otlp = (attributes: Record<string, string>) => ({
  resourceSpans: [
    {
      scopeSpans: [
        {
          spans: [
            {
              ...{ traceId: '5b8efff798038103d269b633813fc60c', spanId: 'eee19b7ec3c1b174', name: 'chat' },
              attributes: Object.entries(attributes).map(([key, stringValue]) => ({ key, value: { stringValue } })),
            },
          ],
        },
      ],
    },
  ],
})

describe('an image in a message', () => {
  it('of a native trace is shown as an attachment, and can be fetched', async () => {
    const trace = aTrace({
      input: messages,
      spans: [{ name: 'look', type: 'llm', input: messages, output: 'a square' }],
    })
    expect((await app.call('POST /v1/ingest', { send: trace })).status).toBe(201)
    const read = await app.trace(trace.id)
    expect(read.input).toBe(shown)
    expect(read.spans?.[0]?.input).toBe(shown)
    const answer = await fetch(`${app.url}/v1/attachments/${id}`, { headers: { Authorization: `Bearer ${app.key}` } })
    expect(answer.status).toBe(200)
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(bytes)
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'image/png',
      'x-content-type-options': 'nosniff',
      'content-disposition': `inline; filename="${id.slice(0, 16)}"`,
      'content-security-policy': "sandbox; default-src 'none'",
    })
  })

  it('of an OTLP span too, while the span itself is kept as it came', async () => {
    const body = otlp({ 'gen_ai.operation.name': 'chat', 'gen_ai.input.messages': messages })
    expect((await app.call('POST /v1/otlp/traces', { send: body })).status).toBe(200)
    const read = await app.trace('5b8efff7-9803-8103-d269-b633813fc60c')
    expect(read.spans?.[0]?.input).toBe(shown)
    const query = 'from=1970-01-01T00:00:00Z&to=9999-12-31T00:00:00Z'
    const exported = JSON.stringify((await app.call(`GET /v1/otlp/export?${query}`)).body)
    expect(exported).toContain(JSON.stringify({ stringValue: messages }))
  })

  it('is nobody else\u2019s, and only what is one is one', async () => {
    const other = await app.addKey(await app.tenant('Other'))
    expect((await app.call(`GET /v1/attachments/${id}`, { as: other })).status).toBe(404)
    expect((await app.call(`GET /v1/attachments/${'0'.repeat(64)}`)).status).toBe(404)
    expect((await app.call('GET /v1/attachments/nothing')).status).toBe(404)
    expect((await app.call(`GET /v1/attachments/${id}`, { as: '' })).status).toBe(401)
  })

  it('that could hold a script is only saved', async () => {
    const svg = Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script>${' '.repeat(100)}</svg>`)
    const input = JSON.stringify([{ image: `data:image/svg+xml;base64,${svg.toString('base64')}` }])
    await app.call('POST /v1/ingest', { send: aTrace({ input }) })
    const answer = await app.call(`GET /v1/attachments/${createHash('sha256').update(svg).digest('hex')}`)
    expect(answer.headers['content-disposition']).toMatch(/^attachment;/)
    expect(answer.headers['content-type']).toBe('image/svg+xml')
  })
})
