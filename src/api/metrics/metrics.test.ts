import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aTrace, TestApp } from '../testing/app.ts'

let app: TestApp
beforeAll(async () => {
  app = await TestApp.start()
})
afterAll(() => app.stop())

const HOUR = 3_600_000
/** The clock of the app begins there, and nothing here moves it. */
const NOW = Date.parse('2026-03-01T12:00:00.000Z')
const at = (ms: number): string => new Date(NOW + ms).toISOString()
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

describe('filters of metrics', () => {
  const send = (fields: object) => app.call('POST /v1/ingest', { send: aTrace(fields) })
  let tenant: string

  beforeAll(async () => {
    tenant = await app.addKey(await app.tenant('Filters'))
    const own = (fields: object) => app.call('POST /v1/ingest', { as: tenant, send: aTrace(fields) })
    const metadata = { plan: 'free', deep: { n: 1 } }
    await own({ environment: 'prod', session_id: 's1', tags: ['beta'], metadata, error: 'boom' })
    await own({
      environment: 'dev',
      tags: { region: 'eu' },
      metadata: { plan: 'paid' },
      spans: [{ name: 'x', type: 'llm', model: 'claude-sonnet-4' }],
    })
    await own({ environment: 'dev', tags: { region: 'us' }, started_at: at(-30 * HOUR), ended_at: at(-30 * HOUR + 5) })
  })

  it.each([
    ['', 2],
    ['?environment=dev', 1],
    ['?model=claude-sonnet-4', 1],
    ['?model=gpt-4o-mini', 1],
    ['?session_id=s1', 1],
    ['?tag_key=region&tag_value=eu', 1],
    ['?tag_key=region&tag_value=us', 0],
    ['?metadata.plan=free', 1],
    ['?tag=beta', 1],
    ['?tag=beta&metadata.plan=paid', 0],
    ['?metadata.deep.n=1&metadata.plan=free', 1],
    ['?metadata.plan=free&environment=dev', 0],
    ['?metadata.nothing=1', 0],
    ['?error=true', 1],
    ['?error=false', 1],
    [`?from=${at(-48 * HOUR)}`, 3],
    [`?from=${at(-48 * HOUR)}&to=${at(-29 * HOUR)}`, 1],
  ])('%s', async (query, count) => {
    expect(await metrics(query, tenant)).toMatchObject({ total_traces: count })
  })

  it('never reach another tenant', async () => {
    const { body } = await app.call('GET /v1/projects', { as: tenant })
    expect(await metrics(`?project_id=${body.projects[0].id}`, tenant)).toMatchObject({ total_traces: 2 })
    expect(await metrics(`?project_id=${body.projects[0].id}`)).toMatchObject({ total_traces: 0 })
  })

  it('keep what an archived project has', async () => {
    const project = await app.addProject(app.tenantId, 'Old')
    await send({ project_id: project.id })
    expect(await metrics(`?project_id=${project.id}`)).toMatchObject({ total_traces: 1 })
    await app.control.db.updateTable('projects').set({ archived_at: 1 }).where('id', '=', project.id).execute()
    expect(await metrics(`?project_id=${project.id}`)).toMatchObject({ total_traces: 1 })
  })

  it.each([
    ['GET /v1/metrics?from=2026-03-02T00:00:00Z&to=2026-03-01T00:00:00Z', 400, /to: must not be before from/],
    ['GET /v1/metrics?from=yesterday', 400, /RFC 3339/],
    ['GET /v1/metrics?tag_key=region', 400, /go together/],
    ['GET /v1/metrics?project_id=nonsense', 400, /project_id/],
    ['GET /v1/metrics/timeseries?series=volume,happiness', 400, /must be some of volume/],
    ['GET /v1/metrics/timeseries?bucket=3h', 400, /bucket/],
    ['GET /v1/metrics/timeseries?time_zone=Mars/Olympus', 400, /time zone/],
    ['GET /v1/metrics/timeseries?group_by=tag:', 400, /group_by/],
    ['GET /v1/metrics/timeseries?top=21', 400, /top/],
    [
      'GET /v1/metrics/timeseries?from=2016-03-01T00:00:00Z&to=2026-03-01T00:00:00Z&bucket=1m',
      422,
      /take 7d or longer/,
    ],
    ['GET /v1/metrics/timeseries?from=0001-01-01T00:00:00Z&to=2026-03-01T00:00:00Z', 422, /shorter/],
    ['GET /v1/metrics/breakdown', 400, /group_by/],
    ['GET /v1/metrics/breakdown?group_by=colour', 400, /must be model, name/],
    ['GET /v1/metrics/histogram?metric=joy', 400, /metric/],
  ])('%s is %i', async (line, status, message) => {
    const answer = await app.call(line)
    expect(answer.status).toBe(status)
    expect(answer.body.error).toMatch(message)
  })

  it('are open to keys that may only read', async () => {
    const as = await app.addKey(app.tenantId, { scopes: ['query'] })
    expect((await app.call('GET /v1/metrics', { as })).status).toBe(200)
    expect((await app.call('GET /v1/metrics', { as: '' })).status).toBe(401)
  })
})

