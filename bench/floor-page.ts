import Database from 'better-sqlite3'
import type { TenantId } from '../src/ids.ts'
import { tracePage } from '../src/storage/telemetry/questions/answer.ts'

/** The floor under reads: the newest page asked of the file itself, by a process that does nothing else. */
export interface PageFloorOptions {
  file: string
  samples: number
}

const { file, samples } = JSON.parse(process.argv[2] ?? '{}') as PageFloorOptions
const db = new Database(file, { readonly: true })
db.pragma(`cache_size = -${32 * 1024}`)
const tenantId = db.prepare<[], string>('SELECT id FROM tenants').pluck().get() as TenantId
const times: number[] = []
for (let i = 0; i < samples; i += 1) {
  const began = performance.now()
  JSON.stringify(tracePage(db, { tenantId, terms: [], sort: { by: 'started_at', descending: true }, limit: 50 }))
  times.push(performance.now() - began)
  await new Promise((resolve) => setTimeout(resolve, 5))
}
db.close()
process.send?.(times, () => process.disconnect())
