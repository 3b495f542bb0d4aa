import { openSqlite } from '../src/storage/sqlite.ts'

/** The floor under searches: the same words asked of the index itself, by a process that does nothing else. */
export interface SearchFloorOptions {
  file: string
  matches: readonly string[]
}

const { file, matches } = JSON.parse(process.argv[2] ?? '{}') as SearchFloorOptions
const db = openSqlite(file, { readonly: true })
const shards = db.prepare<[], number>('SELECT shard FROM shards ORDER BY shard DESC').pluck().all()
const statements = shards.map((shard) =>
  db
    .prepare<[string], number>(
      `SELECT rowid FROM text_${shard} WHERE text_${shard} MATCH ? ORDER BY rowid DESC LIMIT 51`,
    )
    .pluck(),
)
const times: number[] = []
for (const match of matches) {
  const began = performance.now()
  let found = 0
  for (const statement of statements) {
    found += statement.all(match).length
    if (found > 50) break
  }
  times.push(performance.now() - began)
}
db.close()
process.send?.(times, () => process.disconnect())
