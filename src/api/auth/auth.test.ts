import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { TenantId } from '../../ids.ts'
import { IdentityApp, PASSWORD } from './testing.ts'

let app: IdentityApp
let acme: TenantId
beforeEach(async () => {
  app = new IdentityApp()
  acme = await app.data.addTenant('Acme')
})
afterEach(() => app.close())

const logIn = (email: string, password: string) => app.call('POST /v1/auth/login', { send: { email, password } })
const cookieOf = (answer: { headers: Record<string, unknown> }) => {
  const [cookie = ''] = (answer.headers['set-cookie'] ?? []) as string[]
  return { text: cookie, pair: cookie.split(';')[0] ?? '' }
}
const invalid = { error: 'invalid_api_key', code: 'invalid_api_key' }

describe('log-in', () => {
  beforeEach(() => app.addPerson(acme, 'ada@example.com', 'owner'))

  it('answers with a session as cookie and as token', async () => {
    const answer = await logIn(' ADA@example.com', PASSWORD)
    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({
      user: { email: 'ada@example.com' },
      organization: { name: 'Acme' },
      role: 'owner',
    })
    expect(cookieOf(answer).text).toMatch(/^trulayer_session=[^;]+; Path=\/; Max-Age=604800; HttpOnly; SameSite=Lax$/)
    expect((await app.call('GET /v1/auth/me', { as: answer.body.token })).body).toMatchObject({
      kind: 'person',
      role: 'owner',
    })
    expect((await app.call('GET /v1/auth/me', { headers: { Cookie: cookieOf(answer).pair } })).status).toBe(200)
    expect(await app.data.actions(acme)).toEqual(['auth.login', 'auth.login'])
  })

  it.each([
    ['ada@example.com', 'wrong password'],
    ['nobody@example.com', PASSWORD],
  ])('of %s with %s is refused alike', async (email, password) => {
    const answer = await logIn(email, password)
    expect([answer.status, answer.body.code]).toEqual([401, 'invalid_credentials'])
    expect(answer.headers['set-cookie']).toBeUndefined()
  })

  it('that failed is in the audit log', async () => {
    await logIn('ada@example.com', 'wrong password')
    await expect.poll(() => app.data.actions(acme)).toEqual(['auth.login', 'auth.login_failed'])
  })

  it('slows down after five failures, for as long as it says, and forgets them after a success', async () => {
    for (let i = 0; i < 5; i++) expect((await logIn('ada@example.com', 'wrong')).status).toBe(401)
    const slowed = await logIn('ada@example.com', PASSWORD)
    expect([slowed.status, slowed.body.code, slowed.headers['retry-after']]).toEqual([429, 'login_slowed', '1'])
    app.clock.advance(1_000)
    expect((await logIn('ada@example.com', PASSWORD)).status).toBe(200)
    expect((await logIn('ada@example.com', 'wrong')).status).toBe(401)
    expect((await logIn('ada@example.com', PASSWORD)).status).toBe(200)
  })

  it('of a suspended member is refused, and so is the session they have', async () => {
    const { body } = await logIn('ada@example.com', PASSWORD)
    await app.control.db.updateTable('memberships').set({ status: 'suspended' }).execute()
    expect((await app.call('GET /v1/auth/me', { as: body.token })).body.code).toBe('session_expired')
    expect((await logIn('ada@example.com', PASSWORD)).status).toBe(403)
  })

  it('is refused to the page of another site', async () => {
    const send = { email: 'ada@example.com', password: PASSWORD }
    const answer = await app.call('POST /v1/auth/login', { send, headers: { Origin: 'https://evil.example' } })
    expect([answer.status, answer.body.code]).toEqual([403, 'cross_origin'])
  })
})

