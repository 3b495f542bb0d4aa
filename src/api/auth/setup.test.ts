import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ConfigError } from '../../config.ts'
import { bootstrap } from './setup.ts'
import { IdentityApp } from './testing.ts'

const person = { email: 'ada@example.com', password: 'correct horse battery', name: 'Ada King Lovelace' }
const apiKey = 'tl_0123456789012345678901234567890123456789012'

let app: IdentityApp
beforeEach(() => {
  app = new IdentityApp()
})
afterEach(() => app.close())

const start = () => bootstrap({ control: app.control, config: app.config, gate: app.gate })
const tokenOf = async () => {
  const state = await start()
  return state.kind === 'needs_setup' ? state.token : ''
}
const setUp = (send: object) => app.call('POST /v1/auth/setup', { send })
const needed = async () => (await app.call('GET /v1/auth/setup')).body.needed
const onlyTenant = async () => {
  const tenants = await app.control.tenants.list()
  expect(tenants).toHaveLength(1)
  return tenants[0]?.id ?? ('' as never)
}

describe('set-up by the link', () => {
  it('makes owner, organisation, project and key, once', async () => {
    const token = await tokenOf()
    expect(await needed()).toBe(true)
    const answer = await setUp({ ...person, token, organization: 'Acme' })
    expect(answer.status).toBe(201)
    expect(answer.body).toMatchObject({
      user: { email: person.email, first_name: 'Ada', last_name: 'King Lovelace' },
      organization: { name: 'Acme', slug: 'acme', plan: 'enterprise' },
      project: { name: 'Default', slug: 'default', is_default: true },
      key: { name: 'First key', scopes: null, project_id: answer.body.project.id },
      role: 'owner',
    })
    const { key, try: command } = answer.body
    expect(key.secret).toBe(key.key)
    expect(command).toContain(`-H "Authorization: Bearer ${key.key}"`)
    expect(command).toMatch(/^curl -X POST 'http:\/\/127\.0\.0\.1:\d+\/v1\/ingest' /)
    const [cookie = ''] = (answer.headers['set-cookie'] ?? []) as unknown as string[]
    expect((await app.call('GET /v1/auth/me', { headers: { Cookie: cookie } })).body.kind).toBe('person')
    expect((await app.call('GET /v1/auth/me', { as: key.key })).body).toMatchObject({
      kind: 'key',
      project: { name: 'Default' },
    })

    expect(await needed()).toBe(false)
    expect((await setUp({ ...person, token, email: 'b@example.com' })).body.code).toBe('already_set_up')
    const log = await app.control.auditLog.list(await onlyTenant(), { limit: 10 })
    expect(log.map((entry) => entry.action)).toEqual(['auth.login', 'organization.set_up'])
    expect(JSON.parse(log[1]?.actor ?? '')).toMatchObject({ kind: 'person', email: person.email })
    expect(JSON.stringify(log)).not.toContain(key.key)
  })

  it('makes one owner when two try at once', async () => {
    const token = await tokenOf()
    const answers = await Promise.all(
      ['a@example.com', 'b@example.com'].map((email) => setUp({ ...person, email, token })),
    )
    expect(answers.map((answer) => answer.status).sort()).toEqual([201, 409])
  })

  it.each([
    [{ token: 'wrong' }, 403, 'setup_token_invalid'],
    [{ password: 'short' }, 400, 'invalid_body'],
    [{ email: 'nobody' }, 400, 'invalid_body'],
  ])('with %o is refused', async (change, status, code) => {
    const answer = await setUp({ ...person, token: await tokenOf(), ...change })
    expect([answer.status, answer.body.code]).toEqual([status, code])
    expect(await needed()).toBe(true)
  })

  it('is closed before the start opens it', async () => {
    expect((await setUp({ ...person, token: '' })).body.code).toBe('setup_token_invalid')
  })
})

describe('set-up by the configuration', () => {
  it('makes everything from e-mail, password and key, and is left alone from then on', async () => {
    Object.assign(app.config.owner, {
      email: person.email,
      password: person.password,
      api_key: apiKey,
      organization: 'Acme',
    })
    app.config.tenant.plan = 'pro'
    expect(await start()).toEqual({ kind: 'ready' })
    const login = { email: person.email, password: person.password }
    expect((await app.call('POST /v1/auth/login', { send: login })).body.organization).toMatchObject({
      name: 'Acme',
      plan: 'pro',
    })
    expect((await app.call('GET /v1/auth/me', { as: apiKey })).body).toMatchObject({
      kind: 'key',
      project: { name: 'Default' },
    })

    Object.assign(app.config.owner, { email: 'b@example.com', api_key: `${apiKey}x`, organization: 'Other' })
    expect(await start()).toEqual({ kind: 'ready' })
    expect((await app.call('GET /v1/auth/me', { as: `${apiKey}x` })).status).toBe(401)
    expect(await app.data.actions(await onlyTenant())).toEqual(['organization.set_up', 'auth.login'])
  })

  it('with a key alone ingests at once, and the owner joins by the link', async () => {
    app.config.owner.api_key = apiKey
    const state = await start()
    expect(state.kind).toBe('needs_setup')
    const { project } = (await app.call('GET /v1/auth/me', { as: apiKey })).body
    expect(await start()).toEqual(state)
    const token = state.kind === 'needs_setup' ? state.token : ''
    const answer = await setUp({ ...person, token })
    expect(answer.body).toMatchObject({ organization: { name: 'My organisation' }, project: { id: project.id } })
    expect((await app.call('GET /v1/auth/me', { as: apiKey })).status).toBe(200)
    await onlyTenant()
  })

  it('with nothing waits for the link', async () => {
    expect((await start()).kind).toBe('needs_setup')
    expect(await app.control.tenants.list()).toEqual([])
  })

  it.each([{ email: person.email }, { password: person.password }])('with only %o does not start', async (half) => {
    Object.assign(app.config.owner, half)
    await expect(start()).rejects.toThrow(ConfigError)
  })
})
