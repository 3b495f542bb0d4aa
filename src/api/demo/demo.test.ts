import path from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, describe, expect, it } from 'vitest'
import { demoTraffic } from '../../demo/traffic.ts'
import { eventually } from '../../testing.ts'
import { TestApp } from '../testing/app.ts'

let app: TestApp
afterEach(() => app.stop())

const state = async (as?: string) => (await app.call('GET /v1/demo', { as })).body
const becomes = (wanted: string, as?: string) =>
  eventually(async () => expect(await state(as)).toMatchObject({ state: wanted }))
const load = (send: object = { days: 2 }, as?: string) => app.call('POST /v1/demo', { as, send })
/** What the traffic of this seed and length amounts to, made apart from the appliance. */
function made(seed: number, days: number) {
  const all = [...demoTraffic({ seed, days, now: app.clock.now() })]
  return {
    traces: all.reduce((sum, { traces }) => sum + traces, 0),
    feedback: all.reduce((sum, { feedback }) => sum + feedback.length, 0),
  }
}

/** Rows of the tables that hold what is of traces. */
function rows(): Record<string, number> {
  const db = new Database(path.join(app.dir, 'telemetry.db'), { readonly: true })
  try {
    const tables = ['traces', 'trace_payloads', 'spans', 'span_payloads', 'events', 'postings', 'terms', 'feedback']
    return Object.fromEntries(
      tables.map((table) => [table, db.prepare<[], number>(`SELECT count(*) FROM ${table}`).pluck().get() ?? -1]),
    )
  } finally {
    db.close()
  }
}
const NO_ROWS = Object.fromEntries(
  ['traces', 'trace_payloads', 'spans', 'span_payloads', 'events', 'postings', 'terms', 'feedback'].map((t) => [t, 0]),
)

