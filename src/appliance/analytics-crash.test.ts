import { existsSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { DuckDBInstance } from '@duckdb/node-api'
import Database from 'better-sqlite3'
import { expect, it } from 'vitest'
import { Ledger } from './ledger.ts'
import { startLoad } from './load.ts'
import { API_KEY, Appliance } from './process.ts'
import { between, seeded } from './traces.ts'

/** `ANALYTICS_KILLS=20 npx vitest run src/appliance/analytics-crash.test.ts` for more of them. */
const ROUNDS = Number(process.env.ANALYTICS_KILLS ?? 4)
const SEED = Number(process.env.CRASH_SEED ?? 20260401)
const EVER = 'from=2000-01-01T00:00:00Z&to=2100-01-01T00:00:00Z'

async function ask(appliance: Appliance, query: string): Promise<{ body: Record<string, number>; status: number }> {
  const response = await fetch(`${appliance.url}${query}`, { headers: { Authorization: `Bearer ${API_KEY}` } })
  return { status: response.status, body: (await response.json()) as Record<string, number> }
}

/** What the log itself comes to. */
function plain({ dir }: Appliance): Record<string, number> {
  const db = new Database(path.join(dir, 'data/telemetry.db'), { readonly: true })
  try {
    return db
      .prepare<[], Record<string, number>>(
        `SELECT count(*) AS total_traces, count(error) AS error_count, sum(prompt_tokens) AS prompt_tokens,
           sum(completion_tokens) AS completion_tokens FROM traces`,
      )
      .get() as Record<string, number>
  } finally {
    db.close()
  }
}

/** How far the log is in the file that it will go on with; 0 where nothing was folded yet. */
async function folded({ dir }: Appliance): Promise<number> {
  const file = path.join(dir, 'data/analytics.duckdb')
  if (!existsSync(file)) return 0
  const instance = await DuckDBInstance.create(file, { access_mode: 'READ_ONLY' })
  const db = await instance.connect()
  try {
    const [[seq] = []] = (await db.runAndReadAll('SELECT seq FROM place')).getRows()
    return Number(seq ?? 0)
  } catch {
    return 0
  } finally {
    instance.closeSync()
  }
}

it(`equals the log after ${ROUNDS} kills in the middle of following it (seed ${SEED})`, {
  timeout: 40_000 * ROUNDS,
}, async () => {
  const random = seeded(SEED)
  // So that it is killed in the middle of folding too, and goes on with what was folded.
  const appliance = await Appliance.start({ env: { TRULAYER_ANALYTICS_FOLD_MS: '50' } })
  let wentOn = 0
  for (let round = 1; round <= ROUNDS; round += 1) {
    const load = startLoad({ appliance, ledger: new Ledger(), seed: SEED + round * 10_000, batches: 4, otlp: 2 })
    // Questions hurry the follower, so that it is in the middle of something at any moment.
    const asking = (async () => {
      for (;;) await ask(appliance, `/v1/metrics?${EVER}`)
    })().catch(() => undefined)
    await pause(between(random, 80, 900))
    await appliance.kill()
    await Promise.all([load.done, asking])
    if ((await folded(appliance)) > 0) wentOn += 1
    await appliance.start()
    const { body } = await ask(appliance, `/v1/metrics?${EVER}`)
    expect(body).toMatchObject({ ...plain(appliance), behind: 0 })
    const breakdown = await ask(appliance, `/v1/metrics/breakdown?group_by=name&limit=100&${EVER}`)
    expect(breakdown.body.total).toBe(body.total_traces)
  }
  expect(wentOn).toBeGreaterThan(0)
})
