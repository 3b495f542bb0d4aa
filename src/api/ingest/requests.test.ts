import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aTrace, TestApp } from '../testing/app.ts'

let app: TestApp
beforeAll(async () => {
  app = await TestApp.start({ config: (config) => (config.ingest.max_body_bytes = 2 * 1024 * 1024) })
})
afterAll(() => app.stop())

const ingest = (send: object | string, as?: string) => app.call('POST /v1/ingest', { as, send })
const batch = (traces: unknown[], as?: string) => app.call('POST /v1/ingest/batch', { as, send: { traces } })

describe('bodies', () => {
  const encodings: [string, (text: string) => Buffer][] = [
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ]
  it.each(encodings)('are inflated from %s', async (encoding, compress) => {
    const trace = aTrace()
    const answer = await raw(compress(JSON.stringify(trace)), { 'Content-Encoding': encoding })
    expect(answer.status).toBe(201)
  })

  const refused: [what: string, bytes: Buffer, headers: Record<string, string>, status: number][] = [
    ['larger than the limit', Buffer.alloc(2 * 1024 * 1024 + 1, 'x'), {}, 413],
    ['a gzip bomb', gzipSync(Buffer.alloc(64 * 1024 * 1024)), { 'Content-Encoding': 'gzip' }, 413],
    ['not what they say they are', Buffer.from('{}'), { 'Content-Encoding': 'gzip' }, 400],
    ['cut off', gzipSync(JSON.stringify(aTrace())).subarray(0, 40), { 'Content-Encoding': 'gzip' }, 400],
    ['in an unknown encoding', Buffer.from('{}'), { 'Content-Encoding': 'lzma' }, 415],
  ]
  it.each(refused)('that are %s are refused, and the next one is taken', async (_, bytes, headers, status) => {
    expect((await raw(bytes, headers)).status).toBe(status)
    expect((await ingest(aTrace())).status).toBe(201)
  })

  it('with invalid UTF-8 are kept with the replacement character', async () => {
    const trace = aTrace({ name: 'caf\u0001' })
    const bytes = Buffer.from(JSON.stringify(trace).replace('\\u0001', '\u0001'), 'latin1')
    bytes[bytes.indexOf(1)] = 0xe9
    expect((await raw(bytes)).status).toBe(201)
    expect((await app.trace(trace.id)).name).toBe('caf\ufffd')
  })

  const raw = (body: Buffer, headers: Record<string, string> = {}) =>
    fetch(`${app.url}/v1/ingest`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${app.key}`, 'Content-Type': 'application/json', ...headers },
      body: new Uint8Array(body),
    })
})

describe('where traces go', () => {
  it('is the project they name, made when it is new', async () => {
    const [a, b] = [aTrace({ project_id: 'Fresh project' }), aTrace({ project_id: 'Fresh project' })]
    await Promise.all([ingest(a), ingest(b)])
    const { body } = await app.call('GET /v1/projects')
    const fresh = body.projects.filter(({ name }: { name: string }) => name === 'Fresh project')
    expect(fresh).toHaveLength(1)
    expect((await app.trace(a.id)).project_id).toBe(fresh[0].id)
    expect((await app.trace(b.id)).project_id).toBe(fresh[0].id)
  })

  it("is the key's own project, else the default one", async () => {
    const project = await app.addProject(app.tenantId, 'Of the key')
    const key = await app.addKey(app.tenantId, { project })
    const [own, none] = [aTrace(), aTrace()]
    await ingest(own, key)
    await ingest(none)
    expect((await app.trace(own.id)).project_id).toBe(project.id)
    expect((await app.trace(none.id)).project_id).not.toBe(project.id)
  })

  it('is nowhere when the project is archived: 403 on every route', async () => {
    const project = await app.addProject(app.tenantId, 'Old')
    const key = await app.addKey(app.tenantId, { project })
    await app.call(`POST /v1/projects/${project.id}/archive`, {
      as: await app.person(app.tenantId, 'o@example.com', 'owner'),
    })
    const archived = { status: 403, body: { code: 'error.project.archived' } }
    expect(await ingest(aTrace(), key)).toMatchObject(archived)
    expect(await batch([aTrace()], key)).toMatchObject(archived)
    expect(await app.call('POST /v1/otlp/traces', { as: key, send: { resourceSpans: [] } })).toMatchObject(archived)
    const mixed = await batch([aTrace({ project_id: 'Old' }), aTrace({ project_id: 'Default' })])
    expect(mixed).toMatchObject({
      status: 201,
      body: { ingested: 1, errors: [{ index: 0, code: 'error.project.archived' }] },
    })
  })
})

describe('who may send', () => {
  it.each([
    ['nobody', () => '', 401, 'unauthorized'],
    ['an unknown key', () => 'tl_unknown', 401, 'invalid_api_key'],
    ['a key that may only read', () => app.addKey(app.tenantId, { scopes: ['query'] }), 403, 'scope_forbidden'],
  ])('%s may not', async (_, as, status, code) => {
    expect(await ingest(aTrace(), await as())).toMatchObject({ status, body: { code } })
  })

  it('a key that was just revoked may not any more', async () => {
    const { id, secret } = await app.newKey(app.tenantId)
    expect((await ingest(aTrace(), secret)).status).toBe(201)
    await app.call(`DELETE /v1/apikeys/${id}`, { as: await app.person(app.tenantId, 'r@example.com', 'owner') })
    expect(await ingest(aTrace(), secret)).toMatchObject({
      status: 401,
      body: { error: 'invalid_api_key', code: 'key_revoked' },
    })
  })

  it('a starter tenant may send 50,000 traces a month', async () => {
    const tenantId = await app.tenant('Small', 'starter')
    const key = await app.addKey(tenantId)
    for (let i = 0; i < 500; i++)
      await batch(
        Array.from({ length: 100 }, () => ({})),
        key,
      )
    const over = await ingest(aTrace(), key)
    expect(over).toMatchObject({ status: 429, body: { code: 'plan_limit_exceeded' } })
    expect(over.headers['retry-after']).toBe(String(31 * 86_400 - 12 * 3600))
    app.clock.advance(31 * 86_400_000)
    expect((await ingest(aTrace(), key)).status).toBe(201)
  })
})
