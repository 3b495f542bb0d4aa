import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aTrace, TestApp } from '../testing/app.ts'

let app: TestApp
beforeAll(async () => {
  app = await TestApp.start()
})
afterAll(() => app.stop())

const HOUR = 3_600_000
const at = (ms: number): string => new Date(app.clock.now() + ms).toISOString()
const metrics = async (query = '', as?: string) => (await app.call(`GET /v1/metrics${query}`, { as })).body

describe('GET /v1/metrics', () => {
  it('has nothing to tell of a project without traces', async () => {
    const project = await app.addProject(app.tenantId, 'Empty')
    expect(await metrics(`?project_id=${project.id}`)).toEqual({
      total_traces: 0,
      error_count: 0,
      error_rate: null,
      p50_latency_ms: null,
      p95_latency_ms: null,
      p99_latency_ms: null,
      total_cost: null,
      prompt_tokens: null,
      completion_tokens: null,
      from: at(-24 * HOUR),
      to: at(0),
      behind: 0,
    })
  })

  it('counts what was acknowledged a moment ago', async () => {
    for (let i = 1; i <= 20; i += 1) {
      await app.call('POST /v1/ingest', { send: aTrace({ started_at: at(-1000), ended_at: at(-1000 + i) }) })
      expect(await metrics()).toMatchObject({ total_traces: i, behind: 0 })
    }
    expect(await metrics()).toMatchObject({ p50_latency_ms: 10.5, p99_latency_ms: 19.81, error_rate: 0 })
  })
})
