import { DuckDBInstance } from '@duckdb/node-api'

/** The same statements in a bare DuckDB process over the same file: what the appliance's answers are held against. */
export interface AnalyticsFloorOrder {
  file: string
  samples: number
  statements: string[]
}

const order = JSON.parse(process.argv[2] ?? '') as AnalyticsFloorOrder
const instance = await DuckDBInstance.create(order.file, { access_mode: 'READ_ONLY', threads: '2' })
const db = await instance.connect()
const times: number[][] = []
for (const sql of order.statements) {
  const taken: number[] = []
  for (let i = -3; i < order.samples; i += 1) {
    const start = performance.now()
    for (const statement of sql.split(';')) await db.runAndReadAll(statement)
    if (i >= 0) taken.push(performance.now() - start)
  }
  times.push(taken)
}
const count = await db.runAndReadAll('SELECT count(*)::INTEGER FROM traces')
process.send?.({ times, traces: Number(count.getRows()[0]?.[0]) })
process.disconnect?.()
