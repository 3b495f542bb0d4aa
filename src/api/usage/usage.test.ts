import { afterAll, beforeAll, expect, it } from 'vitest'
import { type EvaluationId, newId } from '../../ids.ts'
import { evaluationFact } from '../../storage/telemetry/testing.ts'
import { aTrace, TestApp } from '../testing/app.ts'

let app: TestApp
beforeAll(async () => {
  app = await TestApp.start()
})
afterAll(() => app.stop())

it('counts traces, spans and evaluations of each day, also those that were erased since', async () => {
  const as = await app.addKey(await app.tenant('Starter', 'starter'))
  await app.call('POST /v1/ingest', { send: aTrace({ name: 'of another organisation' }) })
  const { body: trace } = await app.call('POST /v1/ingest', { as, send: aTrace() })
  const { tenant_id: tenantId } = (await app.trace(trace.id, as)).spans?.[0] ?? {}
  const evaluation = evaluationFact({
    ...{ id: newId<EvaluationId>(), tenantId: tenantId as typeof app.tenantId, traceId: trace.id },
    createdAt: app.clock.now(),
  })
  const state = (fields: object) =>
    app.telemetry.append({ traces: [], deadLetters: [], facts: [{ ...evaluation, ...fields }] })
  await state({ status: 'pending', score: null })
  await state({ status: 'complete' })
  app.clock.advance(24 * 3_600_000)
  await app.call('POST /v1/ingest', { as, send: aTrace({ spans: [] }) })
  const { body } = await app.call('GET /v1/usage', { as })
  expect(body).toEqual({
    plan: 'starter',
    period_start: '2026-03-01T00:00:00.000Z',
    period_end: '2026-04-01T00:00:00.000Z',
    traces: { used: 2, limit: 50_000 },
    spans: { used: 1, limit: null },
    evals: { used: 1, limit: 2_500 },
    seats: { used: 0, limit: 3 },
    retention_days: 30,
    daily: [
      { day: '2026-03-01', traces: 1, spans: 1, evals: 1 },
      { day: '2026-03-02', traces: 1, spans: 0, evals: 0 },
    ],
  })
  await app.telemetry.erase({
    what: 'traces',
    tenantId: tenantId as typeof app.tenantId,
    ids: [trace.id],
    overwrite: false,
  })
  expect((await app.call('GET /v1/usage', { as })).body).toEqual(body)
  expect((await app.call('GET /v1/usage?month=2026-02', { as })).body).toMatchObject({ traces: { used: 0 } })
})

it('counts the seats of owners and members, not of viewers', async () => {
  await app.person(app.tenantId, 'owner@example.com', 'owner')
  await app.person(app.tenantId, 'viewer@example.com', 'viewer')
  expect((await app.call('GET /v1/usage')).body.seats).toEqual({ used: 1, limit: null })
})

it('takes a month only', async () => {
  expect((await app.call('GET /v1/usage?month=2026-13')).status).toBe(400)
})