describe('charts', () => {
  let key: string
  beforeAll(async () => {
    key = await app.addKey(await app.tenant('Charts'))
    const own = (minutes: number, fields: object = {}) => {
      const started = -minutes * 60_000
      return app.call('POST /v1/ingest', {
        as: key,
        send: aTrace({ started_at: at(started), ended_at: at(started + 100), ...fields }),
      })
    }
    await own(10)
    await own(70, { error: 'boom', name: 'search', spans: [] })
    await own(71)
    await own(3 * 60 + 30, { name: 'search' })
    // Clocks that run ahead: it counts when its time has come, and is seen by whoever asks further.
    await own(-120)
  })

  it('have zero, or null, where nothing ran, and the period before beside them', async () => {
    const range = `from=${at(-2 * HOUR)}&to=${at(-1)}`
    const { body, status } = await app.call(
      `GET /v1/metrics/timeseries?${range}&bucket=1h&series=volume,error_rate,cost`,
      { as: key },
    )
    expect(status).toBe(200)
    expect(body).toMatchObject({
      bucket: '1h',
      times: [at(-2 * HOUR), at(-HOUR)],
      previous: { from: at(-4 * HOUR), to: at(-2 * HOUR - 1) },
    })
    expect(body.lines).toMatchObject([
      { series: 'volume', group: null, values: [2, 1], previous: [1, 0] },
      { series: 'error_rate', values: [0.5, 0], previous: [0, null] },
      { series: 'cost', previous: [expect.any(Number), 0] },
    ])
  })

  it('show the largest groups and the others as one', async () => {
    const range = `from=${at(-4 * HOUR)}&to=${at(-1)}&previous=false&bucket=1d`
    const { body } = await app.call(`GET /v1/metrics/timeseries?${range}&series=volume&group_by=name&top=1`, {
      as: key,
    })
    expect(body.lines).toEqual([
      { series: 'volume', group: { value: 'search', other: false }, values: [2], previous: null },
      { series: 'volume', group: { value: null, other: true }, values: [2], previous: null },
    ])
    const models = await app.call(`GET /v1/metrics/timeseries?${range}&series=cost&group_by=model`, { as: key })
    expect(models.body.lines[0]).toMatchObject({ series: 'cost', group: { value: 'gpt-4o-mini', other: false } })
  })

  it('see what is in the future only if they look there', async () => {
    expect(await metrics('', key)).toMatchObject({ total_traces: 4 })
    expect(await metrics(`?to=${at(3 * HOUR)}`, key)).toMatchObject({ total_traces: 5 })
  })

  it('break down and spread out', async () => {
    const { body } = await app.call('GET /v1/metrics/breakdown?group_by=name&sort=errors', { as: key })
    expect(body).toMatchObject({
      groups: 2,
      total: 4,
      rows: [
        { value: 'search', count: 2, share: 0.5, error_count: 1, error_rate: 0.5, p50_latency_ms: 100 },
        { value: 'support chat', count: 2, error_count: 0 },
      ],
    })
    const histogram = await app.call('GET /v1/metrics/histogram?metric=latency', { as: key })
    expect(histogram.body).toMatchObject({
      unit: 'ms',
      buckets: [{ range_start: 100, range_end: 160, count: 4 }],
      ...{ zero: 0, unknown: 0, min: 100, max: 100, p50: 100 },
    })
    const empty = await app.call(`GET /v1/metrics/histogram?metric=cost&to=${at(-9 * HOUR)}`, { as: key })
    expect(empty.body).toMatchObject({ buckets: [], unknown: 0, min: null })
  })
})