describe('a session', () => {
  let token: string
  beforeEach(async () => {
    token = await app.addPerson(acme, 'ada@example.com', 'owner')
  })
  const cookie = () => ({ Cookie: `other=1; trulayer_session=${token}` })

  it.each<[string, Record<string, string>, number]>([
    ['its own page', { 'Sec-Fetch-Site': 'same-origin' }, 201],
    ['the address bar', { 'Sec-Fetch-Site': 'none' }, 201],
    ['its own page, in a browser that sends only Origin', { Origin: 'http://trulayer.local:8080' }, 201],
    ['a sister site', { 'Sec-Fetch-Site': 'same-site', Origin: 'http://trulayer.local:8080' }, 403],
    ['another site', { Origin: 'https://evil.example' }, 403],
    ['a sandboxed page', { Origin: 'null' }, 403],
    ['nobody knows where', {}, 403],
  ])('by cookie may change things from %s: %o → %i', async (_where, headers, status) => {
    const answer = await app.call('POST /v1/projects', {
      send: { name: 'x' },
      headers: { Host: 'trulayer.local:8080', ...cookie(), ...headers },
    })
    expect(answer.status).toBe(status)
    if (status === 403) expect(answer.body.code).toBe('cross_origin')
    const read = await app.call('GET /v1/projects', { headers: { ...cookie(), ...headers } })
    expect(read.status).toBe(200)
  })

  it('ends at once with the log-out, for cookie and token', async () => {
    const answer = await app.call('POST /v1/auth/logout', { as: token })
    expect(answer.status).toBe(204)
    expect(cookieOf(answer).text).toMatch(/^trulayer_session=; Path=\/; Max-Age=0;/)
    expect((await app.call('GET /v1/auth/me', { as: token })).body.code).toBe('session_expired')
    expect((await app.call('GET /v1/auth/me', { headers: cookie() })).status).toBe(401)
    expect(await app.data.actions(acme)).toEqual(['auth.login', 'auth.logout'])
  })

  it('that has run out is a 401, but keeps nobody from a public page', async () => {
    app.clock.advance(168 * 3_600_000)
    expect((await app.call('GET /v1/auth/me', { headers: cookie() })).body.code).toBe('session_expired')
    expect((await app.call('GET /v1/auth/setup', { headers: cookie() })).status).toBe(200)
  })

  it('in use gets a new cookie past half of its life, and lives on', async () => {
    const early = await app.call('GET /v1/auth/me', { headers: cookie() })
    expect(early.headers['set-cookie']).toBeUndefined()
    app.clock.advance(100 * 3_600_000)
    const renewed = cookieOf(await app.call('GET /v1/auth/me', { headers: cookie() })).pair
    app.clock.advance(100 * 3_600_000)
    expect((await app.call('GET /v1/auth/me', { headers: cookie() })).status).toBe(401)
    expect((await app.call('GET /v1/auth/me', { headers: { Cookie: renewed } })).status).toBe(200)
  })

  it.each([
    ['no signature', (text: string) => `${text.split('.').slice(0, 2).join('.')}.x`],
    ['the algorithm none', (text: string) => `eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.${text.split('.')[1]}.`],
    ['another payload', (text: string) => text.replace(/\.(.)/, (_all, first) => `.${first === 'e' ? 'f' : 'e'}`)],
  ])('with %s is none', async (_what, forge) => {
    expect((await app.call('GET /v1/auth/me', { as: forge(token) })).status).toBe(401)
  })
})

describe('an API key', () => {
  it('is taken with Bearer in any case, without it, and from X-API-Key', async () => {
    const { secret, id } = await app.addKey(acme)
    for (const headers of [{ authorization: `bearer ${secret}` }, { authorization: secret }, { 'X-API-Key': secret }]) {
      const answer = await app.call('GET /v1/auth/me', { headers })
      expect(answer.body).toMatchObject({ kind: 'key', key: { id, prefix: secret.slice(0, 12) }, project: null })
    }
  })

  it.each(['tl_unknown', 'rubbish', 'Basic abc'])(
    'that is %s is refused in the words the SDKs wait for',
    async (as) => {
      const answer = await app.call('GET /v1/projects', { as })
      expect(answer).toMatchObject({ status: 401, body: invalid })
    },
  )

  it('that is revoked or expired says so, from the next request on', async () => {
    const revoked = await app.addKey(acme)
    const expiring = await app.addKey(acme, { expiresAt: app.clock.now() + 1_000 })
    const ask = async (secret: string) => (await app.call('GET /v1/projects', { as: secret })).body
    expect(await ask(revoked.secret)).toHaveProperty('projects')
    expect(await ask(expiring.secret)).toHaveProperty('projects')
    const owner = await app.addPerson(acme, 'ada@example.com', 'owner')
    expect((await app.call(`DELETE /v1/apikeys/${revoked.id}`, { as: owner })).status).toBe(204)
    expect(await ask(revoked.secret)).toMatchObject({ error: 'invalid_api_key', code: 'key_revoked' })
    app.clock.advance(1_000)
    expect(await ask(expiring.secret)).toMatchObject({ error: 'api_key_expired', code: 'api_key_expired' })
  })

  it('never reaches what is for people, and with a scope only reads', async () => {
    const full = await app.addKey(acme)
    const query = await app.addKey(acme, { scopes: ['query'] })
    const { id } = await app.data.addProject(acme, 'p')
    const ask = async (as: string, line: string) => {
      const { status, body } = await app.call(line, { as, send: line.startsWith('GET') ? undefined : {} })
      return [status, body.code]
    }
    expect(await ask(full.secret, 'POST /v1/projects')).toEqual([403, 'dashboard_only'])
    expect(await ask(query.secret, 'GET /v1/projects')).toEqual([200, undefined])
    expect(await ask(query.secret, `PATCH /v1/projects/${id}`)).toEqual([403, 'scope_forbidden'])
    expect(await ask(full.secret, `PATCH /v1/projects/${id}`)).toEqual([200, undefined])
    expect(await ask(query.secret, 'GET /v1/apikeys')).toEqual([403, 'scope_forbidden'])
  })
})

it('nobody is told to sign in', async () => {
  const answer = await app.call('GET /v1/projects')
  expect([answer.status, answer.body.code]).toEqual([401, 'unauthorized'])
})
