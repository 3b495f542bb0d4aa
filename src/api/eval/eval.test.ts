import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type EvaluationId, newId, type TraceId } from '../../ids.ts'
import { evaluationFact } from '../../storage/telemetry/testing.ts'
import { aTrace, TestApp } from '../testing/app.ts'

let app: TestApp
let project: string
let trace: TraceId
beforeAll(async () => {
  app = await TestApp.start()
  trace = (await app.call('POST /v1/ingest', { send: aTrace() })).body.id
  project = (await app.trace(trace)).project_id
  await evaluate('toxicity', 0.1, 1)
  await evaluate('faithfulness', 0.2, 1)
  await evaluate('faithfulness', 0.5, 1)
  await evaluate('faithfulness', 1, 30)
  await evaluate('faithfulness', null, 1)
})
afterAll(() => app.stop())

const NOW = Date.parse('2026-03-01T12:00:00.000Z')
const HOUR = 3_600_000
const at = (hours: number): string => new Date(NOW - hours * HOUR).toISOString()

/** Evaluations have no way in of their own yet: they are stated as the jobs will do it. */
const evaluate = (metric: string, score: number | null, hoursAgo: number) =>
  app.telemetry.append({
    traces: [],
    deadLetters: [],
    facts: [
      evaluationFact({
        ...{ id: newId<EvaluationId>(), tenantId: app.tenantId, traceId: trace, metric, score },
        status: score === null ? 'failed' : 'complete',
        createdAt: NOW - hoursAgo * HOUR,
      }),
    ],
  })
const get = async (path: string, as?: string) => (await app.call(`GET /v1/eval/${path}`, { as })).body

describe('scores', () => {
  it('over time, for each metric, in buckets that have some', async () => {
    expect(await get(`trends?project_id=${project}&bucket=1d`)).toEqual({
      buckets: [
        { time: '2026-02-28T00:00:00.000Z', metric: 'faithfulness', avg_score: 1, count: 1, pass_rate: 1 },
        { time: '2026-03-01T00:00:00.000Z', metric: 'faithfulness', avg_score: 0.35, count: 2, pass_rate: 0.5 },
        { time: '2026-03-01T00:00:00.000Z', metric: 'toxicity', avg_score: 0.1, count: 1, pass_rate: 0 },
      ],
      bucket: '1d',
      behind: 0,
    })
    expect(await get(`trends?project_id=${project}&metric=toxicity`)).toMatchObject({
      buckets: [{ count: 1 }],
      bucket: '6h',
    })
  })

  it('spread from 0 to 1, which is in the last part', async () => {
    const { buckets } = await get(`histogram?project_id=${project}&metric=faithfulness&buckets=5`)
    expect(buckets.map(({ count }: { count: number }) => count)).toEqual([0, 1, 1, 0, 1])
    expect(buckets[1]).toMatchObject({ range_start: 0.2, range_end: 0.4 })
  })

  it('in two windows', async () => {
    const windows = `baseline_from=${at(48)}&baseline_to=${at(24)}&candidate_from=${at(24)}&candidate_to=${at(0)}`
    expect(await get(`compare?project_id=${project}&metric=faithfulness&${windows}`)).toEqual({
      metric: 'faithfulness',
      baseline: { avg_score: 1, count: 1, pass_rate: 1 },
      candidate: { avg_score: 0.35, count: 2, pass_rate: 0.5 },
      delta: { avg_score: -0.65, pass_rate: -0.5 },
      behind: 0,
    })
    expect(await get(`compare?project_id=${project}&metric=unknown&${windows}`)).toMatchObject({
      candidate: { count: 0 },
    })
  })

  it("never of another tenant's project", async () => {
    const as = await app.addKey(await app.tenant('Other'))
    expect(await get(`trends?project_id=${project}`, as)).toMatchObject({ buckets: [] })
  })

  it.each([
    ['trends', 400],
    ['trends?project_id=x', 400],
    [`trends?project_id=${newId()}&bucket=5m`, 400],
    [`trends?project_id=${newId()}&bucket=1h&from=2016-01-01T00:00:00Z`, 422],
    [`histogram?project_id=${newId()}`, 400],
    [`histogram?project_id=${newId()}&metric=m&buckets=101`, 400],
    [`compare?project_id=${newId()}&metric=m`, 400],
  ])('%s is %i', async (path, status) => {
    expect((await app.call(`GET /v1/eval/${path}`)).status).toBe(status)
  })

  it('say which bucket would do', async () => {
    const { body } = await app.call(`GET /v1/eval/trends?project_id=${newId()}&bucket=1h&from=2016-01-01T00:00:00Z`)
    expect(body.error).toMatch(/1h would cut .* take 7d or longer/)
  })
})

describe('a trace', () => {
  it('has its evaluations, oldest first, whole and in its outline', async () => {
    const { evals } = await app.trace(trace)
    expect(evals?.map(({ metric_name, score, status }) => [metric_name, score, status])).toEqual([
      ['faithfulness', 1, 'complete'],
      ['toxicity', 0.1, 'complete'],
      ['faithfulness', 0.2, 'complete'],
      ['faithfulness', 0.5, 'complete'],
      ['faithfulness', null, 'failed'],
    ])
    expect((await app.call(`GET /v1/traces/${trace}/outline`)).body.evals).toEqual(evals)
  })
})
