import { describe, expect, it } from 'vitest'
import { explains, replayDemoPlainly } from '../../api/testing/anomalies.ts'
import { aTrace, TestApp } from '../../api/testing/app.ts'
import { type PlainAsk, type PlainFact, plainAnswer } from '../../api/testing/plain-hours.ts'
import type { Analytics } from '../../storage/analytics/analytics.ts'
import { TestControl } from '../../storage/control/testing.ts'
import { eventually } from '../../testing.ts'
import { type History, HOUR, type Hour, judgeMetric, severityOf } from './detect.ts'
import { Detector, detectAnomalies } from './detector.ts'

const START = Date.parse('2026-03-02T00:00:00.000Z')

/** Ten days of a project: more by day, less on Sundays, each hour the same otherwise. */
function steady(change: (hour: Hour) => Partial<Hour> = () => ({})): History {
  const hours = new Map<number, Hour>()
  for (let i = 0; i < 240; i += 1) {
    const at = START + i * HOUR
    const date = new Date(at)
    const count = Math.round(
      (100 + 60 * Math.sin((date.getUTCHours() / 24) * 2 * Math.PI)) * (date.getUTCDay() === 0 ? 0.4 : 1),
    )
    const hour = { at, count, errors: Math.round(count * 0.02), latencyP95: 1000 + (i % 7) * 10 }
    hours.set(at, { ...hour, ...change(hour) })
  }
  return { hours, since: START, tail: [1000, 1050, 1100, 1150, 1300, 1500, 2000] }
}
const at = (day: number, hour: number): number => START + (day * 24 + hour) * HOUR

describe('an hour', () => {
  it('is nothing out of the ordinary when it is as always, also on a quiet Sunday', () => {
    const history = steady()
    for (let i = 7 * 24; i < 240; i += 1)
      for (const metric of ['latency_p95', 'error_rate', 'volume'] as const)
        expect(judgeMetric(history, START + i * HOUR, metric)).toMatchObject({ anomalous: false })
  })

  it.each([
    ['latency_p95', { latencyP95: 9_000 }],
    ['error_rate', { errors: 60 }],
    ['volume', { count: 700 }],
    ['volume', { count: 5 }],
  ] as const)('is out of the ordinary in its %s: %j', (metric, change) => {
    const when = at(8, 12)
    const judged = judgeMetric(
      steady((hour) => (hour.at === when ? change : {})),
      when,
      metric,
    )
    expect(judged).toMatchObject({ anomalous: true })
    expect(Math.abs(judged?.distance ?? 0)).toBeGreaterThan(3)
    expect(judged?.low).toBeLessThan(judged?.expected ?? 0)
    expect(judged?.high).toBeGreaterThan(judged?.expected ?? 0)
  })

  it('that was quicker, or had fewer errors, alarms nobody', () => {
    const when = at(8, 12)
    const history = steady((hour) => (hour.at === when ? { latencyP95: 10, errors: 0 } : {}))
    expect(judgeMetric(history, when, 'latency_p95')).toMatchObject({ anomalous: false })
    expect(judgeMetric(history, when, 'error_rate')).toMatchObject({ anomalous: false })
  })

  it('with few traces says nothing about latency and errors, and one of a new project nothing at all', () => {
    const when = at(8, 12)
    const history = steady((hour) => (hour.at === when ? { count: 9, errors: 9, latencyP95: 90_000 } : {}))
    expect(judgeMetric(history, when, 'latency_p95')).toMatchObject({ anomalous: false })
    expect(judgeMetric(history, when, 'error_rate')).toMatchObject({ anomalous: false })
    expect(judgeMetric(history, at(1, 12), 'latency_p95')).toBeNull()
    expect(judgeMetric(history, at(6, 12), 'volume')).toBeNull()
  })

  it('is the worse the further it is off', () => {
    expect([3.5, -6, 9, 20].map(severityOf)).toEqual(['low', 'medium', 'high', 'critical'])
  })
})

describe('two weeks of the demo shop', { timeout: 180_000 }, () => {
  it('have what was planted in them, and at most one alarm a week besides', async () => {
    const { planted, found } = await replayDemoPlainly({ seed: 1, tracesPerDay: 1_000 })
    expect(planted.map(({ kind }) => kind).sort()).toEqual(['error_rate_spike', 'latency_spike', 'volume_anomaly'])
    for (const incident of planted)
      expect(
        found.some((one) => explains(incident, one)),
        incident.summary,
      ).toBe(true)
    const others = found.filter((one) => !planted.some((incident) => explains(incident, one)))
    expect(others.length, JSON.stringify(others)).toBeLessThanOrEqual(2)
    expect(found.every(({ trace_id }) => trace_id !== null)).toBe(true)
  })
})

