import { readdirSync } from 'node:fs'
import path from 'node:path'
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

  it('says what is wrong before it copies anything', async () => {
    const fresh = await TestApp.start()
    const as = await fresh.person(fresh.tenantId, 'owner@example.com', 'owner')
    await fresh.call('POST /v1/ingest', { send: aTrace() })
    const ask = async (sql: string) => (await fresh.call('POST /v1/analytics/query', { as, send: { sql } })).status
    const copies = () => readdirSync(path.join(fresh.dir, 'analytics.console')).filter((name) => /duckdb/.test(name))
    expect([await ask('SELECT nmae FROM traces'), await ask('SELEC'), await ask('DROP TABLE traces')]).toEqual([
      400, 400, 400,
    ])
    expect(copies()).toEqual([])
    expect(await ask('SELECT name FROM traces')).toBe(200)
    expect(copies()).toHaveLength(1)
    await fresh.stop()
  })

  it('takes every character in a statement', async () => {
    const text = '\u2028\u2029\u0085\r\n\t€😀'
    expect((await run(`SELECT '${text}' AS x`)).body.rows).toEqual([[text]])
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
    // the same in disguise
    ["/* */ATTACH/**/ 'x' AS y", 400],
    ['\uFEFFSELECT * FROM place', 400],
    ['SELECT\u00A0*\u00A0FROM\u00A0place', 400],
    ['SELECT 1 -- ; \n; DROP TABLE traces', 400],
    ['SELECT 1;;;SELECT 2', 400],
    ['SELECT $$a$$; SELECT $$b$$', 400],
    ['SELECT * FROM "read_text"(\'/etc/passwd\')', 400],
    ["SELECT * FROM ReAd_TeXt /* */ ('/etc/passwd')", 400],
    ["SELECT * FROM U&'/etc/passwd'", 400],
    ["SELECT * FROM E'/etc/passwd'", 400],
    ['SELECT * FROM "/etc/passwd"', 400],
    ["FROM '/etc/passwd'", 400],
    ["SELECT (SELECT content FROM read_text('/etc/passwd'))", 400],
    ["SELECT 1 WHERE EXISTS (FROM glob('/*'))", 400],
    ["WITH x AS (FROM read_csv('/etc/passwd')) SELECT 1", 400],
    ["SELECT * FROM traces UNION ALL BY NAME SELECT * FROM read_text('/etc/passwd')", 400],
    ["SELECT * FROM traces ORDER BY (SELECT content FROM read_text('/etc/passwd'))", 400],
    ["SELECT * FROM traces LIMIT (SELECT count(*) FROM glob('/*'))", 400],
    ["SELECT count(*) OVER w FROM traces WINDOW w AS (PARTITION BY (SELECT 1 FROM glob('/*')))", 400],
    ["PIVOT (FROM glob('/*')) ON file USING count(*)", 400],
    ['SELECT * FROM traces, LATERAL (SELECT * FROM read_text(traces.name))', 400],
    ["SELECT * FROM traces SEMI JOIN 'x.csv' USING (id)", 400],
    ["SELECT * FROM traces POSITIONAL JOIN read_blob('/etc/passwd')", 400],
    ["DESCRIBE SELECT * FROM read_csv('/etc/passwd')", 400],
    ["SUMMARIZE SELECT * FROM 'x.parquet'", 400],
    ["SUMMARIZE 'x.parquet'", 400],
    ["DESCRIBE 'x.parquet'", 400],
    ['EXPLAIN SELECT 1', 400],
    ['CREATE MACRO f(p) AS TABLE FROM read_text(p)', 400],
    ["CREATE TEMP VIEW v AS FROM read_text('/etc/passwd')", 400],
    ['CREATE SECRET s (TYPE s3)', 400],
    ['FROM duckdb_secrets()', 400],
    ["FROM which_secret('s3://x', 's3')", 400],
    ['EXECUTE p', 400],
    ['DEALLOCATE p', 400],
    ['USE memory', 400],
    ['DETACH x', 400],
    ['VACUUM', 400],
    ['ANALYZE', 400],
    ['ALTER TABLE traces ADD COLUMN x INTEGER', 400],
    ['TRUNCATE traces', 400],
    ['MERGE INTO traces USING calls ON true WHEN MATCHED THEN DELETE', 400],
    ['SET VARIABLE x = 1', 400],
    ["COMMENT ON TABLE traces IS 'x'", 400],
    ['ROLLBACK; SELECT 1', 400],
    ['SELECT * FROM duckdb_logs()', 400],
    ['SELECT * FROM enable_logging()', 400],
    ['SELECT * FROM repeat_row(1, num_rows = 1000000000)', 400],
    ["SELECT * FROM seq_scan('traces')", 400],
    ['SELECT * FROM summary((FROM traces))', 400],
    ['SELECT * FROM test_all_types()', 400],
    ['SELECT * FROM arrow_scan(0, 0, 0)', 400],
    ["SELECT * FROM sniff_csv('/etc/passwd')", 400],
    ['SELECT * FROM information_schema.columns', 400],
    ['SELECT * FROM system.main.duckdb_tables', 400],
    ['SELECT * FROM analytics.main.traces', 400],
    ["SELECT main.getenv('HOME')", 400],
    ["SELECT system.main.current_setting('home_directory')", 400],
    ["SELECT list_transform([1], x -> getenv('HOME'))", 400],
    ["SELECT list_aggregate(['HOME'], 'getenv')", 400],
    ["SELECT apply(['HOME'], x -> current_setting(x))", 400],
    ["SELECT 'HOME'.getenv()", 400],
    ['SELECT COLUMNS(c -> getenv(c) IS NULL) FROM traces', 400],
    ["SELECT * REPLACE (getenv('HOME') AS name) FROM traces", 400],
    ["SELECT write_log('x')", 400],
    ["SELECT json_execute_serialized_sql('x')", 400],
    ['SELECT txid_current()', 400],
    ['SELECT current_database()', 400],
    ['SELECT current_query()', 400],
    ['SELECT pg_typeof(1), pg_backend_pid()', 400],
    // nonsense
    ['SELEC', 400],
    ['\u0000', 400],
    ['SELECT \u0000 1', 400],
    ['-- nothing', 400],
    [`SELECT ${'1+'.repeat(9_000)}1`, 400],
    [`SELECT ${'-'.repeat(1)}${'NOT '.repeat(4_000)}true`, 400],
    ['SELECT $1', 400],
    [' ', 400],
    // too much
    ['SELECT count(*) FROM range(100000000000) t(i) WHERE hash(i) % 7 = 1', 422],
    ['WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT max(n) FROM r', 422],
    ["SELECT length(repeat('x', 2000000000))", 422],
    ['SELECT list(i) FROM range(1000000000) t(i)', 422],
    ['SELECT list_sort(range(400000000))', 422],
    [
      'SELECT count(*) FROM range(1000000) a, range(1000000) b, range(1000000) c WHERE a.range + b.range = c.range * 2 + 1 AND hash(a.range) % 3 = 1',
      422,
    ],
    ['SELECT * FROM (SELECT unnest(range(100000000)) AS i) ORDER BY hash(i)', 422],
    [
      "WITH RECURSIVE r AS (SELECT 'x' AS s, 0 AS n UNION ALL SELECT s || s, n + 1 FROM r WHERE n < 40) SELECT max(length(s)) FROM r",
      422,
    ],
  ])('refuses %s', async (sql, status) => {
    const answer = await run(sql)
    expect([answer.status, answer.body.error]).toEqual([status, expect.any(String)])
    expect(answer.body.error).not.toMatch(/not yours|\/tmp\/trulayer|analytics\.console/)
  })

  // Some of these end soon, some with an error of their own, none late, and none with the appliance.
  it.each([
    "SELECT rpad('x', 2000000000, 'y')",
    'SELECT length(list_value(range(2000000000))::VARCHAR)',
    "SELECT regexp_matches(repeat('a', 50000000) || 'b', '(a+)+$')",
    "SELECT format('{:>2000000000}', 'x')",
    'SELECT factorial(100000)',
    "SELECT sum(length(repeat('x', 1000000))) FROM range(1000000) t(i)",
  ])('bounds %s', async (sql) => {
    const began = performance.now()
    const { status, body, text } = await run(sql)
    expect([200, 400, 422]).toContain(status)
    if (status !== 200) expect(body.error).toMatch(/\w+ \w+/)
    expect((text ?? JSON.stringify(body)).length).toBeLessThan(64 * 1024 * 1024)
    expect(performance.now() - began).toBeLessThan(20_000)
    expect((await run('SELECT 1')).status).toBe(200)
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
