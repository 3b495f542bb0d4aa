import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newId, type TraceId } from '../../ids.ts'
import { aTrace, TestApp } from '../testing/app.ts'

let app: TestApp
beforeAll(async () => {
  app = await TestApp.start()
})
afterAll(() => app.stop())

const say = (send: object, as?: string) => app.call('POST /v1/feedback', { send, as })
const list = async (query = '', as?: string) => (await app.call(`GET /v1/feedback${query}`, { as })).body
const ingest = async (fields: object = {}) => (await app.call('POST /v1/ingest', { send: aTrace(fields) })).body.id
const goodRate = async () => {
  const { body } = await app.call('GET /v1/metrics/timeseries?series=feedback_good_rate&bucket=1mo&previous=false')
  return body.lines[0].values.at(-1)
}

describe('feedback', () => {
  it('is kept with its trace, and shown there', async () => {
    const id = await ingest()
    const comment = 'No — wrong “address” \u{1F600}'
    const { status, body } = await say({
      trace_id: id,
      label: 'bad',
      score: -1.5,
      comment,
      metadata: { by: { user: 7 } },
    })
    expect(status).toBe(201)
    expect(body).toMatchObject({
      trace_id: id,
      tenant_id: app.tenantId,
      attached: true,
      label: 'bad',
      score: -1.5,
      comment,
    })
    expect(await list(`?trace_id=${id}`)).toEqual({ feedback: [body], next_cursor: null, has_more: false })
    expect((await app.trace(id)).feedback).toEqual([body])
    expect(await goodRate()).toBe(0)
  })

  it('may come before its trace, by an id of the client too, and is attached when it comes', async () => {
    const project = await app.addProject(app.tenantId, 'Of the trace')
    const { body } = await say({ trace_id: 'conversation-7', label: 'good' })
    expect(body).toMatchObject({ attached: false, score: null, comment: null, metadata: {} })
    await ingest({ id: 'conversation-7', project_id: project.id })
    const [attached] = (await list('?trace_id=conversation-7')).feedback
    expect(attached).toEqual({ ...body, attached: true, project_id: project.id })
    expect((await app.trace(body.trace_id)).feedback).toEqual([attached])
    expect(await goodRate()).toBe(0.5)
    await app.restart()
    expect((await list('?trace_id=conversation-7')).feedback).toEqual([attached])
  })

  it('is listed newest first, in pages, by label, project and time', async () => {
    const as = await app.addKey(await app.tenant('Pages'))
    for (const label of ['good', 'bad', 'needs work', 'good']) {
      app.clock.advance(1000)
      expect((await say({ trace_id: newId<TraceId>(), label }, as)).status).toBe(201)
    }
    const all = await list('', as)
    expect(all.feedback.map(({ label }: { label: string }) => label)).toEqual(['good', 'needs work', 'bad', 'good'])
    const first = await list('?limit=3', as)
    expect(first).toMatchObject({ has_more: true })
    const second = await list(`?limit=3&cursor=${first.next_cursor}`, as)
    expect([...first.feedback, ...second.feedback]).toEqual(all.feedback)
    expect((await list('?label=needs%20work', as)).feedback).toHaveLength(1)
    expect((await list(`?from=${all.feedback[1].created_at}`, as)).feedback).toEqual(all.feedback.slice(0, 2))
    expect((await list(`?project_id=${all.feedback[0].project_id}`, as)).feedback).toHaveLength(4)
    expect((await list(`?project_id=${all.feedback[0].project_id}`)).feedback).toEqual([])
    expect((await list(`?trace_id=${all.feedback[0].trace_id}`)).feedback).toEqual([])
  })

  it("is never attached to another tenant's trace of the same id", async () => {
    const id = await ingest()
    const as = await app.addKey(await app.tenant('Other'))
    expect((await say({ trace_id: id, label: 'bad' }, as)).body).toMatchObject({ attached: false })
    expect((await app.trace(id)).feedback).toEqual([])
  })

  it.each([
    [{ label: 'good' }, 400, /trace_id/],
    [{ trace_id: newId(), label: '' }, 400, /label/],
    [{ trace_id: newId(), label: 'x'.repeat(65) }, 400, /label/],
    [{ trace_id: newId(), label: 'good', score: 'high' }, 400, /score/],
    [{ trace_id: newId(), label: 'good', metadata: { text: 'x'.repeat(70_000) } }, 400, /metadata/],
    [[], 400, /body/],
  ])('refuses %j', async (body, status, message) => {
    const answer = await say(body)
    expect([answer.status, answer.body.error]).toEqual([status, expect.stringMatching(message)])
  })

  it('is not for viewers and keys that may only read to give', async () => {
    const reader = await app.addKey(app.tenantId, { scopes: ['query'] })
    const viewer = await app.person(app.tenantId, 'viewer@example.com', 'viewer')
    const body = { trace_id: newId(), label: 'good' }
    expect((await say(body, reader)).body.code).toBe('scope_forbidden')
    expect((await say(body, viewer)).body.code).toBe('role_forbidden')
    expect((await app.call('GET /v1/feedback', { as: reader })).status).toBe(200)
    expect((await app.call('GET /v1/feedback?to=2026-01-01T00:00:00Z&from=2026-01-02T00:00:00Z')).status).toBe(400)
    expect((await app.call('GET /v1/feedback?cursor=nonsense')).body.code).toBe('invalid_cursor')
  })
})
