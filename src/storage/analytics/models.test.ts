import { afterAll, beforeAll, expect, it } from 'vitest'
import { Rows } from './columns.ts'
import { rowsOf } from './duckdb.ts'
import { ModelKeys } from './models.ts'
import { columnTypes } from './schema.ts'
import { TestMirror } from './testing.ts'

let test: TestMirror
beforeAll(async () => {
  test = await TestMirror.open()
})
afterAll(() => test.close())

/** Brings calls of these models as a step does; `undone` as one that fails. */
const bring = (keys: ModelKeys, names: readonly string[], undone = false) =>
  test.mirror.use(async (db) => {
    const rows = new Rows(columnTypes('models'))
    await db.run('BEGIN')
    const found = await keys.keysOf(db, names, rows)
    await rows.appendTo(db, 'models')
    await db.run(undone ? 'ROLLBACK' : 'COMMIT')
    if (undone) keys.forget()
    return found
  })
const stored = () => test.mirror.use((db) => rowsOf(db, 'SELECT name, key FROM models ORDER BY key'))

it('numbers each model once, whoever forgot it meanwhile', async () => {
  const keys = new ModelKeys()
  expect(await bring(keys, ['gpt', 'claude'])).toEqual([1, 2])
  expect(await bring(keys, ['undone'], true)).toEqual([3])
  expect(await bring(keys, ['claude', 'a\0b', 'o\'x"', 'gpt'])).toEqual([2, 3, 4, 1])
  expect(await bring(new ModelKeys(), ['o\'x"', '😀', 'a\0b'])).toEqual([4, 5, 3])
  expect(await stored()).toEqual(['gpt', 'claude', 'a\0b', 'o\'x"', '😀'].map((name, i) => ({ name, key: i + 1 })))
})

it('numbers more models than it remembers', async () => {
  const keys = new ModelKeys()
  const names = Array.from({ length: 12_000 }, (_, n) => `model-${n}`)
  const first = await bring(keys, names)
  expect(new Set(first).size).toBe(12_000)
  expect(await bring(keys, [...names].reverse())).toEqual(first.reverse())
})
