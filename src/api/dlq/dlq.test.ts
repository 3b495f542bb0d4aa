import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { newId } from '../../ids.ts'
import { traceUuid } from '../../ingest/formats/otlp.ts'
import type { Role } from '../../storage/control/actor.ts'
import { eventually } from '../../testing.ts'
import { aTrace, TestApp } from '../testing/app.ts'

let app: TestApp
let owner: string
let largestSpan: number
beforeEach(async () => {
  largestSpan = 4_000
  app = await TestApp.start({ config: (config) => (config.ingest.max_span_bytes = largestSpan) })
  owner = await app.person(app.tenantId, 'owner@example.com', 'owner')
})
afterEach(() => app.stop())

const list = async (query = '', as = owner) => (await app.call(`GET /v1/dlq${query}`, { as })).body
const letters = async (query = '') => (await list(query)).dead_letters
const whole = async (id: string) => (await app.call(`GET /v1/dlq/${id}`, { as: owner })).body
const replay = async (id: string, send: object = {}) =>
  (await app.call(`POST /v1/dlq/${id}/replay`, { as: owner, send })).body
const acts = async () => {
  const rows = await app.control.db.selectFrom('audit_entries').select(['action', 'details']).execute()
  return rows.filter(({ action }) => action.startsWith('dead_letter'))
}

const bad = (fields: object = {}) => aTrace({ latency_ms: 'slow', ...fields })
const send = (trace: object | string) => app.call('POST /v1/ingest', { send: trace })
/** The same store with spans of any size allowed: what was refused can be kept now. */
async function allowLargeSpans() {
  largestSpan = 1_000_000
  await app.restart()
}

describe('dead letters', () => {
  it('are listed newest first with the reason, and shown with what came', async () => {
    const [a, b] = [bad({ name: 'a' }), bad({ name: 'b' })]
    await send(a)
    app.clock.advance(1_000)
    await send(b)
    const [newest, oldest] = await letters()
    expect([newest.subject_id, oldest.subject_id]).toEqual([b.id, a.id])
    expect(newest).toMatchObject({
      ...{ source: 'ingest', code: 'invalid_trace', state: 'open', attempts: 0, tried_at: null, settled_at: null },
      ...{ message: expect.stringMatching(/latency_ms/), received_at: '2026-03-01T12:00:01.000Z' },
      size_bytes: Buffer.byteLength(JSON.stringify(b)),
    })
    expect(await whole(newest.id)).toEqual({ ...newest, payload: b })
  })

  it('are found by project, source, code, state and time', async () => {
    await send(bad({ project_id: 'Shop' }))
    await app.call('POST /v1/ingest/batch', { send: { traces: [bad(), aTrace({ project_id: newId() })] } })
    app.clock.advance(60_000)
    await send(bad())
    const count = async (query: string) => (await letters(query)).length
    const shop = (await letters('?source=ingest')).at(-1)
    expect(await count('')).toBe(4)
    expect(await count(`?project_id=${shop.project_id}`)).toBe(1)
    expect(await count('?source=batch')).toBe(2)
    expect(await count('?code=unknown_project')).toBe(1)
    expect(await count('?to=2026-03-01T12:00:30Z')).toBe(3)
    expect(await count('?from=2026-03-01T12:00:30Z')).toBe(1)
    expect(await count('?state=resolved')).toBe(0)
    await app.call(`POST /v1/dlq/${shop.id}/resolve`, { as: owner })
    expect(await count('')).toBe(3)
    expect(await count('?state=resolved')).toBe(1)
    expect(await count('?state=all')).toBe(4)
  })

  it('page without a gap or a repeat', async () => {
    await app.call('POST /v1/ingest/batch', { send: { traces: Array.from({ length: 23 }, () => bad()) } })
    const seen: string[] = []
    let cursor: string | null = null
    do {
      const page: Awaited<ReturnType<typeof list>> = await list(`?limit=5${cursor ? `&cursor=${cursor}` : ''}`)
      seen.push(...page.dead_letters.map(({ id }: { id: string }) => id))
      cursor = page.next_cursor
    } while (cursor)
    expect(new Set(seen).size).toBe(23)
    expect(seen).toHaveLength(23)
  })

  it('are counted with the bytes that they take, per project and in all', async () => {
    const totals = (ask = {}) => app.telemetry.ask('deadLetterTotals', ask)
    const [a, b] = [bad(), bad({ project_id: 'Shop' })]
    await send(a)
    await send(b)
    const bytes = Buffer.byteLength(JSON.stringify(a)) + Buffer.byteLength(JSON.stringify(b))
    expect(await totals()).toEqual({ letters: 2, open: 2, bytes })
    const [letter] = await letters()
    await app.call(`POST /v1/dlq/${letter.id}/resolve`, { as: owner })
    expect(await totals({ tenantId: app.tenantId })).toEqual({ letters: 2, open: 1, bytes })
    expect(await totals({ tenantId: app.tenantId, projectId: letter.project_id })).toMatchObject({
      letters: 1,
      open: 0,
    })
    expect(await totals({ tenantId: newId() })).toEqual({ letters: 0, open: 0, bytes: 0 })
  })
})

