import { afterEach, beforeEach, expect, it } from 'vitest'
import type { TraceId } from '../../ids.ts'
import { silentLog } from '../../log.ts'
import { uuid, wireTrace } from '../telemetry/testing.ts'
import { rowsOf } from './duckdb.ts'
import { Following, type Reached } from './following.ts'
import { TestMirror } from './testing.ts'

let test: TestMirror
let following: Following
let places: number[]
beforeEach(async () => {
  test = await TestMirror.open()
  places = []
  const onPlace = ({ place }: Reached) => void places.push(place)
  following = new Following({ mirror: test.mirror, log: silentLog(), foldMs: 60_000, onPlace })
})
afterEach(async () => {
  await following.stop()
  await test.close()
})

const write = (...ids: number[]) => test.store.write(...ids.map((n) => wireTrace({ id: uuid<TraceId>(n) })))
const count = async () => {
  const behind = await following.reach(test.mirror.head)
  const [row] = await following.ask((db) => rowsOf<{ n: number }>(db, 'SELECT count(*) AS n FROM traces'))
  return [row?.n, behind]
}
/** What DuckDB says when it finds a block damaged: from then on it refuses everything. */
const findDamage = () =>
  following.ask(() => Promise.reject(new Error('FATAL Error: the database has been invalidated: Corrupt file')))

it('counts what was committed before a question was put', async () => {
  for (let n = 1; n <= 5; n += 1) {
    write(n)
    expect(await count()).toEqual([n, 0])
  }
})

it('answers as soon as the place of a question is in, though more of the log waits', async () => {
  for (let from = 0; from < 6_000; from += 1_000) write(...Array.from({ length: 1_000 }, (_, i) => from + i))
  const all = following.follow()
  expect(await following.reach(1)).toBe(0)
  const [row] = await following.ask((db) => rowsOf<{ n: number }>(db, 'SELECT count(*) AS n FROM traces'))
  expect(row?.n).toBe(2_000)
  await all
  expect(test.mirror.place).toBe(6_000)
})

it('opens a file again that is found damaged in use, and makes it anew if that does not help', async () => {
  write(1, 2, 3)
  expect(await count()).toEqual([3, 0])
  await expect(findDamage()).rejects.toThrow(/Corrupt/)
  // What was not folded is read again.
  expect(await count()).toEqual([3, 0])
  await expect(findDamage()).rejects.toThrow(/Corrupt/)
  expect(places.at(-1)).toBe(0)
  expect(await count()).toEqual([3, 0])
  write(4)
  expect(await count()).toEqual([4, 0])
})

it('goes on after a statement that is only wrong', async () => {
  write(1)
  expect(await count()).toEqual([1, 0])
  await expect(following.ask((db) => rowsOf(db, 'SELECT nonsense'))).rejects.toThrow(/nonsense/)
  expect(await count()).toEqual([1, 0])
})
