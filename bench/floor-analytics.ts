import { rmSync } from 'node:fs'
import { defaultConfig } from '../src/config.ts'
import { openDuckDb } from '../src/storage/analytics/duckdb.ts'
import { ARRAY_BITS } from '../src/storage/analytics/mirror.ts'
import { ANALYTICS_QUESTIONS, type QuestionSources } from '../src/storage/analytics/questions/index.ts'
import { Settled } from '../src/storage/analytics/settled.ts'
import { openSqlite } from '../src/storage/sqlite.ts'

/**
 * A process with nothing but DuckDB, a copy of the mirror and the settings of the appliance. It is put the same questions, so that the same
 * statements run, and says how long they took until their rows were values: what the appliance's answers, at the client's end of HTTP,
 * are held against.
 */
export interface FloorOrder {
  file: string
  telemetryFile: string
}

export interface Asked {
  question: keyof typeof ANALYTICS_QUESTIONS
  ask: unknown
}

const { file, telemetryFile } = JSON.parse(process.argv[2] ?? '{}') as FloorOrder
const { memory_bytes: memoryBytes, threads } = defaultConfig().analytics
const spillDir = `${file}.tmp`
const instance = await openDuckDb(file, { memoryBytes, threads, spillDir }, { access_mode: 'READ_ONLY' })
const db = await instance.connect()
await db.run(`SET perfect_ht_threshold = ${ARRAY_BITS}`)
const telemetry = openSqlite(telemetryFile, { readonly: true })
let spent = 0
const run = db.run.bind(db)
db.run = async (...statement) => {
  const began = performance.now()
  const result = await run(...statement)
  const chunks = await result.fetchAllChunks()
  for (const chunk of chunks) chunk.getColumns()
  spent += performance.now() - began
  // They can be fetched once only, and the question is to have them too.
  Object.defineProperties(result, {
    chunkCount: { value: chunks.length },
    getChunk: { value: (at: number) => chunks[at] },
  })
  return result
}
process.on('message', async ({ question, ask }: Asked) => {
  spent = 0
  const put = ANALYTICS_QUESTIONS[question] as (sources: QuestionSources, ask: unknown) => Promise<unknown>
  // It counts everything each time.
  await put({ db, telemetry, standing: '', settled: new Settled() }, ask)
  process.send?.(spent)
})
process.on('disconnect', () => {
  rmSync(spillDir, { recursive: true, force: true })
})
