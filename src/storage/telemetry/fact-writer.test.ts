import { afterEach, beforeEach, expect, it } from 'vitest'
import type { EvaluationId, TenantId, TraceId } from '../../ids.ts'
import { evaluationFact, TENANT, TestStore, uuid, wireTrace } from './testing.ts'

let store: TestStore
beforeEach(() => {
  store = new TestStore()
})
afterEach(() => store.close())

const OTHER = uuid<TenantId>(77)
const id = uuid<EvaluationId>(1)
const traceId = uuid<TraceId>(1)

it('an evaluation goes on as its own tenant says, and nobody else', () => {
  store.write(wireTrace({ id: traceId }), wireTrace({ id: traceId, tenantId: OTHER }))
  const shown = (tenantId: TenantId) =>
    store.trace(traceId, tenantId).evals.map(({ status, score }: { status: string; score: number }) => [status, score])
  store.state(evaluationFact({ id, traceId, status: 'running', score: null }))
  store.state(evaluationFact({ id, traceId, tenantId: OTHER, score: 0 }))
  expect([shown(TENANT), shown(OTHER)]).toEqual([[['running', null]], []])
  store.state(evaluationFact({ id, traceId, score: 1 }))
  expect([shown(TENANT), shown(OTHER)]).toEqual([[['complete', 1]], []])
})