describe('the demo', { timeout: 90_000 }, () => {
  it('is loaded, read like anything else, and removed without a trace', async () => {
    app = await TestApp.start()
    expect(await state()).toMatchObject({ state: 'none', traces: 0, project_id: null, incidents: [] })
    const begun = await load({ days: 2, seed: 7 })
    expect(begun).toMatchObject({ status: 202, body: { state: 'loading', seed: 7, days: 2, error: null } })
    await becomes('loaded')
    const demo = await state()
    const expected = made(7, 2)
    expect(demo).toMatchObject({ traces: expected.traces, progress: 1, ends_at: '2026-03-01T12:00:00.000Z' })
    expect(demo.incidents.map(({ kind }: { kind: string }) => kind)).toEqual(['error_rate_spike'])
    expect(rows()).toMatchObject(expected)

    const list = async (query: string) =>
      (await app.call(`GET /v1/traces?project_id=${demo.project_id}&limit=200${query}`)).body.traces
    const [newest] = await list('')
    expect(Date.parse(newest.ended_at)).toBeLessThanOrEqual(app.clock.now())
    expect(Date.parse(newest.started_at)).toBeGreaterThan(app.clock.now() - 6 * 3_600_000)
    expect((await list('&failure_type=rate_limit')).length).toBeGreaterThan(3)
    expect((await list('&tag_key=language&tag_value=de')).length).toBeGreaterThan(3)
    const [asked] = await list('&name=answer-question&error=false')
    const trace = await app.trace(asked.id)
    expect(trace).toMatchObject({ environment: 'production', model: 'claude-haiku-4-5' })
    expect(trace.cost).toBeGreaterThan(0)
    const found = trace.spans?.find(({ name }) => name === 'search-handbook')
    expect(found?.metadata.documents).toEqual(
      expect.arrayContaining([expect.objectContaining({ score: expect.any(Number), content: expect.any(String) })]),
    )

    expect(await app.call('DELETE /v1/demo')).toMatchObject({ status: 202, body: { state: 'removing' } })
    await becomes('none')
    expect(rows()).toEqual(NO_ROWS)
    const { projects } = (await app.call('GET /v1/projects?include_archived=true')).body
    expect(projects.map(({ name }: { name: string }) => name)).toEqual(['Default'])
    expect(await app.call('DELETE /v1/demo')).toMatchObject({ status: 200, body: { state: 'none' } })
  })

  it('is looked through for hours out of the ordinary, which go with it, and hardly any other is found', async () => {
    app = await TestApp.start()
    await load({ seed: 2 })
    await becomes('loaded')
    const { project_id, incidents } = await state()
    const anomalies = async () => (await app.call(`GET /v1/anomalies?project_id=${project_id}`)).body.anomalies
    const found = await anomalies()
    interface Found {
      type: string
      metadata: { bucket_start: string }
    }
    /** Of an incident, or of the hour before or after it, which it spills into. */
    const isOf = ({ kind, from, to }: Record<string, string>, spill: number) => {
      const [begin = Number.NaN, end = Number.NaN] = [from, to].map((time) => Date.parse(time ?? ''))
      return ({ type, metadata }: Found) => {
        const at = Date.parse(metadata.bucket_start)
        return type === kind && at >= begin - spill && at < end + spill
      }
    }
    for (const incident of incidents) expect(found.filter(isOf(incident, 0)), incident.kind).not.toEqual([])
    const others = found.filter(
      (one: Found) => !incidents.some((incident: Record<string, string>) => isOf(incident, 3_600_000)(one)),
    )
    expect(others.length, 'at most one a week').toBeLessThanOrEqual(2)
    await app.call('DELETE /v1/demo')
    await becomes('none')
    expect(await anomalies()).toEqual([])
  })

  it('leaves what is not of it alone', async () => {
    app = await TestApp.start()
    await app.call('POST /v1/ingest', { send: { name: 'mine' } })
    await app.addProject(app.tenantId, 'demo')
    await load({ days: 1 })
    await becomes('loaded')
    const { projects } = (await app.call('GET /v1/projects')).body
    expect(projects.map(({ name }: { name: string }) => name)).toContain('Demo 2')
    await app.call('DELETE /v1/demo')
    await becomes('none')
    const { traces } = (await app.call('GET /v1/traces')).body
    expect(traces.map(({ name }: { name: string }) => name)).toEqual(['mine'])
  })

  it('changes nothing when it is loaded again, and stands in the way of another', async () => {
    app = await TestApp.start()
    await load()
    await becomes('loaded')
    const before = rows()
    app.clock.advance(3_600_000)
    expect(await load()).toMatchObject({ status: 200, body: { state: 'loaded' } })
    expect(await load({ days: 3 })).toMatchObject({ status: 409, body: { code: 'conflict' } })
    expect(await load({ days: 2, seed: 2 })).toMatchObject({ status: 409 })
    expect(rows()).toEqual(before)
  })

  it('goes on after a restart in the middle, with nothing twice', async () => {
    app = await TestApp.start()
    await load({ days: 2, seed: 3 })
    await eventually(async () => expect((await state()).traces).toBeGreaterThan(0), { interval: 10 })
    const expected = made(3, 2)
    await app.restart()
    expect((await state()).traces).toBeLessThan(expected.traces)
    await becomes('loaded')
    expect(rows()).toMatchObject(expected)
    expect(await state()).toMatchObject({ traces: expected.traces })
  })

  it('is removed while it is being loaded', async () => {
    app = await TestApp.start()
    await load({ days: 3 })
    await eventually(async () => expect((await state()).traces).toBeGreaterThan(0), { interval: 10 })
    expect((await app.call('DELETE /v1/demo')).body).toMatchObject({ state: 'removing' })
    expect(await load()).toMatchObject({ status: 409 })
    await becomes('none')
    expect(rows()).toEqual(NO_ROWS)
    expect(await load({ days: 1 })).toMatchObject({ status: 202 })
    await becomes('loaded')
  })

  it('stops at the end of a plan, says so, and can still be removed', async () => {
    app = await TestApp.start()
    await app.control.db.updateTable('tenants').set({ plan: 'starter' }).execute()
    const key = await app.addKey(app.tenantId)
    const db = new Database(path.join(app.dir, 'telemetry.db'))
    await app.call('POST /v1/ingest', { as: key, send: {} })
    db.prepare('UPDATE usage_daily SET traces = 60000').run()
    db.close()
    await app.restart()
    await load({ days: 1 }, key)
    await becomes('failed')
    expect((await state()).error).toContain('starter')
    await app.control.db.updateTable('tenants').set({ plan: 'enterprise' }).execute()
    expect(await load({ days: 1 })).toMatchObject({ status: 202, body: { state: 'loading' } })
    await becomes('loaded')
    await app.call('DELETE /v1/demo')
    await becomes('none')
  })

  it('is for owners to change, for everybody to see, and of one tenant', async () => {
    app = await TestApp.start()
    const member = await app.person(app.tenantId, 'member@example.com', 'member')
    const viewer = await app.person(app.tenantId, 'viewer@example.com', 'viewer')
    expect(await load({}, member)).toMatchObject({ status: 403 })
    expect(await app.call('DELETE /v1/demo', { as: member })).toMatchObject({ status: 403 })
    expect(await app.call('GET /v1/demo', { as: viewer })).toMatchObject({ status: 200 })
    const other = await app.addKey(await app.tenant('Other'))
    await load({ days: 1 })
    await load({ days: 1 }, other)
    await becomes('loaded')
    await becomes('loaded', other)
    const both = rows()
    expect(both.feedback).toBe(2 * made(1, 1).feedback)
    await app.call('DELETE /v1/demo', { as: other })
    await becomes('none', other)
    expect(rows()).toMatchObject(made(1, 1))
    expect(await state()).toMatchObject({ state: 'loaded' })
  })

  it('refuses what it cannot make', async () => {
    app = await TestApp.start()
    for (const send of [{ days: 0 }, { days: 61 }, { days: 1.5 }, { seed: -1 }, { seed: 'a' }]) {
      expect(await load(send)).toMatchObject({ status: 400, body: { code: 'invalid_body' } })
    }
    expect(await state()).toMatchObject({ state: 'none' })
  })

  it('can be removed whatever comes to hang on a project', async () => {
    app = await TestApp.start()
    const db = new Database(path.join(app.dir, 'control.db'), { readonly: true })
    const tables = db.prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all()
    for (const table of tables) {
      const keys = db.pragma(`foreign_key_list(${table})`) as { table: string; on_delete: string }[]
      for (const { table: to, on_delete } of keys.filter((key) => key.table === 'projects')) {
        expect(`${table} → ${to}: ${on_delete}`).toMatch(/: (CASCADE|SET NULL)$/)
      }
    }
    db.close()
  })

  it('is in the audit log, with who asked and what the appliance did', async () => {
    app = await TestApp.start()
    const owner = await app.person(app.tenantId, 'owner@example.com', 'owner')
    await load({ days: 1 }, owner)
    await becomes('loaded')
    await app.call('DELETE /v1/demo', { as: owner })
    await becomes('none')
    const entries = await app.control.auditLog.list(app.tenantId, { limit: 10 })
    const told = entries.map(({ action, actor }) => [action, (JSON.parse(actor) as { kind: string }).kind]).toReversed()
    expect(told.filter(([action]) => action !== 'auth.login')).toEqual([
      ['project.created', 'person'],
      ['demo.loaded', 'person'],
      ['demo.removed', 'person'],
      ['project.deleted', 'job'],
    ])
    expect(await app.control.auditLog.verify(app.tenantId)).toMatchObject({ ok: true })
  })
})
