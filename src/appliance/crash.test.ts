import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { expect, it } from 'vitest'
import { Ledger } from './ledger.ts'
import { startLoad } from './load.ts'
import { Appliance } from './process.ts'
import { listIds } from './reading.ts'
import { between, seeded } from './traces.ts'

const ROUNDS = 5
/** Another run, other moments: `CRASH_SEED=7 npx vitest run src/appliance/crash.test.ts`. */
const SEED = Number(process.env.CRASH_SEED ?? 20260301)

interface LogState {
  head: number
  seqs: number[]
  /** In the order of the rows: the order of the commits. */
  createdSeqs: number[]
  integrity: string
  counted: { traces: number; spans: number }
  stored: { traces: number; spans: number }
}

/** The log as a follower would find it, and the counters that are committed with it. */
function logOf({ dir }: Appliance): LogState {
  const db = new Database(path.join(dir, 'data/telemetry.db'), { readonly: true })
  const one = <T>(sql: string) => db.prepare<[], T>(sql).get() as T
  const column = (sql: string) => db.prepare<[], number>(sql).pluck().all()
  try {
    return {
      head: one<{ seq: number }>('SELECT seq FROM log_head').seq,
      seqs: column('SELECT seq FROM traces ORDER BY seq'),
      createdSeqs: column('SELECT created_seq FROM traces ORDER BY key'),
      integrity: one<{ integrity_check: string }>('PRAGMA integrity_check').integrity_check,
      counted: one('SELECT sum(traces) AS traces, sum(spans) AS spans FROM usage_daily'),
      stored: one('SELECT (SELECT count(*) FROM traces) AS traces, (SELECT count(*) FROM spans) AS spans'),
    }
  } finally {
    db.close()
  }
}

const rising = (numbers: readonly number[]): boolean => numbers.every((n, i) => i === 0 || n > (numbers[i - 1] ?? 0))

it(`keeps all it acknowledged through ${ROUNDS} kills under load (seed ${SEED})`, { timeout: 60_000 }, async () => {
  const random = seeded(SEED)
  const appliance = await Appliance.start()
  const ledgers: Ledger[] = []
  let head = 0
  for (let round = 1; round <= ROUNDS; round++) {
    const ledger = new Ledger()
    ledgers.push(ledger)
    const load = startLoad({ appliance, ledger, seed: SEED + round * 10_000, batches: 4, otlp: 2 })
    const killAfterMs = between(random, 50, 400)
    await pause(killAfterMs)
    expect(await appliance.kill()).toMatchObject({ code: null, signal: 'SIGKILL' })
    await load.done
    await appliance.start()

    const [acknowledged, unknown] = [ledger.with('acknowledged').length, ledger.with('unknown').length]
    console.log(
      `round ${round}: killed after ${killAfterMs} ms; ${acknowledged} requests acknowledged, ${unknown} unknown`,
    )
    await ledger.expectKept(appliance)
    const log = logOf(appliance)
    expect(log.integrity).toBe('ok')
    expect(log.counted).toEqual(log.stored)
    expect(rising(log.seqs), 'each seq stands once').toBe(true)
    expect(rising(log.createdSeqs), 'later rows have later places').toBe(true)
    expect(log.head).toBe(log.seqs.at(-1))
    expect(log.head).toBeGreaterThanOrEqual(head)

    await ledger.expectDuplicates(appliance)
    expect(logOf(appliance).head, 'what is known already takes no place in the log').toBe(log.head)
    await ledger.resolve(appliance)
    head = logOf(appliance).head
  }
  // What the rounds before left is still as it was, and there is nothing else.
  for (const ledger of ledgers) await ledger.expectKept(appliance)
  expect(await listIds(appliance)).toEqual(new Set(ledgers.flatMap((ledger) => [...ledger.acknowledged])))
})
