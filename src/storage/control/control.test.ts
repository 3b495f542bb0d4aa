import path from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { TenantId } from '../../ids.ts'
import type { Key } from './actor.ts'
import { freeSlug, slugOf } from './slug.ts'
import { TestControl } from './testing.ts'

let app: TestControl
let tenantId: TenantId

beforeEach(async () => {
  app = new TestControl()
  tenantId = await app.addTenant('Acme')
})
afterEach(() => app.close())

const elsewhere = (sql: string) => {
  const other = new Database(path.join(app.dir ?? '', 'control.db'))
  other.exec(sql)
  other.close()
}

describe('keys', () => {
  it('are found in memory until anybody changes control data', async () => {
    const hash = 'h'
    const id = await app.addKey(tenantId, { hash, prefix: 'tl_' })
    const first = await app.store.apiKeys.find(hash)
    expect(await app.store.apiKeys.find(hash)).toBe(first)
    elsewhere(`UPDATE api_keys SET revoked_at = 5 WHERE id = '${id}'`)
    expect(await app.store.apiKeys.find(hash)).toMatchObject({ revokedAt: 5 })
    await app.store.db.updateTable('api_keys').set({ revoked_at: null }).execute()
    expect(await app.store.apiKeys.find(hash)).toMatchObject({ revokedAt: null })
  })

  it('that are read while they change are not kept as they were', async () => {
    const hash = 'h'
    await app.addKey(tenantId, { hash, prefix: 'tl_' })
    const reading = app.store.apiKeys.find(hash)
    const writing = app.store.db.updateTable('api_keys').set({ revoked_at: 7 }).execute()
    await Promise.all([reading, writing])
    expect(await app.store.apiKeys.find(hash)).toMatchObject({ revokedAt: 7 })
  })

  it('write down their last use once a minute, and list it at once', async () => {
    const hash = 'h'
    const id = await app.addKey(tenantId, { hash, prefix: 'tl_' })
    const stored = () =>
      app.store.db.selectFrom('api_keys').select('last_used_at').where('hash', '=', hash).executeTakeFirst()
    const key = await app.store.apiKeys.find(hash)
    const usedAt = app.clock.now()
    if (key) app.store.apiKeys.used(key.id)
    expect(await stored()).toEqual({ last_used_at: null })
    expect((await app.store.apiKeys.list(tenantId)).find((row) => row.id === id)?.last_used_at).toBe(usedAt)
    app.clock.advance(60_000)
    await expect.poll(stored).toEqual({ last_used_at: usedAt })
  })
})

describe('the project of a trace', () => {
  const key = (fields: Partial<Key> = {}): Key => ({
    kind: 'key',
    tenantId,
    plan: 'enterprise',
    keyId: '00000000-0000-7000-8000-000000000001' as Key['keyId'],
    projectId: null,
    scopes: [],
    ...fields,
  })

  it('is one, however many requests name it first', async () => {
    const found = await Promise.all(
      Array.from({ length: 20 }, (_, i) => app.store.projects.resolve(key(), i % 2 ? 'New one' : ' new ONE ')),
    )
    expect(new Set(found.map((project) => project?.id)).size).toBe(1)
    expect(await app.actions(tenantId)).toEqual(['project.created'])
  })

  it('is found by id in its own tenant only', async () => {
    const { id } = await app.addProject(tenantId, 'mine')
    const other = await app.addTenant('Other')
    expect(await app.store.projects.resolve(key(), id.toUpperCase())).toEqual({ id, archived: false })
    expect(await app.store.projects.resolve(key({ tenantId: other }), id)).toBeNull()
  })

  it('is the own one of the key, else the default, when none is named', async () => {
    const first = await app.addProject(tenantId, 'first')
    const second = await app.addProject(tenantId, 'second')
    expect((await app.store.projects.resolve(key(), null))?.id).toBe(first.id)
    expect((await app.store.projects.resolve(key({ projectId: second.id }), ' '))?.id).toBe(second.id)
  })

  it('is archived from the next question on', async () => {
    const { id } = await app.addProject(tenantId, 'a')
    await app.addProject(tenantId, 'b')
    expect((await app.store.projects.resolve(key(), 'a'))?.archived).toBe(false)
    await app.store.projects.archive(key(), id)
    expect((await app.store.projects.resolve(key(), 'a'))?.archived).toBe(true)
  })

  it('keeps the traces of a name that is too long', async () => {
    const long = 'x'.repeat(300)
    const project = await app.store.projects.resolve(key(), long)
    expect(await app.store.projects.resolve(key(), long.slice(0, 100))).toEqual(project)
  })
})

describe('slugs', () => {
  it.each([
    ['Größe & Maß', 'gro-e-ma'],
    ['Café  Münster', 'cafe-munster'],
    ['日本', 'project'],
    ['--A--', 'a'],
  ])('of %s is %s', (name, slug) => {
    expect(slugOf(name, 'project')).toBe(slug)
  })

  it('are counted up when taken', () => {
    expect(freeSlug('a', new Set(['a', 'a-2']))).toBe('a-3')
  })
})

describe('followers', () => {
  it('move only onward, together with their effect', async () => {
    const { places } = app.store
    const applied: number[] = []
    const apply = (seq: number) =>
      app.store.transaction(async (trx) => {
        if (await places.advance(trx, 'counting', seq)) applied.push(seq)
      })
    expect(await places.get('counting')).toBe(0)
    for (const seq of [7, 7, 5, 8]) await apply(seq)
    expect(await places.get('counting')).toBe(8)
    expect(applied).toEqual([7, 8])
  })
})
