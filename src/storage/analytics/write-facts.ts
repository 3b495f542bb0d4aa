import { type DuckDBConnection, rowsOf } from './duckdb.ts'
import type { ModelKeys } from './models.ts'
import type { Facts } from './reading.ts'
import { columnPlace, LOGGED_TABLES, type TableName } from './schema.ts'
import { type Changed, windowOfSlot } from './settled.ts'

/** Takes out what the facts replace or erase, and puts in their rows. Answers in which windows that changes traces: as they were, and as they are. */
export async function writeFacts(db: DuckDBConnection, facts: Facts, models: ModelKeys): Promise<Changed[]> {
  const gone = [...facts.replacedTraces, ...facts.erasedTraces]
  const before = await windowsOf(db, gone)
  await remove(db, 'traces', 'key', gone)
  await remove(db, 'spans', 'trace', gone)
  await remove(db, 'calls', 'trace', gone)
  await remove(db, 'failures', 'trace', gone)
  await remove(db, 'feedback', 'trace', facts.erasedTraces)
  await remove(db, 'evaluations', 'trace', facts.erasedTraces)
  await remove(db, 'feedback', 'key', facts.feedback)
  await remove(db, 'evaluations', 'key', facts.evaluations)
  const keys = await models.keysOf(db, facts.models, facts.rows.models)
  facts.rows.calls.renumber(MODEL, keys)
  for (const table of LOGGED_TABLES) await facts.rows[table].appendTo(db, table)
  return [...before, ...facts.changed]
}

const MODEL = columnPlace('calls', 'model')

/** Where these traces are. */
async function windowsOf(db: DuckDBConnection, keys: readonly number[]): Promise<Changed[]> {
  if (keys.length === 0) return []
  const { where, values } = among('key', keys)
  return rowsOf(db, `SELECT DISTINCT tenant, ${windowOfSlot('slot')} AS "window" FROM traces WHERE ${where}`, values)
}

async function remove(db: DuckDBConnection, table: TableName, column: string, keys: readonly number[]): Promise<void> {
  if (keys.length === 0) return
  const { where, values } = among(column, keys)
  await db.run(`DELETE FROM ${table} WHERE ${where}`, values)
}

/** The bounds let DuckDB skip the row groups that cannot hold any of them. */
function among(column: string, keys: readonly number[]): { where: string; values: string[] } {
  let [least, most] = [keys[0] ?? 0, keys[0] ?? 0]
  for (const key of keys) {
    least = Math.min(least, key)
    most = Math.max(most, key)
  }
  const where = `${column} BETWEEN ${least} AND ${most} AND ${column} IN (SELECT unnest(from_json($1, '["BIGINT"]')))`
  return { where, values: [JSON.stringify(keys)] }
}
