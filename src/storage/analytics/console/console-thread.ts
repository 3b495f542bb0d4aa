import { readFileSync } from 'node:fs'
import path from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import { type DuckDBConnection, type DuckDBValue, openDuckDb, rowsOf, StatementType } from '../duckdb.ts'
import { checkTree, RefusedSql } from './check.ts'
import type { ConsoleOutcome, ConsoleTask } from './messages.ts'

/** Runs one statement of the SQL console, in a process of its own (`commands/sql-console.ts`), and ends. */
if (!parentPort) throw new Error('this file runs as a worker thread')
const port = parentPort

/** What a result may weigh as JSON or CSV. */
const MOST_BYTES = 32 * 1024 * 1024

async function run(task: ConsoleTask): Promise<ConsoleOutcome> {
  const { file, memoryBytes, threads, scratch } = task
  const out = path.join(scratch, 'out')
  const instance = await openDuckDb(file, { memoryBytes, threads, spillDir: path.join(scratch, 'spill') }, READ_ONLY)
  const db = await instance.connect()
  await db.run(`SET allowed_directories = ['${out.replaceAll("'", "''")}/']`)
  for (const lock of LOCKS) await db.run(lock)
  const sql = await checked(db, task.sql)
  return task.format === 'parquet' ? toParquet(db, sql, task, out) : toText(db, sql, task)
}

const READ_ONLY = { access_mode: 'READ_ONLY', enable_external_access: 'true' }
const LOCKS = ['SET enable_external_access = false', 'SET lock_configuration = true']

/** The statement as DuckDB writes it from the tree that was judged: what was looked at is what runs. Throws `RefusedSql`. */
async function checked(db: DuckDBConnection, sql: string): Promise<string> {
  const [row] = await rowsOf<{ tree: string }>(db, 'SELECT json_serialize_sql($1::VARCHAR) AS tree', [sql])
  const tree = row?.tree ?? ''
  checkTree(JSON.parse(tree))
  const [written] = await rowsOf<{ sql: string }>(db, 'SELECT json_deserialize_sql($1::JSON) AS sql', [tree])
  const text = written?.sql ?? ''
  const statements = await db.extractStatements(text)
  if (statements.count !== 1) throw new RefusedSql('Send one statement.')
  const prepared = await statements.prepare(0)
  if (prepared.statementType !== StatementType.SELECT) throw new RefusedSql('Only a SELECT may run here.')
  return text
}

async function toText(db: DuckDBConnection, sql: string, { format, limit }: ConsoleTask): Promise<ConsoleOutcome> {
  const result = await db.stream(`SELECT * FROM (${sql}) LIMIT ${limit + 1}`)
  const names = result.columnNames()
  const types = result.columnTypes().map(String)
  const lines: string[] = []
  let bytes = 0
  for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    for (const row of chunk.getRows()) {
      const line = format === 'csv' ? csvLine(row) : JSON.stringify(row.map(plain))
      bytes += Buffer.byteLength(line) + 1
      if (bytes > MOST_BYTES) return { outcome: 'too_large', message: 'The result is larger than 32 MB; select less.' }
      lines.push(line)
    }
  }
  const truncated = lines.length > limit
  const shown = lines.slice(0, limit)
  const columns = names.map((name, i) => ({ name, type: types[i] ?? '' }))
  const text =
    format === 'csv'
      ? `${[csvLine(names), ...shown].join('\r\n')}\r\n`
      : `{"columns":${JSON.stringify(columns)},"rows":[${shown.join(',')}]`
  return { outcome: 'done', rows: shown.length, truncated, body: Buffer.from(text) }
}

async function toParquet(
  db: DuckDBConnection,
  sql: string,
  { limit }: ConsoleTask,
  out: string,
): Promise<ConsoleOutcome> {
  const file = path.join(out, 'result.parquet')
  const to = `'${file.replaceAll("'", "''")}' (FORMAT parquet, COMPRESSION zstd)`
  const [counted] = await rowsOf<{ Count: number }>(db, `COPY (SELECT * FROM (${sql}) LIMIT ${limit}) TO ${to}`)
  const rows = counted?.Count ?? 0
  return { outcome: 'done', rows, truncated: rows === limit, body: readFileSync(file) }
}

/** Whole numbers as numbers where that is exact; what JSON has no word for as DuckDB writes it. */
function plain(value: DuckDBValue): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  return String(value)
}

/** A cell that a spreadsheet would take for a formula is made text. */
const csvLine = (row: readonly DuckDBValue[]): string =>
  row
    .map((value) => {
      const text = value === null ? '' : String(plain(value))
      const safe = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
      return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
    })
    .join(',')

/** What DuckDB says of itself inside its messages is nobody's business. */
const firstLine = (message: string): string => message.split('\n\n')[0]?.replaceAll(/\s+/g, ' ').slice(0, 500) ?? ''

run(workerData as ConsoleTask).then(
  (outcome) => port.postMessage(outcome),
  (error: Error) => {
    const outcome: ConsoleOutcome = /^Out of Memory|bad_alloc|could not allocate/i.test(error.message)
      ? { outcome: 'too_large', message: 'This takes more memory than a statement may have.' }
      : { outcome: 'refused', message: firstLine(error.message) }
    port.postMessage(outcome)
  },
)
