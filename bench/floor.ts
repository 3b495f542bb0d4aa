import path from 'node:path'
import type { Database, Statement } from 'better-sqlite3'
import { silentLog } from '../src/log.ts'
import { openTrueFile } from '../src/storage/migrate.ts'
import { TELEMETRY_MIGRATIONS } from '../src/storage/telemetry/migrations.ts'
import { type Insert, RowMaker } from './floor-rows.ts'
import type { Format } from './load-options.ts'
import { TRACES_PER_BATCH } from './traces.ts'

/**
 * The floor under ingest: one process that does nothing but insert the same rows, worked out beforehand, into the same schema with
 * the same settings: one transaction, with FULL sync, for each batch of 50. No HTTP, no JSON, no threads.
 */
export interface FloorOptions {
  dir: string
  format: Format
  traces: number
}

export interface FloorReport {
  traces: number
  ms: number
}

/** As in the writer thread. */
const PAGE_SIZE = 8192
const CACHE_KB = 32 * 1024
const CHECKPOINT_PAGES = 8_000
/** Batches whose rows are held in memory at once. */
const ROUND = 40

const { dir, format, traces } = JSON.parse(process.argv[2] ?? '{}') as FloorOptions
const file = path.join(dir, 'floor.db')
const db = openTrueFile({
  ...{ file, migrations: TELEMETRY_MIGRATIONS, pageSize: PAGE_SIZE },
  ...{ log: silentLog(), now: () => Date.now() },
})
db.pragma(`cache_size = -${CACHE_KB}`)
db.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`)

const rows = new RowMaker(24, format)
const prepared = new Map<string, Statement>()
let inserted = 0
let ms = 0
while (inserted < traces) {
  const round = Array.from({ length: ROUND }, () => bind(db, rows.next()))
  const began = performance.now()
  for (const batch of round) {
    db.transaction(() => {
      for (const { statement, values } of batch) statement.run(...values)
    }).immediate()
  }
  ms += performance.now() - began
  inserted += ROUND * TRACES_PER_BATCH
}
db.close()
process.send?.({ traces: inserted, ms } satisfies FloorReport, () => process.disconnect())

function bind(to: Database, inserts: readonly Insert[]): { statement: Statement; values: unknown[] }[] {
  return inserts.map(({ sql, values }) => {
    const statement = prepared.get(sql) ?? to.prepare(sql)
    prepared.set(sql, statement)
    return { statement, values }
  })
}
