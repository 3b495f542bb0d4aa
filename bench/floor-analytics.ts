import { DuckDBInstance } from '@duckdb/node-api'

/** A bare DuckDB process: answers each statement that it is sent with how long it took. What the appliance's answers are held against. */
const instance = await DuckDBInstance.create(process.argv[2] ?? '', { access_mode: 'READ_ONLY', threads: '2' })
const db = await instance.connect()
process.on('message', async (sql: string) => {
  const began = performance.now()
  for (const statement of sql.split(';')) await db.runAndReadAll(statement)
  process.send?.(performance.now() - began)
})
