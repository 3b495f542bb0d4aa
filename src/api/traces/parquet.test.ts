import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { TraceId } from '../../ids.ts'
import { otlpRequest } from '../../ingest/formats/otlp.arbitrary.ts'
import { openDuckDb, rowsOf } from '../../storage/analytics/duckdb.ts'
import { evaluationFact } from '../../storage/telemetry/testing.ts'
import { eventually } from '../../testing.ts'
import { aTrace, TestApp } from '../testing/app.ts'

const scratch = mkdtempSync(path.join(tmpdir(), 'trulayer-parquet-'))
afterAll(() => rmSync(scratch, { recursive: true }))

interface Read {
  status: number
  headers: Headers
  /** Names and types of the columns. */
  types: Record<string, string>
  rows: Record<string, unknown>[]
}

/** Takes an export as Parquet, and lets DuckDB read it. */
async function parquet(app: TestApp, query = '', as = app.key): Promise<Read> {
  const answer = await fetch(`${app.url}/v1/traces/export?format=parquet${query}`, {
    headers: { Authorization: `Bearer ${as}` },
  })
  const { status, headers } = answer
  if (status !== 200) return { status, headers, types: {}, rows: [(await answer.json()) as Record<string, unknown>] }
  const file = path.join(scratch, `${Math.random()}.parquet`)
  writeFileSync(file, Buffer.from(await answer.arrayBuffer()))
  const options = { memoryBytes: 256 * 1024 * 1024, threads: 1, spillDir: scratch }
  const instance = await openDuckDb(':memory:', options, { enable_external_access: 'true' })
  const db = await instance.connect()
  try {
    const rows = await rowsOf<Record<string, unknown>>(db, `SELECT * FROM read_parquet('${file}')`)
    const types = await rowsOf<{ column_name: string; column_type: string }>(
      db,
      `DESCRIBE SELECT * FROM read_parquet('${file}')`,
    )
    return {
      ...{ status, headers, rows },
      types: Object.fromEntries(types.map((column) => [column.column_name, column.column_type])),
    }
  } finally {
    db.closeSync()
    instance.closeSync()
    rmSync(file)
  }
}

const JSON_FIELDS = new Set(['metadata', 'usage_details', 'cost_details'])

/** What DuckDB has read, as the API writes it. */
function plain(value: unknown, name = ''): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (value instanceof Date) return value.toISOString()
  if (JSON_FIELDS.has(name) && typeof value === 'string') return JSON.parse(value)
  if (name === 'tag_map' && Array.isArray(value))
    return Object.fromEntries(value.map(({ key, value }: { key: string; value: string }) => [key, value]))
  if (Array.isArray(value)) return value.map((item) => plain(item))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([field, item]) => [field, plain(item, field)]))
}

/** JSON lines of the same, with what only some spans have. */
async function jsonLines(app: TestApp, query = '', as = app.key): Promise<unknown[]> {
  const { text } = await app.call(`GET /v1/traces/export?format=jsonl${query}`, { as })
  const rows = text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
  for (const { spans = [] } of rows) for (const span of spans) span.external_id ??= null
  return rows
}

/** Half a character cannot stand in Parquet. */
const wellFormed = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (_, item) => (typeof item === 'string' ? item.toWellFormed() : item))

async function expectTheSame(app: TestApp, query: string, as?: string): Promise<Read> {
  const read = await parquet(app, query, as)
  expect(read.status).toBe(200)
  expect(read.rows.map((row) => plain(row))).toEqual(wellFormed(await jsonLines(app, query, as)))
  return read
}

const minute = (n: number) => new Date(Date.parse('2026-03-01T10:00:00Z') + n * 60_000).toISOString()
const temporary = (app: TestApp) => {
  const home = path.join(app.dir, 'exports.tmp')
  return existsSync(home) ? readdirSync(home) : []
}