describe('few and odd traces', () => {
  const RANGE = `from=${at(-2 * HOUR)}&to=${at(-1)}`
  const SERIES = 'volume,error_rate,latency_p50,latency_p95,latency_p99,cost'
  /** What each question says of the only traces of a new organisation. */
  async function told(...traces: object[]) {
    const as = await app.addKey(await app.tenant('Odd'))
    for (const fields of traces) {
      const send = aTrace({ started_at: at(-HOUR), ended_at: undefined, ...fields })
      expect((await app.call('POST /v1/ingest', { as, send })).status).toBe(201)
    }
    const ask = async (path: string) => {
      const { status, body } = await app.call(`GET ${path}${path.includes('?') ? '&' : '?'}${RANGE}`, { as })
      expect(status).toBe(200)
      return body
    }
    const charts = await ask(`/v1/metrics/timeseries?bucket=1h&previous=false&series=${SERIES}`)
    return {
      metrics: await ask('/v1/metrics'),
      lines: Object.fromEntries(
        charts.lines.map(({ series, values }: { series: string; values: unknown }) => [series, values]),
      ),
      breakdown: await ask('/v1/metrics/breakdown?group_by=name&sort=latency_p95'),
      models: await ask('/v1/metrics/breakdown?group_by=model&sort=latency_p95'),
      histogram: await ask('/v1/metrics/histogram?metric=latency'),
    }
  }

  it('one trace is every quantile of itself, all of its groups and one bar', async () => {
    const { metrics, lines, breakdown, histogram } = await told({ latency_ms: 250, error: 'boom' })
    expect(metrics).toMatchObject({ total_traces: 1, error_count: 1, error_rate: 1 })
    expect(metrics).toMatchObject({ p50_latency_ms: 250, p95_latency_ms: 250, p99_latency_ms: 250 })
    expect(lines).toMatchObject({ volume: [0, 1], error_rate: [null, 1], latency_p50: [null, 250] })
    expect(lines).toMatchObject({ latency_p99: [null, 250], cost: [0, metrics.total_cost] })
    expect(breakdown).toMatchObject({ groups: 1, total: 1, rows: [{ count: 1, share: 1, p95_latency_ms: 250 }] })
    expect(histogram).toMatchObject({ buckets: [{ range_start: 250, range_end: 400, count: 1 }], unknown: 0 })
    expect(histogram).toMatchObject({ min: 250, max: 250, p50: 250, p95: 250, p99: 250 })
  })

  it('traces whose latencies are all unknown count, and have no latency', async () => {
    const { metrics, lines, breakdown, models, histogram } = await told({}, {}, { name: 'search', spans: [] })
    expect(metrics).toMatchObject({ total_traces: 3, error_rate: 0 })
    expect(metrics).toMatchObject({ p50_latency_ms: null, p95_latency_ms: null, p99_latency_ms: null })
    const nowhere = [null, null]
    expect(lines).toMatchObject({ volume: [0, 3], latency_p50: nowhere, latency_p95: nowhere, latency_p99: nowhere })
    expect(breakdown.rows).toMatchObject([
      { value: 'search', count: 1, p95_latency_ms: null },
      { value: 'support chat', count: 2, p95_latency_ms: null },
    ])
    expect(models.rows).toMatchObject([{ value: 'gpt-4o-mini', count: 2, p50_latency_ms: null }])
    expect(histogram).toMatchObject({ buckets: [], zero: 0, unknown: 3, min: null, max: null, p50: null })
  })

  it('a trace that ended before it began has no latency, and absurd ones are exact', async () => {
    const most = Number.MAX_SAFE_INTEGER
    const { metrics, histogram } = await told(
      { ended_at: at(-HOUR - 1) },
      { latency_ms: 0 },
      { latency_ms: most },
      { latency_ms: most },
    )
    expect(metrics).toMatchObject({ total_traces: 4, p50_latency_ms: most, p99_latency_ms: most })
    expect(histogram).toMatchObject({ zero: 1, unknown: 1, min: 0, max: most })
    expect(histogram.buckets).toMatchObject([{ count: 2 }])
  })

  it('a latency below zero is refused where it comes in', async () => {
    const { status, body } = await app.call('POST /v1/ingest', { send: aTrace({ latency_ms: -1 }) })
    expect([status, body.error]).toEqual([400, expect.stringMatching(/latency_ms/)])
  })
})
