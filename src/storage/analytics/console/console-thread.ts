import { readFileSync } from 'node:fs'
import path from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import { type DuckDBConnection, type DuckDBValue, openDuckDb, rowsOf, StatementType } from '../duckdb.ts'
import { checkTree, placesIn, RefusedSql } from './check.ts'
import { CONSOLE_COLUMNS } from './columns.ts'
import type { ConsoleOutcome, ConsoleTask, FromConsole } from './messages.ts'

/** Runs one statement of the SQL console, in a process of its own (`commands/sql-console.ts`), and ends. */
if (!parentPort) throw new Error('this file runs as a worker thread')
const port = parentPort
const say = (message: FromConsole) => port.postMessage(message)

/** What a result may weigh as JSON or CSV. */
const MOST_BYTES = 32 * 1024 * 1024

async function run(task: ConsoleTask): Promise<ConsoleOutcome> {
  await rehearse(task)
  const file = await handedOver()
  const { memoryBytes, threads, scratch } = task
  const out = path.join(scratch, 'out')
  const instance = await openDuckDb(file, { memoryBytes, threads, spillDir: spillIn(scratch) }, READ_ONLY)
  const db = await instance.connect()
  await db.run(`SET allowed_directories = ['${out.replaceAll("'", "''")}/']`)
  for (const lock of LOCKS) await db.run(lock)
  const { tree, sql } = await judged(db, task.sql)
  const before = task.format === 'parquet' ? `${COPY}${WRAP}` : WRAP
  try {
    return task.format === 'parquet' ? await toParquet(db, sql, task, out) : await toText(db, sql, task)
  } catch (error) {
    throw await placed(db, error, { tree, sql, before: before.length })
  }
}

/** Judges the statement on tables without rows: what is wrong with it is said before anything is copied for it, which may take seconds. */
async function rehearse({ sql, memoryBytes, threads, scratch }: ConsoleTask): Promise<void> {
  const instance = await openDuckDb(':memory:', { memoryBytes, threads, spillDir: spillIn(scratch) })
  const db = await instance.connect()
  for (const [table, { columns }] of Object.entries(CONSOLE_COLUMNS))
    await db.run(`CREATE TABLE ${table} (${columns.map(({ name, type }) => `"${name}" ${type}`)})`)
  for (const lock of LOCKS) await db.run(lock)
  await judged(db, sql)
  db.closeSync()
  instance.closeSync()
}

/** The file of the tenant's own rows, which is made now. */
function handedOver(): Promise<string> {
  return new Promise((resolve) => {
    port.once('message', resolve)
    say({ outcome: 'judged' })
  })
}

const spillIn = (scratch: string): string => path.join(scratch, 'spill')

/** What stands before the statement where it runs. */
const WRAP = 'SELECT * FROM ('
const COPY = 'COPY ('
const READ_ONLY = { access_mode: 'READ_ONLY', enable_external_access: 'true' }
const LOCKS = ['SET enable_external_access = false', 'SET errors_as_json = true', 'SET lock_configuration = true']

const treeOf = async (db: DuckDBConnection, sql: string): Promise<string> => {
  const [row] = await rowsOf<{ tree: string }>(db, 'SELECT json_serialize_sql($1::VARCHAR) AS tree', [sql])
  return row?.tree ?? ''
}

/**
 * The statement as a tree that may run. What runs is what DuckDB writes from it: what was looked at, and nothing else. Throws `RefusedSql`.
 */
async function judged(db: DuckDBConnection, asked: string): Promise<Judged> {
  const tree = await treeOf(db, asked)
  checkTree(JSON.parse(tree))
  const [written] = await rowsOf<{ sql: string }>(db, 'SELECT json_deserialize_sql($1::JSON) AS sql', [tree])
  const sql = written?.sql ?? ''
  try {
    await prepared(db, sql)
  } catch (error) {
    throw await placed(db, error, { tree, sql, before: 0 })
  }
  return { tree, sql }
}

async function prepared(db: DuckDBConnection, sql: string): Promise<void> {
  const statements = await db.extractStatements(sql)
  if (statements.count !== 1) throw new RefusedSql('Send one statement.')
  const { statementType } = await statements.prepare(0)
  if (statementType !== StatementType.SELECT) throw new RefusedSql('Only a SELECT may run here.')
}

interface Judged {
  tree: string
  /** As DuckDB wrote it from the tree. */
  sql: string
}

interface Ran extends Judged {
  /** So many bytes before it. */
  before: number
}

/** An error of what ran, with its place in what was written: both have the same tree, so the same place has the same index in it. */
async function placed(db: DuckDBConnection, error: unknown, { tree, sql, before }: Ran): Promise<unknown> {
  const said = saidBy(error)
  if (said?.position === undefined) return error
  const ran = placesIn(JSON.parse(await treeOf(db, sql)))
  const wrote = placesIn(JSON.parse(tree))
  const at = ran.length === wrote.length ? ran.indexOf(Number(said.position) - before) : -1
  return new RefusedSql(firstLine(said.exception_message), wrote[at])
}

interface Said {
  exception_type: string
  exception_message: string
  position?: string
}

/** What DuckDB says of an error, which it was told to say as JSON. */
function saidBy(error: unknown): Said | null {
  try {
    return JSON.parse((error as Error).message) as Said
  } catch {
    return null
  }
}

async function toText(db: DuckDBConnection, sql: string, { format, limit }: ConsoleTask): Promise<ConsoleOutcome> {
  const result = await db.stream(`${WRAP}${sql}) LIMIT ${limit + 1}`)
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
  const [counted] = await rowsOf<{ Count: number }>(db, `${COPY}${WRAP}${sql}) LIMIT ${limit}) TO ${to}`)
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

/** Bytes, as DuckDB counts, as characters. */
const charactersTo = (sql: string, bytes: number): number =>
  Math.min(sql.length, Buffer.from(sql).subarray(0, bytes).toString().length)

function outcomeOf(error: Error): ConsoleOutcome {
  const said = saidBy(error)
  const [type, message] = said ? [said.exception_type, said.exception_message] : ['', error.message]
  if (type === 'Out of Memory' || /^Out of Memory|bad_alloc|could not allocate/i.test(message))
    return { outcome: 'too_large', message: 'This takes more memory than a statement may have.' }
  const at = error instanceof RefusedSql ? error.at : null
  const position = at === null ? null : charactersTo((workerData as ConsoleTask).sql, at)
  return { outcome: 'refused', message: firstLine(message), position }
}

run(workerData as ConsoleTask).then(say, (error: Error) => say(outcomeOf(error)))
