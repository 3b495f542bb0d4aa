import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { controlMigrations } from '../control/migrations.ts'
import { problemsOf } from '../faults.ts'
import { TELEMETRY_MIGRATIONS } from '../telemetry/migrations.ts'
import { closeHandles, type Handles, openHandles } from './pages.ts'
import { Reader, treesOf } from './reading.ts'
import type { Place } from './tree.ts'

const dir = mkdtempSync(path.join(tmpdir(), 'trulayer-soundness-'))
afterAll(() => rmSync(dir, { recursive: true }))

const PAGE = 8192
const opened: Handles[] = []
afterAll(() => {
  for (const one of opened) closeHandles(one)
})

/** Left open for as long as this process has connections to the file, as the appliance does. */
function handlesOf(file: string): Handles {
  const handles = openHandles(file)
  opened.push(handles)
  return handles
}

/** Numbers that are the same on every run. */
function randomOf(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

/** Rows of every size, in tables and indexes of every kind, with holes where others were erased. */
function fill(db: Database.Database, rows: number): void {
  const random = randomOf(7)
  const text = (length: number) => 'word '.repeat(Math.ceil(length / 5)).slice(0, length)
  const payload = db.prepare('INSERT INTO trace_payloads (key, input, metadata) VALUES (?, ?, ?)')
  const term = db.prepare('INSERT INTO terms (tenant, name, value) VALUES (?, ?, ?)')
  const posting = db.prepare('INSERT OR IGNORE INTO postings VALUES (?, ?, ?)')
  db.transaction(() => {
    for (let i = 1; i <= rows; i++) {
      const size = [20, 900, 5_000, 9_000, 40_000][random(5)] ?? 0
      payload.run(i, text(size), '{}')
      term.run(random(3), 'metadata', text(i % 97 === 0 ? 6_000 : 12) + String(random(1e9)))
      for (let k = 0; k < 20; k++) posting.run(random(50), random(1e12), i)
    }
    db.exec('DELETE FROM trace_payloads WHERE key % 3 = 0; DELETE FROM postings WHERE trace % 5 = 0')
  })()
}

function made(name: string, rows: number): Database.Database {
  const db = new Database(path.join(dir, name))
  db.pragma(`page_size = ${PAGE}`)
  db.pragma('journal_mode = WAL')
  for (const { up } of TELEMETRY_MIGRATIONS) up(db)
  fill(db, rows)
  return db
}

/** Reads all of a file, so many bytes at a time; answers how many stretches that were, or what is wrong. */
function readAll(db: Database.Database, handles: Handles, bytes: number): { stretches: number; bytes: number } {
  const reader = new Reader(db, handles)
  const read = { stretches: 0, bytes: 0 }
  for (const tree of treesOf(db)) {
    let after: Place | null = null
    do {
      const stretch = reader.readOn(tree, after, bytes)
      after = stretch.to
      read.bytes += stretch.bytes
      read.stretches += 1
    } while (after !== null)
  }
  reader.readFreePages()
  return read
}

describe('a sound file', () => {
  let db: Database.Database
  beforeAll(() => {
    db = made('sound.db', 2500)
  })

  it('is read to its end, and every page that holds something once, in stretches of any length', () => {
    db.pragma('wal_checkpoint(TRUNCATE)')
    const handles = handlesOf(db.name)
    const used = new Reader(db, handles).used()
    const whole = readAll(db, handles, Number.MAX_SAFE_INTEGER)
    expect(whole.bytes).toBe(used)
    for (const stretch of [0, 3 * PAGE, 1 << 20]) {
      const read = readAll(db, handles, stretch)
      expect(read.stretches).toBeGreaterThan(whole.stretches)
      // Pages above where a stretch begins are not counted; leaves are again where a long entry cannot be told from the next.
      expect(read.bytes).toBeLessThan(used * 1.02)
      expect(read.bytes).toBeGreaterThan(used * (stretch === 0 ? 0.9 : 0.98))
    }
  })

  it('is read as of its last commit, wherever its pages are: in the file, in the log, in both', () => {
    db.pragma('wal_checkpoint(TRUNCATE)')
    const handles = handlesOf(db.name)
    const outside = new Database(db.name, { readonly: true })
    outside.exec('BEGIN')
    outside.prepare('SELECT count(*) FROM traces').get()
    // The reading from outside keeps the log from being folded whole: some of these pages stand in the file, and older than others.
    for (let round = 0; round < 6; round++) {
      db.exec(`UPDATE trace_payloads SET input = input || '${'x'.repeat(500 * round)}' WHERE key % 6 = ${round}`)
      db.exec(`DELETE FROM postings WHERE trace % 6 = ${round} AND started_at % 2 = 1`)
      expect(readAll(db, handles, 1 << 18).stretches).toBeGreaterThan(10)
      if (round === 3) outside.exec('COMMIT; BEGIN')
      if (round === 3) outside.prepare('SELECT count(*) FROM traces').get()
      db.pragma('wal_checkpoint(PASSIVE)')
      expect(readAll(db, handles, 1 << 18).stretches).toBeGreaterThan(10)
    }
    outside.close()
    expect(statSync(`${db.name}-wal`).size, 'so long that its index has several blocks').toBeGreaterThan(4_100 * PAGE)
    expect(problemsOf(db)).toEqual([])
  })

  it('control.db too, whose indexes have other orders', () => {
    const control = new Database(path.join(dir, 'control.db'))
    control.pragma('journal_mode = WAL')
    for (const { up } of controlMigrations) up(control)
    const insert = control.prepare(`INSERT INTO users (id, email, created_at) VALUES (?, ?, 0)`)
    const random = randomOf(3)
    control.transaction(() => {
      for (let i = 0; i < 4_000; i++) insert.run(`usr_${i}`, `${random(2) ? 'A' : 'a'}${random(1e9)}@Example.com`)
    })()
    const handles = handlesOf(control.name)
    const whole = readAll(control, handles, Number.MAX_SAFE_INTEGER)
    const pieces = readAll(control, handles, 0)
    expect(pieces.stretches).toBeGreaterThan(100)
    expect(pieces.bytes).toBeGreaterThan(whole.bytes * 0.9)
  })
})

/** What a failing disk, or a stray write, makes of a page. */
const DAMAGES: Record<string, (page: Buffer, other: Buffer, random: (below: number) => number) => void> = {
  'one byte repeated': (page) => void page.fill(0xa5),
  zeros: (page) => void page.fill(0),
  noise: (page, _, random) => {
    for (let i = 0; i < page.length; i++) page[i] = random(256)
  },
  'a sector of noise': (page, _, random) => {
    const at = random(PAGE / 512) * 512
    for (let i = at; i < at + 512; i++) page[i] = random(256)
  },
  'half of it zeros': (page) => void page.fill(0, PAGE / 2),
  'another page': (page, other) => void other.copy(page),
}

describe.each(Object.entries(DAMAGES))('a page that became %s', (_, damage) => {
  it('is found wherever SQLite finds it, and it is SQLite that has the last word', { timeout: 120_000 }, () => {
    const sound = path.join(dir, 'to-damage.db')
    const db = made(`to-damage-${Math.random()}.db`, 400)
    db.pragma('wal_checkpoint(TRUNCATE)')
    copyFileSync(db.name, sound)
    db.close()
    const bytes = readFileSync(sound)
    const random = randomOf(11)
    const pages = bytes.length / PAGE
    let found = 0
    for (let round = 0; round < 60; round++) {
      const damaged = path.join(dir, `damaged-${round}.db`)
      const copy = Buffer.from(bytes)
      const at = 1 + random(pages - 1)
      const other = random(pages)
      damage(copy.subarray(at * PAGE, (at + 1) * PAGE), bytes.subarray(other * PAGE, (other + 1) * PAGE), random)
      writeFileSync(damaged, copy)
      const connection = new Database(damaged)
      const [verdict] = problemsOf(connection)
      const ours = attempt(() => readAll(connection, handlesOf(damaged), 1 << 20))
      connection.close()
      // Of pages that two tables claim, or none, only SQLite knows, which looks at all at once.
      if (verdict !== undefined && !/2nd reference|never used/.test(verdict)) {
        expect(ours, `round ${round}, page ${at + 1}: ${verdict}`).not.toBeNull()
        found += 1
      }
      rmSync(damaged)
    }
    expect(found).toBeGreaterThan(5)
  })
})

function attempt(work: () => unknown): string | null {
  try {
    work()
    return null
  } catch (error) {
    return (error as Error).message
  }
}
