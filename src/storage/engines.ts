import { loadVectorExtension } from '../parts.ts'
import { openSqlite } from './sqlite.ts'

/** The versions of the engines inside, from the engines themselves: that they load is what this shows. */
export async function engineVersions(): Promise<{ sqlite: string; sqlite_vec: string; duckdb: string }> {
  const db = openSqlite(':memory:')
  try {
    loadVectorExtension((file) => db.loadExtension(file))
    const read = (sql: string) => String(db.prepare(sql).pluck().get())
    const { version } = await import('@duckdb/node-api')
    return { sqlite: read('SELECT sqlite_version()'), sqlite_vec: read('SELECT vec_version()'), duckdb: version() }
  } finally {
    db.close()
  }
}
