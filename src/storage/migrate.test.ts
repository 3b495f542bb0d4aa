import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLog } from '../log.ts'
import { type Migration, openTrueFile, SchemaError } from './migrate.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'trulayer-migrate-'))
})
afterEach(() => rmSync(dir, { recursive: true }))

const first: Migration = { version: 1, name: 'first', up: (db) => db.exec('CREATE TABLE a (x)') }
const second: Migration = { version: 2, name: 'second', up: (db) => db.exec('ALTER TABLE a ADD COLUMN y') }
const broken: Migration = {
  version: 2,
  name: 'broken',
  up: (db) => {
    db.exec('CREATE TABLE half_done (x)')
    throw new Error('no further')
  },
}

const open = (migrations: Migration[]) =>
  openTrueFile({ file: path.join(dir, 'true.db'), migrations, log: silentLog(), now: () => 1 })
const tables = (db: Database.Database) =>
  db.prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").pluck().all()

describe('a true file', () => {
  it('is made by all migrations, with WAL and FULL sync, and opened again as it is', () => {
    open([first, second]).close()
    const db = open([first, second])
    expect(db.pragma('journal_mode', { simple: true })).toBe('wal')
    expect(db.pragma('synchronous', { simple: true })).toBe(2)
    expect(db.prepare('SELECT version, name FROM schema_version ORDER BY version').all()).toEqual([
      { version: 1, name: 'first' },
      { version: 2, name: 'second' },
    ])
    db.close()
    expect(readdirSync(dir)).toEqual(['true.db'])
  })

  it('is copied before it is migrated', () => {
    const old = open([first])
    old.exec('INSERT INTO a VALUES (7)')
    old.close()
    open([first, second]).close()
    const copy = new Database(path.join(dir, 'true.before-2.db'), { readonly: true })
    expect(copy.prepare('SELECT * FROM a').all()).toEqual([{ x: 7 }])
    copy.close()
  })

  it('stays as it was when a migration fails', () => {
    open([first]).close()
    expect(() => open([first, broken])).toThrow('no further')
    const db = open([first])
    expect(tables(db)).toEqual(['a', 'schema_version'])
    db.close()
  })

  it('is refused when a newer version wrote it, untouched', () => {
    open([first, second]).close()
    expect(() => open([first])).toThrow(SchemaError)
    expect(() => open([first])).toThrow(/written by a newer version.*schema 2, this version knows 1/)
    expect(existsSync(path.join(dir, 'true.before-1.db'))).toBe(false)
  })
})