describe('replay', () => {
  it('stores a trace once its project can be found, and settles the letter with it', async () => {
    const trace = aTrace({ project_id: newId() })
    await send(trace)
    const [letter] = await letters()
    expect(letter.code).toBe('unknown_project')
    expect(await replay(letter.id)).toMatchObject({ outcome: 'failed', code: 'unknown_project' })
    const { id: project } = await app.addProject(app.tenantId, 'Found')
    expect(await replay(letter.id, { project_id: project })).toEqual({
      ...{ id: letter.id, outcome: 'replayed', trace_id: trace.id },
    })
    expect(await app.trace(trace.id)).toMatchObject({ project_id: project, name: trace.name })
    expect(await whole(letter.id)).toMatchObject({
      ...{ state: 'replayed', attempts: 2, settled_at: '2026-03-01T12:00:00.000Z', payload: trace },
    })
    expect(await letters()).toEqual([])
    expect(await replay(letter.id)).toEqual({ id: letter.id, outcome: 'replayed' })
    expect((await acts()).map(({ details }) => JSON.parse(details))).toEqual([
      { failed: 1, replayed: 0 },
      { failed: 0, replayed: 1 },
    ])
  })

  it('says why it fails again, and keeps the letter open with the new reason', async () => {
    await send(bad())
    const [letter] = await letters()
    app.clock.advance(5_000)
    expect(await replay(letter.id)).toMatchObject({
      ...{ id: letter.id, outcome: 'failed', code: 'invalid_trace', message: expect.stringMatching(/latency_ms/) },
    })
    const tried = { state: 'open', attempts: 1, tried_at: '2026-03-01T12:00:05.000Z', settled_at: null }
    expect(await whole(letter.id)).toMatchObject(tried)
  })

  it('tells that the trace has come by another way meanwhile', async () => {
    const trace = aTrace({ project_id: newId() })
    await send(trace)
    await send({ ...trace, project_id: null })
    const [letter] = await letters()
    const { id: project } = await app.addProject(app.tenantId, 'Found')
    expect(await replay(letter.id, { project_id: project })).toMatchObject({ outcome: 'duplicate', trace_id: trace.id })
  })

  it('makes one trace of one without an id, however often and at once', async () => {
    const { id: _, ...trace } = aTrace({ project_id: newId(), name: 'nameless' })
    await send(trace)
    const [letter] = await letters()
    const { id: project } = await app.addProject(app.tenantId, 'Found')
    await Promise.all(Array.from({ length: 5 }, () => replay(letter.id, { project_id: project })))
    const { body } = await app.call('GET /v1/traces?name=nameless')
    expect(body.traces).toHaveLength(1)
  })

  it('adds a span that was too large to its trace', async () => {
    const trace = aTrace({ spans: [{ name: 'small' }, { id: newId(), name: 'large', input: 'x'.repeat(5_000) }] })
    await send(trace)
    const [letter] = await letters()
    expect(letter.code).toBe('payload_too_large')
    expect(await replay(letter.id)).toMatchObject({ outcome: 'failed', code: 'payload_too_large' })
    await allowLargeSpans()
    expect(await replay(letter.id)).toMatchObject({ outcome: 'replayed', trace_id: trace.id })
    const names = (await app.trace(trace.id)).spans?.map(({ name }) => name)
    expect(names?.sort()).toEqual(['large', 'small'])
  })

  it('adds a span whose id another one has as a span of its own', async () => {
    const id = newId()
    const trace = aTrace({
      spans: [
        { id, name: 'first' },
        { id, name: 'second' },
      ],
    })
    await send(trace)
    const [letter] = await letters()
    expect(await replay(letter.id)).toMatchObject({ outcome: 'replayed' })
    const spans = (await app.trace(trace.id)).spans ?? []
    expect(spans.map(({ name }) => name).sort()).toEqual(['first', 'second'])
  })

  it('reads an OTLP span again, with its scope and resource', async () => {
    const traceId = '5b8efff798038103d269b633813fc60c'
    const span = {
      ...{ traceId, spanId: 'eee19b7ec3c1b174', name: 'large' },
      ...{ startTimeUnixNano: '1772366400000000000', endTimeUnixNano: '1772366400100000000' },
      attributes: [{ key: 'note', value: { stringValue: 'x'.repeat(5_000) } }],
    }
    const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] }
    const scopeSpans = [{ scope: { name: 'lib', version: '2' }, spans: [span], schemaUrl: 'https://x/1' }]
    await app.call('POST /v1/otlp/traces', { send: { resourceSpans: [{ resource, scopeSpans }] } })
    const [letter] = await letters()
    await allowLargeSpans()
    const id = traceUuid(traceId)
    expect(await replay(letter.id)).toMatchObject({ outcome: 'replayed', trace_id: id })
    expect(await app.trace(id)).toMatchObject({ metadata: { 'service.name': 'shop' }, spans: [{ name: 'large' }] })
  })

  it('does not take what cannot be read for an empty trace', async () => {
    await send(`{"name":"x","metadata":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}}`)
    const [letter] = await letters()
    expect(await replay(letter.id)).toMatchObject({ outcome: 'failed' })
  })

  it('of a filter goes page by page, and tells of each', async () => {
    const good = Array.from({ length: 60 }, () => aTrace({ project_id: newId() }))
    await app.call('POST /v1/ingest/batch', { send: { traces: [...good, ...Array.from({ length: 5 }, () => bad())] } })
    const { id: project } = await app.addProject(app.tenantId, 'Found')
    const all = async (send: object) => (await app.call('POST /v1/dlq/replay', { as: owner, send })).body
    const first = await all({ project_id: project, limit: 40 })
    expect(first).toMatchObject({ replayed: 35, failed: 5, has_more: true })
    expect(first.results).toHaveLength(40)
    const second = await all({ project_id: project, cursor: first.next_cursor })
    expect(second).toMatchObject({ replayed: 25, failed: 0, has_more: false, next_cursor: null })
    for (const { id } of good) expect((await app.trace(id)).project_id).toBe(project)
    expect(await all({ code: 'invalid_trace' })).toMatchObject({ replayed: 0, failed: 5 })
    expect(await all({ code: 'nothing' })).toMatchObject({ replayed: 0, failed: 0, results: [] })
    expect(await acts()).toHaveLength(3)
  })
})

