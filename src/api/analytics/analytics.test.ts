import { readdirSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aTrace, TestApp } from '../testing/app.ts'

let app: TestApp
let owner: string
beforeAll(async () => {
  app = await TestApp.start({ config: (config) => (config.analytics.console_memory_bytes = 64 * 1024 * 1024) })
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
    'DELETE FROM traces',
    'UPDATE traces SET name = 1',
    'INSERT INTO traces SELECT * FROM traces',
    'CREATE TABLE x AS SELECT 1',
    'DROP TABLE traces',
    'WITH d AS (DELETE FROM traces RETURNING *) SELECT * FROM d',
    'SELECT 1; DROP TABLE traces',
    "SELECT 1) TO '/tmp/x'; --",
    'PREPARE p AS SELECT 1',
    'BEGIN',
    'CHECKPOINT',
    "EXPORT DATABASE '/tmp/out'",
    "IMPORT DATABASE '/tmp/out'",
    // files, network, extensions
    "ATTACH '/tmp/x.duckdb'",
    "COPY traces TO '/tmp/x.csv'",
    "COPY (SELECT 1) TO '/tmp/x.parquet'",
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_blob('../telemetry.db')",
    "SELECT * FROM parquet_scan('x.parquet')",
    "SELECT * FROM glob('/*')",
    "SELECT * FROM 'https://example.com/x.csv'",
    "SELECT * FROM sqlite_scan('telemetry.db', 'traces')",
    'INSTALL httpfs',
    'LOAD httpfs',
    'FORCE INSTALL spatial FROM community',
    // settings and the engine
    "SET memory_limit = '10GB'",
    'RESET ALL',
    'PRAGMA database_list',
    'CALL pragma_version()',
    "SELECT current_setting('temp_directory')",
    'SELECT * FROM duckdb_settings()',
    'SELECT * FROM duckdb_settings',
    'SELECT * FROM pragma_database_list',
    'SELECT * FROM sqlite_master',
    'SELECT * FROM information_schema.tables',
    'SELECT * FROM pg_catalog.pg_tables',
    'SELECT * FROM duckdb_secrets()',
    "SELECT getenv('HOME')",
    "SELECT getvariable('x')",
    "SELECT nextval('s')",
    "SELECT pg_get_viewdef('traces')",
    'SHOW TABLES',
    'SHOW ALL TABLES',
    'EXPLAIN ANALYZE SELECT 1',
    "SELECT * FROM query('SELECT 1')",
    "SELECT * FROM query_table('traces')",
    "SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))",
    'WITH duckdb_settings AS (SELECT 1) SELECT * FROM duckdb_settings',
    'WITH "/etc/passwd" AS (SELECT 1) SELECT * FROM "/etc/passwd"',
    // other people's
    'SELECT * FROM main.traces',
    'SELECT * FROM place',
    'SELECT * FROM projects',
    'SELECT tenant FROM traces',
    'SELECT * FROM temp.chosen',
    // the same in disguise
    "/* */ATTACH/**/ 'x' AS y",
    '\uFEFFSELECT * FROM place',
    'SELECT\u00A0*\u00A0FROM\u00A0place',
    'SELECT 1 -- ; \n; DROP TABLE traces',
    'SELECT 1;;;SELECT 2',
    'SELECT $$a$$; SELECT $$b$$',
    'SELECT * FROM "read_text"(\'/etc/passwd\')',
    "SELECT * FROM ReAd_TeXt /* */ ('/etc/passwd')",
    "SELECT * FROM U&'/etc/passwd'",
    "SELECT * FROM E'/etc/passwd'",
    'SELECT * FROM "/etc/passwd"',
    "FROM '/etc/passwd'",
    "SELECT (SELECT content FROM read_text('/etc/passwd'))",
    "SELECT 1 WHERE EXISTS (FROM glob('/*'))",
    "WITH x AS (FROM read_csv('/etc/passwd')) SELECT 1",
    "SELECT * FROM traces UNION ALL BY NAME SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM traces ORDER BY (SELECT content FROM read_text('/etc/passwd'))",
    "SELECT * FROM traces LIMIT (SELECT count(*) FROM glob('/*'))",
    "SELECT count(*) OVER w FROM traces WINDOW w AS (PARTITION BY (SELECT 1 FROM glob('/*')))",
    "PIVOT (FROM glob('/*')) ON file USING count(*)",
    'SELECT * FROM traces, LATERAL (SELECT * FROM read_text(traces.name))',
    "SELECT * FROM traces SEMI JOIN 'x.csv' USING (id)",
    "SELECT * FROM traces POSITIONAL JOIN read_blob('/etc/passwd')",
    "DESCRIBE SELECT * FROM read_csv('/etc/passwd')",
    "SUMMARIZE SELECT * FROM 'x.parquet'",
    "SUMMARIZE 'x.parquet'",
    "DESCRIBE 'x.parquet'",
    'EXPLAIN SELECT 1',
    'CREATE MACRO f(p) AS TABLE FROM read_text(p)',
    "CREATE TEMP VIEW v AS FROM read_text('/etc/passwd')",
    'CREATE SECRET s (TYPE s3)',
    'FROM duckdb_secrets()',
    "FROM which_secret('s3://x', 's3')",
    'EXECUTE p',
    'DEALLOCATE p',
    'USE memory',
    'DETACH x',
    'VACUUM',
    'ANALYZE',
    'ALTER TABLE traces ADD COLUMN x INTEGER',
    'TRUNCATE traces',
    'MERGE INTO traces USING calls ON true WHEN MATCHED THEN DELETE',
    'SET VARIABLE x = 1',
    "COMMENT ON TABLE traces IS 'x'",
    'ROLLBACK; SELECT 1',
    'SELECT * FROM duckdb_logs()',
    'SELECT * FROM enable_logging()',
    'SELECT * FROM repeat_row(1, num_rows = 1000000000)',
    "SELECT * FROM seq_scan('traces')",
    'SELECT * FROM summary((FROM traces))',
    'SELECT * FROM test_all_types()',
    'SELECT * FROM arrow_scan(0, 0, 0)',
    "SELECT * FROM sniff_csv('/etc/passwd')",
    'SELECT * FROM information_schema.columns',
    'SELECT * FROM system.main.duckdb_tables',
    'SELECT * FROM analytics.main.traces',
    "SELECT main.getenv('HOME')",
    "SELECT system.main.current_setting('home_directory')",
    "SELECT list_transform([1], x -> getenv('HOME'))",
    "SELECT list_aggregate(['HOME'], 'getenv')",
    "SELECT apply(['HOME'], x -> current_setting(x))",
    "SELECT 'HOME'.getenv()",
    'SELECT COLUMNS(c -> getenv(c) IS NULL) FROM traces',
    "SELECT * REPLACE (getenv('HOME') AS name) FROM traces",
    "SELECT write_log('x')",
    "SELECT json_execute_serialized_sql('x')",
    'SELECT txid_current()',
    'SELECT current_database()',
    'SELECT current_query()',
    'SELECT pg_typeof(1), pg_backend_pid()',
    // nonsense
    'SELEC',
    '\u0000',
    'SELECT \u0000 1',
    '-- nothing',
    `SELECT ${'1+'.repeat(9_000)}1`,
    `SELECT ${'-'.repeat(1)}${'NOT '.repeat(4_000)}true`,
    'SELECT $1',
    ' ',
  ])('refuses %s', async (sql) => {
    const answer = await run(sql)
    expect([answer.status, answer.body.error]).toEqual([400, expect.any(String)])
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
