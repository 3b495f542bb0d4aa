import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aTrace, TestApp } from '../testing/app.ts'

let app: TestApp
let owner: string
beforeAll(async () => {
  app = await TestApp.start({
    config: (config) => {
      config.analytics.console_seconds = 4
      config.analytics.console_memory_bytes = 64 * 1024 * 1024
    },
  })
  owner = await app.person(app.tenantId, 'owner@example.com', 'owner')
  await app.call('POST /v1/ingest', { send: aTrace({ name: '=danger', tags: { env: 'prod' } }) })
  const other = await app.addKey(await app.tenant('Other'))
  for (let i = 0; i < 3; i += 1) await app.call('POST /v1/ingest', { as: other, send: aTrace({ name: 'not yours' }) })
})
afterAll(() => app.stop())

const run = (sql: string, fields: object = {}, as = owner) =>
  app.call('POST /v1/analytics/query', { as, send: { sql, ...fields } })

describe('the SQL console', { timeout: 60_000 }, () => {
  it("answers from the organisation's own facts, fresh", async () => {
    const answer = await run(
      'SELECT name, model, cost > 0 AS priced, tags FROM traces JOIN calls c ON c.trace_id = traces.id'
        .replace('name, model', 'traces.name, c.model')
        .replace('cost', 'c.cost'),
    )
    expect([answer.status, answer.body.error]).toEqual([200, undefined])
    expect(answer.body).toMatchObject({
      rows: [['=danger', 'gpt-4o-mini', true, expect.any(String)]],
      row_count: 1,
      truncated: false,
    })
    await app.call('POST /v1/ingest', { send: aTrace() })
    expect((await run('SELECT count(*) AS n FROM traces')).body).toEqual({
      columns: [{ name: 'n', type: 'BIGINT' }],
      rows: [[2]],
      row_count: 1,
      truncated: false,
    })
    expect((await run('WITH t AS (SELECT * FROM traces) FROM t SELECT count(*);  -- done')).body.rows).toEqual([[2]])
    expect((await run('DESCRIBE traces')).body.row_count).toBeGreaterThan(10)
  })

  it('says what there is to ask, as it is', async () => {
    const { body, status } = await app.call('GET /v1/analytics/schema', { as: owner })
    expect(status).toBe(200)
    for (const { name, columns } of body.tables) {
      const { rows } = (await run(`DESCRIBE ${name}`)).body
      const told = columns.map((column: { name: string; type: string }) => [column.name, column.type])
      expect([name, ...told]).toEqual([name, ...rows.map(([column, type]: string[]) => [column, type])])
    }
  })

  it.each([
    ['SELECT name,\n  nmae\nFROM traces', 'nmae'],
    ["SELECT 'ü€😀' AS x, lower(upper(nmae)) FROM traces t JOIN calls c ON c.trace_id = t.id", 'nmae'],
    ['SELECT count(*) FORM traces', 'traces'],
    ['SELECT * FROM traces WHERE name = (SELECT x FROM secrets)', 'secrets'],
    ["SELECT getenv('HOME')", 'getenv'],
    ['WITH a AS (SELECT name::INTEGER AS n FROM traces) SELECT sum(n) FROM a', '::INTEGER'],
  ])('says where %j is wrong', async (sql, wrong) => {
    const { status, body } = await run(sql)
    expect(status).toBe(400)
    expect(body.position).toBe(sql.lastIndexOf(wrong))
  })

  it('says no place where there is none', async () => {
    expect((await run('DROP TABLE traces')).body).not.toHaveProperty('position')
  })

  it('ends a statement whose asker has gone', async () => {
    const patient = await TestApp.start({
      config: (config) => {
        config.analytics.console_seconds = 600
      },
    })
    const as = await patient.person(patient.tenantId, 'owner@example.com', 'owner')
    const gone = new AbortController()
    const slow = () =>
      fetch(`${patient.url}/v1/analytics/query`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${as}`, 'Content-Type': 'application/json' },
        body: JSON.stringify({ sql: 'SELECT count(*) FROM range(100000000000) t(i) WHERE hash(i) % 7 = 1' }),
        signal: gone.signal,
      }).then(
        ({ status }) => status,
        (error: Error) => error.name,
      )
    const asked = [slow(), slow(), slow()]
    // Two run; for the third there is no room.
    expect(await Promise.race(asked)).toBe(503)
    gone.abort()
    expect((await Promise.all(asked)).toSorted()).toEqual([503, 'AbortError', 'AbortError'])
    const next = async () => (await patient.call('POST /v1/analytics/query', { as, send: { sql: 'SELECT 1' } })).status
    await expect.poll(next, { timeout: 30_000, interval: 200 }).toBe(200)
    await patient.stop()
  })

  it('answers CSV, where nothing is a formula, and Parquet', async () => {
    const csv = await run('SELECT name, latency_ms FROM traces ORDER BY name', { format: 'csv' })
    expect(csv.text).toBe("name,latency_ms\r\n'=danger,1500\r\nsupport chat,1500\r\n")
    const parquet = await run('SELECT name FROM traces', { format: 'parquet' })
    expect(parquet.headers['content-type']).toBe('application/vnd.apache.parquet')
  })

  it('stops at the rows asked for, and says so', async () => {
    const { body } = await run('SELECT * FROM range(100000000)', { limit: 5 })
    expect(body).toMatchObject({ rows: [[0], [1], [2], [3], [4]], row_count: 5, truncated: true })
  })

  it.each([
    // writes, and changes
    ['DELETE FROM traces', 400],
    ['UPDATE traces SET name = 1', 400],
    ['INSERT INTO traces SELECT * FROM traces', 400],
    ['CREATE TABLE x AS SELECT 1', 400],
    ['DROP TABLE traces', 400],
    ['WITH d AS (DELETE FROM traces RETURNING *) SELECT * FROM d', 400],
    ['SELECT 1; DROP TABLE traces', 400],
    ["SELECT 1) TO '/tmp/x'; --", 400],
    ['PREPARE p AS SELECT 1', 400],
    ['BEGIN', 400],
    ['CHECKPOINT', 400],
    ["EXPORT DATABASE '/tmp/out'", 400],
    ["IMPORT DATABASE '/tmp/out'", 400],
    // files, network, extensions
    ["ATTACH '/tmp/x.duckdb'", 400],
    ["COPY traces TO '/tmp/x.csv'", 400],
    ["COPY (SELECT 1) TO '/tmp/x.parquet'", 400],
    ["SELECT * FROM '/etc/passwd'", 400],
    ["SELECT * FROM read_csv('/etc/passwd')", 400],
    ["SELECT * FROM read_text('/etc/passwd')", 400],
    ["SELECT * FROM read_blob('../telemetry.db')", 400],
    ["SELECT * FROM parquet_scan('x.parquet')", 400],
    ["SELECT * FROM glob('/*')", 400],
    ["SELECT * FROM 'https://example.com/x.csv'", 400],
    ["SELECT * FROM sqlite_scan('telemetry.db', 'traces')", 400],
    ['INSTALL httpfs', 400],
    ['LOAD httpfs', 400],
    ['FORCE INSTALL spatial FROM community', 400],
    // settings and the engine
    ["SET memory_limit = '10GB'", 400],
    ['RESET ALL', 400],
    ['PRAGMA database_list', 400],
    ['CALL pragma_version()', 400],
    ["SELECT current_setting('temp_directory')", 400],
    ['SELECT * FROM duckdb_settings()', 400],
    ['SELECT * FROM duckdb_settings', 400],
    ['SELECT * FROM pragma_database_list', 400],
    ['SELECT * FROM sqlite_master', 400],
    ['SELECT * FROM information_schema.tables', 400],
    ['SELECT * FROM pg_catalog.pg_tables', 400],
    ['SELECT * FROM duckdb_secrets()', 400],
    ["SELECT getenv('HOME')", 400],
    ["SELECT getvariable('x')", 400],
    ["SELECT nextval('s')", 400],
    ["SELECT pg_get_viewdef('traces')", 400],
    ['SHOW TABLES', 400],
    ['SHOW ALL TABLES', 400],
    ['EXPLAIN ANALYZE SELECT 1', 400],
    ["SELECT * FROM query('SELECT 1')", 400],
    ["SELECT * FROM query_table('traces')", 400],
    ["SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))", 400],
    ['WITH duckdb_settings AS (SELECT 1) SELECT * FROM duckdb_settings', 400],
    ['WITH "/etc/passwd" AS (SELECT 1) SELECT * FROM "/etc/passwd"', 400],
    // other people's
    ['SELECT * FROM main.traces', 400],
    ['SELECT * FROM place', 400],
    ['SELECT * FROM projects', 400],
    ['SELECT tenant FROM traces', 400],
    ['SELECT * FROM temp.chosen', 400],
    // nonsense
    ['SELEC', 400],
    ['SELECT $1', 400],
    [' ', 400],
    // too much
    ['SELECT count(*) FROM range(100000000000) t(i) WHERE hash(i) % 7 = 1', 422],
    ['WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT max(n) FROM r', 422],
    ["SELECT length(repeat('x', 2000000000))", 422],
    ['SELECT list(i) FROM range(1000000000) t(i)', 422],
    [
      "WITH RECURSIVE r AS (SELECT 'x' AS s, 0 AS n UNION ALL SELECT s || s, n + 1 FROM r WHERE n < 40) SELECT max(length(s)) FROM r",
      422,
    ],
  ])('refuses %s', async (sql, status) => {
    const answer = await run(sql)
    expect([answer.status, answer.body.error]).toEqual([status, expect.any(String)])
    expect(answer.body.error).not.toMatch(/not yours|\/tmp\/trulayer|analytics\.console/)
  })

  it('knows what became of tasks, as soon as they have ended', async () => {
    const other = await app.tenant('With tasks')
    const task = { kind: 'prices.recompute', payload: '{}', maxAttempts: 3, key: null, runAt: 0 }
    const [mine, theirs] = await app.control.transaction(async (trx) => [
      await app.control.tasks.enqueue(trx, { ...task, tenantId: app.tenantId }),
      await app.control.tasks.enqueue(trx, { ...task, tenantId: other }),
    ])
    const told = () => run('SELECT id, kind, outcome FROM tasks').then(({ body }) => body.rows)
    const at = { finished_at: app.clock.now(), state: 'dead' as const }
    await app.control.db.updateTable('tasks').set(at).where('id', 'in', [mine.id, theirs.id]).execute()
    expect(await told()).toEqual([[mine.id, 'prices.recompute', 'dead']])
    await app.control.db
      .updateTable('tasks')
      .set({ state: 'queued', finished_at: null })
      .where('id', '=', mine.id)
      .execute()
    const again = { state: 'done' as const, finished_at: app.clock.now() + 1 }
    await app.control.db.updateTable('tasks').set(again).where('id', '=', mine.id).execute()
    expect(await told()).toEqual([[mine.id, 'prices.recompute', 'done']])
  })

  it('never shows what another organisation has, and notes who asked what', async () => {
    const { body } = await run("SELECT count(*) FROM traces WHERE name = 'not yours'")
    expect(body.rows).toEqual([[0]])
    const entries = await app.control.db
      .selectFrom('audit_entries')
      .select('details')
      .where('action', '=', 'analytics.queried')
      .execute()
    expect(entries.length).toBeGreaterThan(60)
  })

  it('is for owners', async () => {
    const member = await app.person(app.tenantId, 'member@example.com', 'member')
    expect((await run('SELECT 1', {}, member)).body.code).toBe('role_forbidden')
    expect((await run('SELECT 1', {}, app.key)).body.code).toBe('dashboard_only')
  })
})
