import type { DuckDBConnection } from './duckdb.ts'
import type { ModelKeys } from './models.ts'
import type { Facts } from './reading.ts'
import { columnPlace, LOGGED_TABLES, type TableName } from './schema.ts'

/** Takes out what the facts replace or erase, and puts in their rows. */
export async function writeFacts(db: DuckDBConnection, facts: Facts, models: ModelKeys): Promise<void> {
  const gone = [...facts.replacedTraces, ...facts.erasedTraces]
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
}

const MODEL = columnPlace('calls', 'model')

/** The bounds let DuckDB skip the row groups that cannot hold any of them. */
async function remove(db: DuckDBConnection, table: TableName, column: string, keys: readonly number[]): Promise<void> {
  if (keys.length === 0) return
  let [least, most] = [keys[0] ?? 0, keys[0] ?? 0]
  for (const key of keys) {
    least = Math.min(least, key)
    most = Math.max(most, key)
  }
  await db.run(
    `DELETE FROM ${table} WHERE ${column} BETWEEN ${least} AND ${most}
       AND ${column} IN (SELECT unnest(from_json($1, '["BIGINT"]')))`,
    [JSON.stringify(keys)],
  )
}