describe('resolve', () => {
  it('sets a letter aside, once', async () => {
    await send(bad())
    const [letter] = await letters()
    const resolve = () => app.call(`POST /v1/dlq/${letter.id}/resolve`, { as: owner })
    expect((await resolve()).body).toMatchObject({ state: 'resolved', settled_at: '2026-03-01T12:00:00.000Z' })
    app.clock.advance(1_000)
    expect((await resolve()).body).toMatchObject({ state: 'resolved', settled_at: '2026-03-01T12:00:00.000Z' })
    expect((await acts()).map(({ action }) => action)).toEqual(['dead_letter.resolved'])
    const answer = await app.call(`POST /v1/dlq/${letter.id}/replay`, { as: owner, send: {} })
    expect(answer.status).toBe(409)
  })

  it('lets the letter go after 30 days, and keeps the open ones', async () => {
    await send(bad({ name: 'open' }))
    await send(bad({ name: 'resolved' }))
    const [letter] = await letters()
    await app.call(`POST /v1/dlq/${letter.id}/resolve`, { as: owner })
    const left = async () => (await app.telemetry.ask('deadLetterTotals', {})).letters
    const sweep = async () => {
      const { body } = await app.call('POST /v1/schedules/dead_letters.sweep/run')
      await eventually(async () => expect((await app.control.tasks.find(body.id))?.state).toBe('done'))
    }
    app.clock.advance(30 * 86_400_000)
    await sweep()
    expect(await left()).toBe(2)
    app.clock.advance(1)
    await sweep()
    expect(await left()).toBe(1)
  })
})

describe('who may', () => {
  const calls: [call: string, roles: Role[]][] = [
    ['GET /v1/dlq', ['owner', 'viewer']],
    ['GET /v1/dlq/:id', ['owner', 'viewer']],
    ['POST /v1/dlq/:id/replay', ['owner']],
    ['POST /v1/dlq/:id/resolve', ['owner']],
    ['POST /v1/dlq/replay', ['owner']],
  ]
  it.each(calls)('%s: %s', async (call, roles) => {
    await send(bad())
    const [letter] = await letters()
    const line = call.replace(':id', letter.id)
    for (const role of ['owner', 'member', 'viewer'] as const) {
      const as = await app.person(app.tenantId, `${role}-2@example.com`, role)
      expect((await app.call(line, { as, ...(call.startsWith('POST') ? { send: {} } : {}) })).status).toBe(
        roles.includes(role) ? 200 : 403,
      )
    }
    expect(await app.call(line)).toMatchObject({ status: 403, body: { code: 'dashboard_only' } })
    const stranger = await app.person(await app.tenant('Other'), 'stranger@example.com', 'owner')
    const answer = await app.call(line, { as: stranger, ...(call.startsWith('POST') ? { send: {} } : {}) })
    if (call.includes(':id')) expect(answer.status).toBe(404)
    else expect(answer.body).toMatchObject(call.startsWith('GET') ? { dead_letters: [] } : { results: [] })
  })
})
