import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TraceId } from '../../ids.ts'
import { eraseTraces } from '../../storage/telemetry/erasing.ts'
import { aTrace, TestApp } from '../testing/app.ts'

let app: TestApp
beforeAll(async () => {
  app = await TestApp.start()
})
afterAll(() => app.stop())

const minute = (n: number) => new Date(Date.parse('2026-03-01T10:00:00Z') + n * 60_000).toISOString()
let tenants = 0

/** A tenant of its own with these traces. */
async function tenantWith(...traces: object[]) {
  const tenantId = await app.tenant(`Sessions ${++tenants}`)
  const key = await app.addKey(tenantId)
  if (traces.length > 0) await app.call('POST /v1/ingest/batch', { as: key, send: { traces } })
  const list = async (query = '') => (await app.call(`GET /v1/sessions${query}`, { as: key })).body
  const ids = async (query = '') => (await list(query)).sessions.map(({ id }: { id: string }) => id)
  const get = (id: string, query = '') => app.call(`GET /v1/sessions/${encodeURIComponent(id)}${query}`, { as: key })
  return { tenantId, key, list, ids, get }
}

const turn = (session_id: string, at: number, fields: object = {}) =>
  aTrace({ session_id, started_at: minute(at), ended_at: minute(at + 1), ...fields })

it('add up what their traces say', async () => {
  const { list, get, key } = await tenantWith(
    turn('chat', 5, { user_id: 'ann', input: 'second question', output: 'second answer' }),
    turn('chat', 1, { user_id: 'ann', input: 'first question', output: 'first answer', error: 'boom' }),
    turn('free', 2, { spans: [] }),
    aTrace({ started_at: minute(9) }),
  )
  const { project_id } = await app.trace((await get('chat')).body.traces[0].id, key)
  const chat = {
    id: 'chat',
    project_id,
    user_id: 'ann',
    trace_count: 2,
    error_count: 1,
    span_count: 2,
    total_token_count: 2200,
    cost: 0.00042,
    started_at: minute(1),
    last_activity_at: minute(5),
    input_preview: 'first question',
    output_preview: 'second answer',
  }
  const { sessions, next_cursor, has_more } = await list()
  expect(sessions).toEqual([
    chat,
    expect.objectContaining({ id: 'free', cost: null, total_token_count: 0, trace_count: 1 }),
  ])
  expect({ next_cursor, has_more }).toEqual({ next_cursor: null, has_more: false })
  const { body } = await get('chat')
  expect(body.session).toEqual(chat)
  expect(body.traces.map((trace: { started_at: string }) => trace.started_at)).toEqual([minute(1), minute(5)])
})

it('are found by who took part, when, and how it went', async () => {
  const { ids } = await tenantWith(
    turn('a', 1, { user_id: 'ann' }),
    turn('a', 30, { user_id: 'bob' }),
    turn('b', 10, { user_id: 'bob', error: 'boom' }),
    turn('c', 20),
  )
  expect(await ids()).toEqual(['a', 'c', 'b'])
  expect(await ids('?user_id=ann')).toEqual(['a'])
  expect(await ids('?user_id=bob')).toEqual(['a', 'b'])
  expect(await ids('?user_id=nobody')).toEqual([])
  expect(await ids('?error=true')).toEqual(['b'])
  expect(await ids('?error=false')).toEqual(['a', 'c'])
  expect(await ids(`?from=${minute(15)}`)).toEqual(['a', 'c'])
  expect(await ids(`?to=${minute(9)}`)).toEqual(['a'])
  expect(await ids(`?from=${minute(12)}&to=${minute(19)}`)).toEqual(['a'])
})

it('stand once for each project, and are one where all are asked', async () => {
  const { ids, list, get } = await tenantWith(
    turn('shared', 1, { project_id: 'Gateway' }),
    turn('shared', 2, { project_id: 'Agent', user_id: 'ann' }),
  )
  expect(await ids()).toEqual(['shared', 'shared'])
  const [agent] = (await list()).sessions
  expect(await ids(`?project_id=${agent.project_id}`)).toEqual(['shared'])
  expect((await get('shared')).body).toMatchObject({
    session: { trace_count: 2, project_id: null, user_id: 'ann', started_at: minute(1), last_activity_at: minute(2) },
    traces: [{ started_at: minute(1) }, { started_at: minute(2) }],
  })
  const { body } = await get('shared', `?project_id=${agent.project_id}`)
  expect(body).toMatchObject({ session: { trace_count: 1, project_id: agent.project_id } })
  expect(body.traces).toHaveLength(1)
})

