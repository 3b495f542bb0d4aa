import { afterEach, describe, expect, it } from 'vitest'
import { aTrace, TestApp } from '../../api/testing/app.ts'
import { eventually } from '../../testing.ts'
import { keptDays } from './expired.ts'

let app: TestApp
afterEach(() => app?.stop())

const DAY = 86_400_000

describe('the days that traces are kept', () => {
  it.each([
    [null, null, null],
    [30, null, 30],
    [30, 7, 7],
    [30, 90, 30],
    [null, 7, 7],
  ])('plan %s, project %s: %s', (plan, project, expected) => expect(keptDays(plan, project)).toBe(expected))
})

it('every night erases what its project keeps no longer, and says so to its organisation', async () => {
  app = await TestApp.start()
  const short = await app.addProject(app.tenantId, 'Short')
  await app.call(`PATCH /v1/projects/${short.id}`, { send: { retention_days_override: 7 } })
  const small = await app.tenant('Small', 'starter')
  const smallKey = await app.addKey(small)
  const at = (daysAgo: number) => new Date(app.clock.now() - daysAgo * DAY).toISOString()
  const send = async (daysAgo: number, fields: object = {}, as?: string) => {
    const trace = aTrace({ started_at: at(daysAgo), ended_at: at(daysAgo), ...fields })
    await app.call('POST /v1/ingest', { send: trace, as })
    return trace.id
  }
  const old = await send(8, { project_id: 'Short' })
  const young = await send(5, { project_id: 'Short' })
  const elsewhere = await send(800)
  const beyondPlan = await send(31, {}, smallKey)
  const withinPlan = await send(28, {}, smallKey)
  // To the night after, at ten past three.
  app.clock.advance(16 * 3_600_000)
  const there = async (id: string, as?: string) => (await app.call(`GET /v1/traces/${id}`, { as })).status === 200
  await eventually(async () => expect(await there(old)).toBe(false))
  await eventually(async () => expect(await there(beyondPlan, smallKey)).toBe(false))
  expect([await there(young), await there(elsewhere), await there(withinPlan, smallKey)]).toEqual([true, true, true])
  await eventually(async () => {
    const { body } = await app.call('GET /v1/tasks?kind=retention.run')
    expect(body.tasks).toMatchObject([{ state: 'done', result: { erased: 1 } }])
  })
  const [entry] = await app.control.auditLog.list(app.tenantId, { limit: 1 })
  expect(entry).toMatchObject({ action: 'retention.erased', details: '{"traces":1}' })
})
