import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import Database from 'better-sqlite3'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../clock.ts'
import { silentLog } from '../../log.ts'
import { canonicalJson } from './canonical-json.ts'
import { type ControlStore, openControl } from './open.ts'

describe('canonical JSON', () => {
  it('says the same as JSON, in whatever order the keys came', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)))
        expect(canonicalJson(JSON.parse(canonicalJson(value)))).toBe(canonicalJson(value))
      }),
    )
  })

  it('is one text for one value', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string(), fc.jsonValue())), (entries) => {
        const unique = [...new Map(entries)]
        expect(canonicalJson(Object.fromEntries(unique.toReversed()))).toBe(canonicalJson(Object.fromEntries(unique)))
      }),
    )
  })

  it('has no white space, leaves out what is undefined and refuses what JSON cannot hold', () => {
    expect(canonicalJson({ b: [1, { d: null, c: 'x y' }], a: undefined })).toBe('{"b":[1,{"c":"x y","d":null}]}')
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, undefined, 1n])
      expect(() => canonicalJson(value)).toThrow(TypeError)
  })
})

describe('the audit chain', () => {
  let dir: string
  let control: ControlStore
  const entries = 5

  beforeEach(async () => {
    dir = mkdtempSync(path.join(tmpdir(), 'trulayer-audit-'))
    control = openControl({ dir, log: silentLog(), clock: systemClock })
    const owner = { email: 'ada@example.com', passwordHash: '', firstName: null, lastName: null }
    const wish = { organization: null, fallbackName: 'Acme', plan: 'pro' as const, owner, key: null, job: 'test' }
    const { tenant } = await control.found(wish)
    const actor = { kind: 'job' as const, tenantId: tenant.id, plan: tenant.plan, name: 'test' }
    for (let i = 1; i < entries; i++) await control.projects.create(actor, { name: `p${i}`, description: null })
  })

  afterEach(async () => {
    await control.close()
    rmSync(dir, { recursive: true })
  })

  const tenantId = async () => {
    const [tenant] = await control.tenants.list()
    if (!tenant) throw new Error('no tenant')
    return tenant.id
  }

  it('holds together, and its head is its last entry', async () => {
    const id = await tenantId()
    const head = await control.auditLog.head(id)
    expect(head.n).toBe(entries)
    expect(await control.auditLog.verify(id)).toEqual({ ok: true, head })
    const [first] = (await control.auditLog.list(id, { limit: 10 })).toReversed()
    expect(first).toMatchObject({ n: 1, prev_hash: '0'.repeat(64), action: 'organization.set_up' })
  })

  it('is hashed as it is written down: the hash before, and the entry in canonical JSON', async () => {
    const rows = (await control.auditLog.list(await tenantId(), { limit: 10 })).toReversed()
    let hash = '0'.repeat(64)
    for (const { prev_hash, curr_hash, at, actor, details, ...row } of rows) {
      const entry = {
        ...row,
        at: new Date(at).toISOString(),
        actor: JSON.parse(actor) as unknown,
        details: JSON.parse(details) as unknown,
      }
      expect(prev_hash).toBe(hash)
      hash = createHash('sha256')
        .update(`${hash}${canonicalJson(entry)}`)
        .digest('hex')
      expect(curr_hash).toBe(hash)
    }
  })

  it.each([
    [
      'a changed detail',
      `UPDATE audit_entries SET details = '{"name":"other"}' WHERE n = 3`,
      3,
      /content .* not match/,
    ],
    ['a changed time', 'UPDATE audit_entries SET at = at + 1 WHERE n = 2', 2, /content .* not match/],
    ['another author', `UPDATE audit_entries SET actor = '{"kind":"job","name":"x"}' WHERE n = 1`, 1, /not match/],
    ['a removed entry', 'DELETE FROM audit_entries WHERE n = 2', 3, /entry 2 is missing/],
    ['an entry of another chain', `UPDATE audit_entries SET prev_hash = 'f' WHERE n = 4`, 4, /prev_hash/],
    ['a new hash over changed content', `UPDATE audit_entries SET curr_hash = 'f' WHERE n = 4`, 4, /not match/],
    ['broken JSON', `UPDATE audit_entries SET details = '{' WHERE n = 5`, 5, /not JSON/],
  ])('names the first entry that shows %s, and why', async (_what, tampering, n, why) => {
    const intruder = new Database(path.join(dir, 'control.db'))
    intruder.exec(tampering)
    intruder.close()
    expect(await control.auditLog.verify(await tenantId())).toMatchObject({
      ...{ ok: false, n, reason: expect.stringMatching(why) },
    })
  })

  it('keeps no entry of an act that failed', async () => {
    const id = await tenantId()
    const actor = { kind: 'job' as const, tenantId: id, plan: 'pro' as const, name: 'test' }
    await expect(control.projects.create(actor, { name: 'P1', description: null })).rejects.toMatchObject({
      code: 'error.project.name_taken',
    })
    expect((await control.auditLog.head(id)).n).toBe(entries)
  })
})
