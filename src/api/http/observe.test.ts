import { afterEach, describe, expect, it } from 'vitest'
import { newId } from '../../ids.ts'
import { eventually } from '../../testing.ts'
import { aTrace, PASSWORD, TestApp } from '../testing/app.ts'

let app: TestApp
afterEach(() => app.stop())

const requests = () => app.logged.filter(({ msg }) => msg === 'request')
const lineOf = (id: unknown) =>
  eventually(() => {
    const line = requests().find(({ requestId }) => requestId === id)
    if (!line) throw new Error('not logged yet')
    return line
  })

describe('the line of a request', () => {
  it('says who, what and how it ended', async () => {
    app = await TestApp.start({ logLevel: 'debug' })
    const fine = await app.call('GET /v1/traces?limit=1')
    expect(await lineOf(fine.headers['x-request-id'])).toEqual({
      ...{ level: 20, time: expect.any(Number), msg: 'request', requestId: fine.headers['x-request-id'] },
      ...{ tenantId: app.tenantId, actor: 'key', method: 'GET', route: '/v1/traces', status: 200 },
      ms: expect.any(Number),
    })
    const missing = await app.call(`GET /v1/traces/${newId()}`)
    expect(await lineOf(missing.headers['x-request-id'])).toMatchObject({
      ...{ level: 30, route: '/v1/traces/{id}', status: 404, code: 'not_found' },
    })
  })

  it('is left out at info where nothing is to be said', async () => {
    app = await TestApp.start({ logLevel: 'info' })
    await app.call('GET /v1/traces')
    const refused = await app.call('GET /v1/traces', { as: 'tl_wrong' })
    await lineOf(refused.headers['x-request-id'])
    expect(requests()).toHaveLength(1)
  })

  it('is there at info where a request was slow', async () => {
    app = await TestApp.start({ logLevel: 'info', config: ({ log }) => Object.assign(log, { slow_request_ms: 0 }) })
    const { headers } = await app.call('GET /v1/traces')
    expect(await lineOf(headers['x-request-id'])).toMatchObject({ level: 30, status: 200 })
  })
})

it('the log holds nothing of what was sent, wherever a secret was put', async () => {
  app = await TestApp.start({ logLevel: 'debug' })
  const owner = await app.person(app.tenantId, 'owner@example.com', 'owner')
  let n = 0
  const secrets: string[] = []
  const secret = () => {
    const one = `s3cr3t-${++n}-${newId()}`
    secrets.push(one)
    return one
  }
  const calls: [line: string, options: Parameters<TestApp['call']>[1]][] = [
    [`GET /v1/traces?q=${secret()}&api_key=${secret()}`, {}],
    [`GET /v1/traces?limit=${secret()}&cursor=${secret()}`, {}],
    [`GET /v1/traces/${secret()}`, {}],
    [`GET /v1/nothing/${secret()}?token=${secret()}`, {}],
    [`GET /${secret()}`, { as: '' }],
    [`GET /%ff${secret()}`, {}],
    ['GET /v1/traces', { as: `tl_${secret()}` }],
    ['GET /v1/traces', { as: secret() }],
    [
      'GET /v1/traces',
      { as: '', headers: { 'X-API-Key': secret(), Cookie: `tl_session=${secret()}; other=${secret()}` } },
    ],
    [
      'GET /v1/traces',
      { headers: { 'User-Agent': secret(), Referer: `http://x/${secret()}`, Origin: `http://${secret()}` } },
    ],
    ['GET /metrics', { as: secret() }],
    ['POST /v1/auth/login', { as: '', send: { email: `${secret()}@example.com`, password: secret() } }],
    ['POST /v1/auth/login', { as: '', send: { email: 'owner@example.com', password: `${PASSWORD}${secret()}` } }],
    ['POST /v1/auth/setup', { as: '', send: { token: secret(), email: 'a@example.com', password: secret() } }],
    ['POST /v1/apikeys', { as: owner, send: { name: secret() } }],
    [
      'POST /v1/ingest',
      { send: aTrace({ input: secret(), output: secret(), user_id: secret(), metadata: { k: secret() } }) },
    ],
    ['POST /v1/ingest', { send: `{"input": "${secret()}", broken` }],
    ['POST /v1/ingest/batch', { send: { traces: [aTrace({ id: 7, name: secret() }), secret(), { spans: secret() }] } }],
    ['POST /v1/ingest/batch', { send: { traces: secret() } }],
    ['POST /v1/otlp/traces', { send: { resourceSpans: [{ scopeSpans: secret() }] } }],
    ['POST /v1/otlp/traces', { send: secret(), headers: { 'Content-Type': `text/${secret()}` } }],
    ['POST /v1/ingest', { send: secret(), headers: { 'Content-Encoding': secret() } }],
    ['POST /v1/projects', { send: { name: secret(), description: [secret()] } }],
    [`DELETE /v1/apikeys/${secret()}`, { as: owner }],
  ]
  const seen: number[] = []
  for (const [line, options] of calls) {
    const { status, body, headers } = await app.call(line, options)
    seen.push(status)
    if (typeof body?.key === 'string') secrets.push(body.key)
    await lineOf(headers['x-request-id'])
  }
  secrets.push(owner, app.key, PASSWORD)
  // A defect is logged whole: not even then.
  await app.control.close()
  const [input, password] = [secret(), secret()]
  const broken = [
    await app.call('POST /v1/ingest', { send: aTrace({ input }) }),
    await app.call('POST /v1/auth/login', { as: '', send: { email: 'owner@example.com', password } }),
  ]
  for (const { headers } of broken) await lineOf(headers['x-request-id'])
  expect(broken.map(({ status }) => status)).toEqual([500, 500])

  expect(new Set(seen)).toEqual(new Set([200, 201, 400, 401, 403, 404, 409, 415]))
  const log = JSON.stringify(app.logged)
  expect(log.length).toBeGreaterThan(1_000)
  for (const one of secrets) expect(log).not.toContain(one)
})
