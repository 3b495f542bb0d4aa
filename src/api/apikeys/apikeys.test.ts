import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { TenantId } from '../../ids.ts'
import { IdentityApp } from '../auth/testing.ts'

let app: IdentityApp
let acme: TenantId
let foreignProject: string
let key: { id: string; secret: string }
let people: Record<'owner' | 'member' | 'viewer' | 'stranger', string>

beforeEach(async () => {
  app = new IdentityApp()
  acme = await app.data.addTenant('Acme')
  const other = await app.data.addTenant('Other')
  await app.data.addProject(acme, 'Default')
  foreignProject = (await app.data.addProject(other, 'Theirs')).id
  key = await app.addKey(acme)
  people = {
    owner: await app.addPerson(acme, 'owner@example.com', 'owner'),
    member: await app.addPerson(acme, 'member@example.com', 'member'),
    viewer: await app.addPerson(acme, 'viewer@example.com', 'viewer'),
    stranger: await app.addPerson(other, 'stranger@example.com', 'owner'),
  }
})
afterEach(() => app.close())

const works = async (secret: string) => (await app.call('GET /v1/projects', { as: secret })).status === 200

interface Scenario {
  as: keyof typeof people
  call: string
  send?: object
  status: number
  body?: object
}

describe('API keys', () => {
  it.each<Scenario>([
    {
      as: 'owner',
      call: 'POST /v1/apikeys',
      send: { name: 'k' },
      status: 201,
      body: { name: 'k', scopes: null, project_id: null },
    },
    {
      as: 'member',
      call: 'POST /v1/apikeys',
      send: { name: 'k', scopes: ['query', 'query'] },
      status: 201,
      body: { scopes: ['query'] },
    },
    { as: 'member', call: 'POST /v1/apikeys', send: { name: 'k', scopes: [] }, status: 201, body: { scopes: null } },
    {
      as: 'member',
      call: 'POST /v1/apikeys',
      send: { name: 'k', scopes: ['ingest'] },
      status: 400,
      body: { code: 'invalid_body' },
    },
    { as: 'member', call: 'POST /v1/apikeys', send: {}, status: 400, body: { code: 'invalid_body' } },
    { as: 'viewer', call: 'POST /v1/apikeys', send: { name: 'k' }, status: 403, body: { code: 'role_forbidden' } },
    {
      as: 'owner',
      call: 'POST /v1/apikeys',
      send: { name: 'k', expires_at: '2020-01-01T00:00:00Z' },
      status: 422,
      body: { code: 'out_of_range' },
    },
    { as: 'owner', call: 'POST /v1/apikeys', send: { name: 'k', expires_at: '2030-01-01T00:00:00Z' }, status: 201 },
    { as: 'viewer', call: 'GET /v1/apikeys', status: 200 },
    { as: 'member', call: 'DELETE /v1/apikeys/:id', status: 403, body: { code: 'role_forbidden' } },
    { as: 'viewer', call: 'POST /v1/apikeys/:id/rotate', status: 403, body: { code: 'role_forbidden' } },
    { as: 'stranger', call: 'DELETE /v1/apikeys/:id', status: 404, body: { code: 'not_found' } },
    { as: 'stranger', call: 'POST /v1/apikeys/:id/rotate', status: 404, body: { code: 'not_found' } },
  ])('$as: $call $send → $status', async ({ as, call, send, status, body = {} }) => {
    const answer = await app.call(call.replace(':id', key.id), { as: people[as], send })
    expect({ status: answer.status, body: answer.body }).toMatchObject({ status, body })
    expect(await works(key.secret)).toBe(true)
  })

  it('are for people only to make, rotate and revoke', async () => {
    for (const call of ['POST /v1/apikeys', `DELETE /v1/apikeys/${key.id}`, `POST /v1/apikeys/${key.id}/rotate`]) {
      expect((await app.call(call, { as: key.secret })).body.code).toBe('dashboard_only')
    }
  })

  it('cannot be bound to the project of another organisation', async () => {
    const answer = await app.call('POST /v1/apikeys', {
      as: people.owner,
      send: { name: 'k', project_id: foreignProject },
    })
    expect(answer.status).toBe(404)
  })

  it('live from creation through rotation to revocation, with one audit entry an act', async () => {
    const { body: made } = await app.call('POST /v1/apikeys', { as: people.member, send: { name: 'ci' } })
    expect(made.key).toMatch(/^tl_[A-Za-z0-9_-]{43}$/)
    expect([made.secret, made.prefix]).toEqual([made.key, made.key.slice(0, 12)])
    expect(await works(made.key)).toBe(true)

    const { body: rotated } = await app.call(`POST /v1/apikeys/${made.id}/rotate`, { as: people.member })
    expect([rotated.id, rotated.created_at]).toEqual([made.id, made.created_at])
    expect([await works(made.key), await works(rotated.key)]).toEqual([false, true])

    for (let i = 0; i < 2; i++)
      expect((await app.call(`DELETE /v1/apikeys/${made.id}`, { as: people.owner })).status).toBe(204)
    expect(await works(rotated.key)).toBe(false)
    expect((await app.call(`POST /v1/apikeys/${made.id}/rotate`, { as: people.owner })).status).toBe(404)

    const { body: list } = await app.call('GET /v1/apikeys', { as: people.viewer })
    expect(list.find((row: { id: string }) => row.id === made.id)).toMatchObject({
      prefix: rotated.prefix,
      created_by_email: 'member@example.com',
      last_used_at: made.created_at,
      revoked_at: made.created_at,
    })
    expect(JSON.stringify(list)).not.toContain(rotated.key)

    const log = await app.control.auditLog.list(acme, { limit: 100 })
    const acts = log.filter((entry) => entry.target_id === made.id)
    expect(acts.map((entry) => entry.action)).toEqual(['apikey.revoked', 'apikey.rotated', 'apikey.created'])
    expect(JSON.stringify(log)).not.toContain(made.key)
    expect(await app.control.auditLog.verify(acme)).toMatchObject({ ok: true })
  })
})
