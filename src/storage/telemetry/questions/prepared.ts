import type { Database, Statement } from 'better-sqlite3'

const kept = new WeakMap<Database, Map<string, Statement>>()

/**
 * A statement that is prepared once for each connection: for questions that ask the same thing thousands of times. The text must be
 * one of a fixed few, or the map would grow.
 */
export function prepared<P extends unknown[], R>(db: Database, sql: string, as?: 'pluck'): Statement<P, R> {
  const statements = kept.get(db) ?? new Map<string, Statement>()
  kept.set(db, statements)
  const known = statements.get(sql)
  if (known) return known as Statement<P, R>
  const statement = db.prepare<P, R>(sql)
  if (as === 'pluck') statement.pluck()
  statements.set(sql, statement as Statement)
  return statement
}