describe('an export as Parquet', { timeout: 60_000 }, () => {
  let app: TestApp
  beforeAll(async () => {
    app = await TestApp.start()
  })
  afterAll(() => app.stop())
  const tenantWith = async (traces: object[], plan?: 'starter') => {
    const as = await app.addKey(await app.tenant(`P${Math.random()}`, plan))
    for (let at = 0; at < traces.length; at += 100)
      expect(
        (await app.call('POST /v1/ingest/batch', { as, send: { traces: traces.slice(at, at + 100) } })).body.errors,
      ).toEqual([])
    return as
  }

  it('holds what the JSON lines do, in typed columns, newest first', async () => {
    const as = await tenantWith([
      aTrace({ started_at: minute(1), environment: 'prod' }),
      aTrace({ started_at: minute(3), ended_at: null, error: 'boom', spans: [] }),
      aTrace({ started_at: minute(2), spans: [{ name: 'a', type: 'llm', model: "o'neil 東京", cost: 0.1 }] }),
    ])
    const read = await expectTheSame(app, '', as)
    expect(read.rows).toHaveLength(3)
    expect(read.headers.get('content-type')).toBe('application/vnd.apache.parquet')
    expect(read.headers.get('content-disposition')).toBe('attachment; filename="traces-2026-03-01.parquet"')
    expect(read.types).toEqual({
      ...{ id: 'VARCHAR', project_id: 'VARCHAR', model: 'VARCHAR', environment: 'VARCHAR', status: 'VARCHAR' },
      ...{ duration_ms: 'BIGINT', token_count: 'BIGINT', cost_usd: 'DOUBLE', created_at: 'TIMESTAMP WITH TIME ZONE' },
    })
    expect(temporary(app)).toEqual([])
  })

  it('holds whole traces, whatever is in them', async () => {
    let deep: unknown = 'bottom'
    for (let i = 0; i < 190; i += 1) deep = [deep]
    const spans = [
      {
        ...{ name: 'a', type: 'llm', model: 'gpt-4o-mini', prompt_tokens: 10, completion_tokens: 5, id: 'not a uuid' },
        ...{
          input: 'nul \u0000, tab \t, "quotes", \u2028',
          output: '👩‍👩‍👧 \\ud800 🇮🇹',
          metadata: { 'a.b': [1.5, null] },
        },
        ...{ start_time: minute(0), end_time: minute(1) },
      },
      { name: 'b', type: 'tool', error: 'boom', input: '{"x":1}' },
    ]
    const traces = [
      aTrace({ metadata: { n: 1e300, big: 2 ** 53, deep, '': { list: [] } }, spans }),
      aTrace({ metadata: { half: 'a \ud800 b \\ud800 \ud83d\ude00 \udc00' }, tags: { "k'1": 'v=2', k2: '' } }),
      aTrace({ tags: ['x', 'y'], events: [{ message: 'm', level: 'warn', metadata: { k: [] } }], spans: [] }),
    ].map((trace, i) => ({ ...trace, started_at: minute(-i) }))
    const as = await tenantWith(traces)
    for (const fields of [{ score: 0.25, comment: 'well done' }, { metadata: { by: 'ann' } }])
      await app.call('POST /v1/feedback', { as, send: { trace_id: traces[0]?.id, label: 'good', ...fields } })
    const tenantId = (await app.call('GET /v1/auth/me', { as })).body.organization.id
    const fact = evaluationFact({ tenantId, traceId: traces[0]?.id as TraceId, score: 0.75, reasoning: 'well put' })
    await app.telemetry.append({ traces: [], deadLetters: [], facts: [fact] })
    const { rows, types } = await expectTheSame(app, '&fields=all', as)
    expect(rows[0]).toMatchObject({ span_count: 2, feedback: [{ score: 0.25 }, { attached: true }] })
    expect(rows[0]).toMatchObject({ evals: [{ score: 0.75, reasoning: 'well put', completed_at: expect.anything() }] })
    expect(JSON.stringify(plain(rows[1]))).toContain('a \ufffd b')
    expect(types).toMatchObject({ started_at: 'TIMESTAMP WITH TIME ZONE', tag_map: 'MAP(VARCHAR, VARCHAR)' })
    expect(types.spans).toMatch(/^STRUCT\(.*start_time TIMESTAMP WITH TIME ZONE.*prompt_tokens BIGINT.*\)\[\]$/)
  })

  it('holds whatever comes as OTLP', async () => {
    await fc.assert(
      fc.asyncProperty(otlpRequest, async (send) => {
        const as = await tenantWith([])
        await app.call('POST /v1/otlp/traces', { as, send })
        await expectTheSame(app, '&fields=all', as)
      }),
      { numRuns: 20 },
    )
  })

  it('is one file of any size, in order', async () => {
    const inputs = Array.from({ length: 60 }, (_, i) => `${i} `.repeat(300_000))
    const traces = inputs.map((input, i) => aTrace({ started_at: minute(-i), input, spans: [] }))
    const as = await tenantWith([])
    for (const send of traces) await app.call('POST /v1/ingest', { as, send })
    const { rows } = await parquet(app, '&fields=all', as)
    expect(rows.map(({ id }) => id)).toEqual(traces.map(({ id }) => id))
    expect(rows.map(({ input }) => input)).toEqual(inputs)
    expect(temporary(app)).toEqual([])
  })

  it('filters as the list does, is cut where the plan says, and shows a tenant its own only', async () => {
    const as = await tenantWith(
      Array.from({ length: 130 }, (_, i) =>
        aTrace({ started_at: minute(-i), error: i % 4 === 0, input: i % 2 ? 'odd' : 'even', spans: [] }),
      ),
      'starter',
    )
    expect((await expectTheSame(app, '&error=true', as)).rows).toHaveLength(33)
    const unseen = async () => (await parquet(app, '&q=odd', as)).headers.get('x-trulayer-not-yet-searchable')
    await eventually(async () => expect(await unseen()).toBeNull())
    expect((await expectTheSame(app, '&q=odd', as)).rows).toHaveLength(65)
    const all = await expectTheSame(app, '', as)
    expect(all.rows).toHaveLength(100)
    expect(all.headers.get('x-trulayer-truncated')).toBe('true')
    const { rows, types } = await expectTheSame(app, '&fields=all', await tenantWith([]))
    expect(rows).toEqual([])
    expect(types).toHaveProperty('spans')
  })

  it('is sent while it is made, and is one file all the same', async () => {
    const as = await tenantWith([])
    const traces = 60
    for (let i = 0; i < traces; i += 1) {
      const input = Buffer.from(Float64Array.from({ length: 90_000 }, Math.random).buffer).toString('base64')
      await app.call('POST /v1/ingest', { as, send: aTrace({ input, spans: [] }) })
    }
    const answer = await fetch(`${app.url}/v1/traces/export?format=parquet&fields=all`, {
      headers: { Authorization: `Bearer ${as}` },
    })
    const sizes: number[] = []
    let beganAfter = Number.POSITIVE_INFINITY
    for await (const piece of answer.body ?? []) {
      if (sizes.length === 0) beganAfter = temporary(app).length
      sizes.push(piece.byteLength)
    }
    // Its directory was there when the first bytes had come, and is gone after the last.
    expect([beganAfter, temporary(app)]).toEqual([1, []])
    const { rows } = await expectTheSame(app, '&fields=all', as)
    expect(rows).toHaveLength(traces)
  })

  it('leaves nothing behind when its client goes, or the appliance ends', async () => {
    const as = await tenantWith([])
    for (let i = 0; i < 30; i += 1)
      await app.call('POST /v1/ingest', { as, send: aTrace({ input: `${Math.random()}`.repeat(50_000) }) })
    const headers = { Authorization: `Bearer ${as}` }
    const call = request(`${app.url}/v1/traces/export?format=parquet&fields=all`, { headers })
    call.on('error', () => undefined)
    call.end()
    await eventually(() => expect(temporary(app)).toHaveLength(1))
    call.destroy()
    await eventually(() => expect(temporary(app)).toEqual([]))
    expect((await parquet(app, '', as)).rows).toHaveLength(30)

    await app.restart(() => {
      mkdirSync(path.join(app.dir, 'exports.tmp', 'parquet-left'), { recursive: true })
      writeFileSync(path.join(app.dir, 'exports.tmp', 'parquet-left', 'rows.jsonl'), '{}')
    })
    expect(temporary(app)).toEqual([])
  })
})