it('page without a gap or a repeat, also where many were last active at once', async () => {
  const { list } = await tenantWith(...Array.from({ length: 23 }, (_, i) => turn(`s${i}`, i % 3)))
  const seen: string[] = []
  let cursor: string | null = null
  do {
    const page: Awaited<ReturnType<typeof list>> = await list(`?limit=5${cursor ? `&cursor=${cursor}` : ''}`)
    seen.push(...page.sessions.map(({ id }: { id: string }) => id))
    cursor = page.next_cursor
  } while (cursor)
  expect(seen).toHaveLength(23)
  expect(new Set(seen).size).toBe(23)
})

it('page through the traces of a long one', async () => {
  const { get } = await tenantWith(...Array.from({ length: 12 }, (_, i) => turn('long', i)))
  const first = (await get('long', '?limit=7')).body
  const second = (await get('long', `?limit=7&cursor=${first.next_cursor}`)).body
  expect([first.has_more, second.has_more]).toEqual([true, false])
  const times = [...first.traces, ...second.traces].map(({ started_at }: { started_at: string }) => started_at)
  expect(times).toEqual(Array.from({ length: 12 }, (_, i) => minute(i)))
})

it('keep ids of any letters and any length', async () => {
  const long = 'ü/?#%'.repeat(51)
  const { ids, get } = await tenantWith(turn(long, 1, { user_id: long }))
  expect(await ids()).toEqual([long])
  expect(await ids(`?user_id=${encodeURIComponent(long)}`)).toEqual([long])
  expect((await get(long)).body.session.trace_count).toBe(1)
})

it('lose what is erased, and are gone with their last trace', async () => {
  const [a, b, c] = [turn('chat', 1), turn('chat', 5, { error: 'boom' }), turn('chat', 3)]
  const { tenantId, ids, get } = await tenantWith(a, b, c)
  const erase = (...traces: { id: TraceId }[]) =>
    eraseTraces(app.telemetry, { tenantId, ids: traces.map(({ id }) => id) })
  await erase(b)
  expect((await get('chat')).body.session).toMatchObject({
    ...{ trace_count: 2, error_count: 0, total_token_count: 2200 },
    ...{ started_at: minute(1), last_activity_at: minute(3) },
  })
  await erase(a, c)
  expect(await ids()).toEqual([])
  expect((await get('chat')).status).toBe(404)
})

it('grow with OTLP traces, whose session may become known late', async () => {
  const { key, list } = await tenantWith()
  const span = (spanId: string, at: number, attributes: object[] = []) => ({
    resourceSpans: [
      {
        scopeSpans: [
          {
            spans: [
              {
                ...{ traceId: 'ab'.repeat(16), spanId, name: 'step', attributes },
                startTimeUnixNano: `${Date.parse(minute(at))}000000`,
                endTimeUnixNano: `${Date.parse(minute(at))}000000`,
              },
            ],
          },
        ],
      },
    ],
  })
  const post = (send: object) => app.call('POST /v1/otlp/traces', { as: key, send })
  await post(span('11'.repeat(8), 5))
  expect((await list()).sessions).toEqual([])
  await post(span('22'.repeat(8), 3, [{ key: 'session.id', value: { stringValue: 'late' } }]))
  await post(span('33'.repeat(8), 7))
  expect((await list()).sessions).toMatchObject([
    { id: 'late', trace_count: 1, span_count: 3, started_at: minute(3), last_activity_at: minute(3) },
  ])
})

describe('who may see them', () => {
  it('is the tenant alone', async () => {
    await tenantWith(turn('theirs', 1))
    const { ids, get } = await tenantWith()
    expect(await ids()).toEqual([])
    expect((await get('theirs')).status).toBe(404)
  })

  it('is also a key that may only read', async () => {
    const as = await app.addKey(app.tenantId, { scopes: ['query'] })
    expect((await app.call('GET /v1/sessions', { as })).status).toBe(200)
  })
})

it.each(['?limit=0', '?cursor=x', '?from=yesterday', `?from=${minute(2)}&to=${minute(1)}`])(
  'refuses %s',
  async (query) => {
    expect((await app.call(`GET /v1/sessions${query}`)).status).toBe(400)
  },
)
