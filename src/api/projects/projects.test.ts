import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { TenantId } from '../../ids.ts'
import type { ProjectRow } from '../../storage/control/schema.ts'
import { IdentityApp } from '../auth/testing.ts'

let app: IdentityApp
let acme: TenantId
let project: ProjectRow
let foreign: ProjectRow
let people: Record<'owner' | 'member' | 'viewer' | 'stranger', string>

beforeEach(async () => {
  app = new IdentityApp()
  acme = await app.data.addTenant('Acme')
  const other = await app.data.addTenant('Other')
  project = await app.data.addProject(acme, 'Default')
  app.clock.advance(1)
  foreign = await app.data.addProject(other, 'Theirs')
  people = {
    owner: await app.addPerson(acme, 'owner@example.com', 'owner'),
    member: await app.addPerson(acme, 'member@example.com', 'member'),
    viewer: await app.addPerson(acme, 'viewer@example.com', 'viewer'),
    stranger: await app.addPerson(other, 'stranger@example.com', 'owner'),
  }
})
afterEach(() => app.close())

const acts = async () => (await app.data.actions(acme)).filter((action) => action !== 'auth.login')

interface Scenario {
  as: keyof typeof people
  call: string
  send?: object
  status: number
  body?: object
}

describe('projects', () => {
  it.each<Scenario>([
    {
      as: 'owner',
      call: 'POST /v1/projects',
      send: { name: ' Söder ' },
      status: 201,
      body: { name: 'Söder', slug: 'soder' },
    },
    {
      as: 'member',
      call: 'POST /v1/projects',
      send: { name: 'x', description: 'y' },
      status: 201,
      body: { description: 'y' },
    },
    { as: 'viewer', call: 'POST /v1/projects', send: { name: 'x' }, status: 403, body: { code: 'role_forbidden' } },
    { as: 'owner', call: 'POST /v1/projects', send: { name: '  ' }, status: 400, body: { code: 'invalid_body' } },
    { as: 'owner', call: 'POST /v1/projects', send: {}, status: 400, body: { code: 'invalid_body' } },
    {
      as: 'owner',
      call: 'POST /v1/projects',
      send: { name: 'DEFAULT' },
      status: 409,
      body: { code: 'error.project.name_taken' },
    },
    {
      as: 'member',
      call: 'PATCH /v1/projects/:id',
      send: { name: 'New' },
      status: 200,
      body: { name: 'New', slug: 'new' },
    },
    { as: 'member', call: 'PATCH /v1/projects/:id', send: { name: 'default' }, status: 200, body: { slug: 'default' } },
    {
      as: 'owner',
      call: 'PATCH /v1/projects/:id',
      send: { retention_days_override: 7 },
      status: 200,
      body: { retention_days_override: 7 },
    },
    { as: 'owner', call: 'PATCH /v1/projects/:id', send: { retention_days_override: null }, status: 200 },
    {
      as: 'owner',
      call: 'PATCH /v1/projects/:id',
      send: { retention_days_override: 0 },
      status: 400,
      body: { code: 'invalid_body' },
    },
    { as: 'owner', call: 'PATCH /v1/projects/:id', send: { retention_days_override: 1.5 }, status: 400 },
    {
      as: 'owner',
      call: 'PATCH /v1/projects/:id',
      send: { prompt_autoship_enabled: true },
      status: 200,
      body: { prompt_autoship_enabled: true },
    },
    { as: 'viewer', call: 'PATCH /v1/projects/:id', send: {}, status: 403, body: { code: 'role_forbidden' } },
    { as: 'stranger', call: 'PATCH /v1/projects/:id', send: { name: 'x' }, status: 404, body: { code: 'not_found' } },
    { as: 'stranger', call: 'POST /v1/projects/:id/archive', status: 404, body: { code: 'not_found' } },
    { as: 'stranger', call: 'POST /v1/projects/:id/unarchive', status: 404, body: { code: 'not_found' } },
    { as: 'owner', call: 'POST /v1/projects/not-an-id/archive', status: 404, body: { code: 'not_found' } },
    { as: 'member', call: 'POST /v1/projects/:id/archive', status: 403, body: { code: 'role_forbidden' } },
    {
      as: 'owner',
      call: 'POST /v1/projects/:id/archive',
      status: 409,
      body: { code: 'error.project.cannot_archive_last' },
    },
    { as: 'owner', call: 'POST /v1/projects/:id/unarchive', status: 200, body: { archived_at: null } },
    { as: 'viewer', call: 'GET /v1/projects?limit=0', status: 400, body: { code: 'invalid_query' } },
    { as: 'viewer', call: 'GET /v1/projects?cursor=x', status: 400, body: { code: 'invalid_cursor' } },
    { as: 'viewer', call: 'GET /v1/projects?include_archived=maybe', status: 400, body: { code: 'invalid_query' } },
  ])('$as: $call $send → $status', async ({ as, call, send, status, body = {} }) => {
    const answer = await app.call(call.replace(':id', project.id), { as: people[as], send })
    expect({ status: answer.status, body: answer.body }).toMatchObject({ status, body })
  })

  it('are archived and taken up again, each act once in the audit log', async () => {
    const { body: second } = await app.call('POST /v1/projects', { as: people.member, send: { name: 'Second' } })
    const twice = async (verb: string) => {
      const [first] = [await app.call(`POST /v1/projects/${second.id}/${verb}`, { as: people.owner })]
      const again = await app.call(`POST /v1/projects/${second.id}/${verb}`, { as: people.owner })
      expect(again.body).toEqual(first.body)
      return first.body
    }
    expect((await twice('archive')).archived_at).toBe('2026-03-01T12:00:00.001Z')
    const list = async (query: string) => {
      const { body } = await app.call(`GET /v1/projects${query}`, { as: people.viewer })
      return body.projects.map((row: { name: string }) => row.name)
    }
    expect(await list('')).toEqual(['Default'])
    expect(await list('?include_archived=true')).toEqual(['Second', 'Default'])
    expect((await twice('unarchive')).archived_at).toBeNull()
    expect(await acts()).toEqual(['project.created', 'project.archived', 'project.unarchived'])
    expect(await app.control.auditLog.verify(acme)).toMatchObject({ ok: true })
  })

  it('are listed page by page, newest first, without those of others', async () => {
    for (let i = 0; i < 4; i++) await app.data.addProject(acme, `p${i}`)
    const seen: string[] = []
    let cursor: string | null = null
    do {
      const { body } = await app.call(`GET /v1/projects?limit=2${cursor ? `&cursor=${cursor}` : ''}`, {
        as: people.viewer,
      })
      expect(body.has_more).toBe(body.next_cursor !== null)
      seen.push(...body.projects.map((row: { id: string }) => row.id))
      cursor = body.next_cursor
    } while (cursor)
    expect(seen).toHaveLength(5)
    expect(new Set(seen).size).toBe(5)
    expect(seen.at(-1)).toBe(project.id)
    expect(seen).not.toContain(foreign.id)
  })

  it('change nothing and leave no trace when a patch says what is so already', async () => {
    await app.call(`PATCH /v1/projects/${project.id}`, {
      as: people.owner,
      send: { name: 'Default', prompt_autoship_enabled: false },
    })
    expect(await acts()).toEqual([])
  })

  it('keep traces no longer than the plan does', async () => {
    await app.control.db.updateTable('tenants').set({ plan: 'starter' }).execute()
    const patch = (days: number) =>
      app.call(`PATCH /v1/projects/${project.id}`, { as: people.owner, send: { retention_days_override: days } })
    expect((await patch(30)).status).toBe(200)
    expect((await patch(31)).status).toBe(400)
  })
})