describe('where there is too little room', () => {
  let app: TestApp
  afterEach(() => app.stop())

  it('on the disk, it is refused, and the other formats are not', async () => {
    app = await TestApp.start({
      config: ({ storage }) => Object.assign(storage, { min_free_bytes: 0, max_bytes: 8 * 1024 * 1024 }),
    })
    for (let i = 0; i < 9; i += 1) await app.call('POST /v1/ingest', { send: aTrace({ input: 'x'.repeat(900_000) }) })
    app.clock.advance(10_000)
    await eventually(async () => expect((await app.call('GET /ready', { as: '' })).body.disk.state).not.toBe('ok'))
    const { status, rows } = await parquet(app)
    expect([status, rows]).toMatchObject([
      503,
      [{ code: 'storage_full', error: expect.stringContaining('JSON lines') }],
    ])
    expect((await jsonLines(app)).length).toBeGreaterThan(5)
  })

  it('in memory, it says which setting to raise', async () => {
    app = await TestApp.start({ config: ({ exports }) => (exports.parquet_memory_bytes = 64 * 1024 * 1024) })
    const spans = Array.from({ length: 18 }, (_, i) => ({ name: `s${i}`, output: 'long '.repeat(200_000) }))
    for (let i = 0; i < 3; i += 1)
      await app.call('POST /v1/ingest', {
        send: aTrace({ id: 'large', spans: spans.map((s) => ({ ...s, id: `${i}` })) }),
      })
    await app.call('POST /v1/ingest', { send: aTrace({ spans }) })
    const { status, rows } = await parquet(app, '&fields=all')
    expect([status, rows]).toMatchObject([503, [{ error: expect.stringContaining('exports.parquet_memory_bytes') }]])
    expect(temporary(app)).toEqual([])
    expect((await parquet(app)).rows.length).toBeGreaterThan(0)
  })
})
