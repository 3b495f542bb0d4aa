import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { silentLog } from '../../log.ts'
import { Telemetry } from './telemetry.ts'
import { uuid, wireTrace } from './testing.ts'

const MIB = 1024 * 1024
const BOUNDS = { foldAt: MIB, restartAt: 2 * MIB }

let dir: string
let telemetry: Telemetry
beforeEach(async () => {
  dir = mkdtempSync(path.join(tmpdir(), 'trulayer-wal-'))
  telemetry = await Telemetry.open({ dir, readerThreads: 1, cacheBytes: MIB, log: silentLog(), wal: BOUNDS })
})
afterEach(async () => {
  await telemetry.close()
  rmSync(dir, { recursive: true })
})

const walBytes = () => statSync(path.join(dir, 'telemetry.db-wal')).size
let last = 0
/** A quarter of a megabyte. */
const write = () =>
  telemetry.append({ traces: [wireTrace({ id: uuid(++last), input: 'x'.repeat(MIB / 4) })], deadLetters: [] })
const reading = () => {
  const db = new Database(path.join(dir, 'telemetry.db'), { readonly: true })
  db.exec('BEGIN')
  const count = db.prepare('SELECT count(*) FROM traces').pluck()
  return { count: () => count.get(), close: () => db.close(), anew: () => db.exec('COMMIT; BEGIN') }
}

it('goes on to commit while somebody reads for long, and gives back what the log grew to', async () => {
  await write()
  const long = reading()
  expect(long.count()).toBe(1)
  const waits: number[] = []
  for (let i = 0; i < 40; i++) {
    const began = performance.now()
    await write()
    waits.push(performance.now() - began)
  }
  expect(long.count()).toBe(1)
  expect(walBytes()).toBeGreaterThan(8 * MIB)
  // It waits for the reader at times, but never for long.
  expect(Math.max(...waits)).toBeLessThan(4_000)
  long.close()
  for (let i = 0; i < 5; i++) await write()
  expect(walBytes()).toBeLessThanOrEqual(2 * MIB)
})

it('begins anew although there is no moment in which nobody reads', async () => {
  const turns = [reading(), reading()]
  let turn = 0
  // One of them always holds a snapshot, neither for long.
  const timer = setInterval(() => {
    const reader = turns[++turn % 2]
    reader?.anew()
    reader?.count()
  }, 3)
  for (let i = 0; i < 80; i++) await write()
  expect(walBytes()).toBeLessThanOrEqual(6 * MIB)
  expect(turn).toBeGreaterThan(20)
  clearInterval(timer)
  for (const reader of turns) reader.close()
})

it('is folded when asked, and gives its space back', async () => {
  for (let i = 0; i < 3; i++) await write()
  expect(walBytes()).toBeGreaterThan(0)
  const reader = reading()
  reader.count()
  expect(await telemetry.fold()).toBe(false)
  reader.close()
  expect(await telemetry.fold()).toBe(true)
  expect(walBytes()).toBe(0)
})