describe('while the charts do not hold all that came', () => {
  it('nothing is judged; once they do, what was left out is', async () => {
    const control = new TestControl()
    const tenantId = await control.addTenant('Shop')
    const { id: projectId } = await control.addProject(tenantId, 'Shop')
    const facts: PlainFact[] = Array.from({ length: 242 * 60 }, (_, i) => ({
      ...{ projectId, id: `trace-${i}`, at: START + i * 60_000, latency: 1_000 + (i % 7) },
      failed: Math.floor(i / 60) === 239,
    }))
    /** How many of the last are not in yet, each time that hours are asked for; the last goes for all further times. */
    let missing = [100]
    const analytics = {
      ask: async (question: string, ask: PlainAsk) => {
        const [behind = 0] = question === 'hourly' && missing.length > 1 ? missing.splice(0, 1) : missing
        return { value: plainAnswer(facts.slice(0, facts.length - behind), question, ask), behind }
      },
    } as unknown as Analytics
    let now = START + 240 * HOUR + 10 * 60_000
    const clock = { now: () => now, after: () => () => undefined }
    const detector = new Detector({ analytics, telemetry: { head: 0 }, control: control.store, clock })

    await expect(detector.look(tenantId)).rejects.toThrow('100 changes are not in the charts yet')
    expect(await control.store.anomalies.list(tenantId, { limit: 10 })).toEqual([])

    // The next hour looks at what this one could not; it waits for the last of them to come in.
    now += HOUR
    missing = [100, 40, 0]
    expect(await detector.look(tenantId)).toMatchObject([{ type: 'error_rate_spike', bucket_at: START + 239 * HOUR }])
    await control.close()
  })
})

describe('the schedule and the API', () => {
  it('report an hour once, and show it with its band', async () => {
    const app = await TestApp.start()
    const day = 24 * HOUR
    const noon = app.clock.now()
    const send = async (started: number, count: number, fields: object) => {
      const started_at = new Date(started).toISOString()
      const traces = Array.from({ length: count }, () =>
        aTrace({ started_at, ended_at: new Date(started + 500).toISOString(), spans: [], ...fields }),
      )
      await app.call('POST /v1/ingest/batch', { send: { traces } })
    }
    for (let i = 0; i < 72; i += 1) await send(noon + i * HOUR, 20, {})
    await send(noon + 72 * HOUR, 20, { error: 'boom' })
    app.clock.advance(3 * day + HOUR + 6 * 60_000)
    const run = async () => {
      const { id } = await app.control.transaction((trx) =>
        app.jobs.enqueue(trx, detectAnomalies, {}, { tenantId: null }),
      )
      await eventually(async () => expect(await app.control.tasks.find(id)).toMatchObject({ state: 'done' }))
    }
    await run()
    await run()
    const { body } = await app.call('GET /v1/anomalies')
    expect(body).toMatchObject({ next_cursor: null, has_more: false })
    expect(body.anomalies).toMatchObject([
      {
        type: 'error_rate_spike',
        tenant_id: app.tenantId,
        metadata: { observed: 1, bucket_start: new Date(noon + 72 * HOUR).toISOString() },
      },
    ])
    const [anomaly] = body.anomalies
    expect((await app.trace(anomaly.trace_id)).error).toBe('boom')
    expect((await app.call(`GET /v1/anomalies/${anomaly.id}`)).body).toEqual(anomaly)
    const band = await app.call(`GET /v1/anomalies/band?project_id=${anomaly.project_id}&metric=error_rate`)
    expect(band.body.hours.at(-2)).toMatchObject({ observed: 1, expected: anomaly.metadata.expected })
    const other = await app.addKey(await app.tenant('Other'))
    expect((await app.call('GET /v1/anomalies', { as: other })).body.anomalies).toEqual([])
    expect((await app.call(`GET /v1/anomalies/${anomaly.id}`, { as: other })).status).toBe(404)
    const offset = await app.call('GET /v1/anomalies?offset=1')
    expect([offset.body.anomalies, offset.headers.deprecation, offset.headers.sunset]).toEqual([
      [],
      'true',
      expect.stringContaining('2027'),
    ])
    expect((await app.call('GET /v1/anomalies?limit=101')).status).toBe(400)
    expect((await app.call(`GET /v1/anomalies/band?project_id=${anomaly.project_id}&metric=joy`)).status).toBe(400)
    await app.stop()
  })
})
