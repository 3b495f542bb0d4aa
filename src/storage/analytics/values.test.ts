import { afterAll, beforeAll, expect, it } from 'vitest'
import { answerOf, type DuckDBConnection, type DuckDBInstance, openDuckDb } from './duckdb.ts'

let instance: DuckDBInstance
let db: DuckDBConnection
beforeAll(async () => {
  instance = await openDuckDb(':memory:', { memoryBytes: 1e8, threads: 2, spillDir: '' })
  db = await instance.connect()
})
afterAll(() => {
  db.closeSync()
  instance.closeSync()
})

const one = async (sql: string) => (await answerOf(db, sql)).values(0)

/** With nulls in every place, over more rows than one chunk and one word of what says which are null. */
it.each([
  ['INTEGER', (n: number) => n * (n % 2 ? -1 : 1) * 400_000],
  ['BIGINT', (n: number) => n * (n % 2 ? -1 : 1) * 2_000_000_000_000],
  ['DOUBLE', (n: number) => (n - 2_000) / 7],
])('reads a column of %s as it is', async (type, value) => {
  const rows = Array.from({ length: 4_500 }, (_, n) => (n % 3 === 1 || (n > 2_100 && n < 2_300) ? null : value(n)))
  const sql = (n: string) =>
    ({
      INTEGER: `${n} * (CASE ${n} % 2 WHEN 1 THEN -1 ELSE 1 END) * 400000`,
      BIGINT: `${n} * (CASE ${n} % 2 WHEN 1 THEN -1 ELSE 1 END) * 2000000000000`,
      DOUBLE: `(${n} - 2000) / 7`,
    })[type]
  const found = await one(
    `SELECT (CASE WHEN n % 3 = 1 OR n BETWEEN 2101 AND 2299 THEN NULL ELSE ${sql('n')} END)::${type} AS value FROM range(4500) r(n) ORDER BY n`,
  )
  expect(found).toEqual(rows.map((row) => (row === null ? null : row + 0)))
})

it('reads whole numbers of every size', async () => {
  const numbers = [
    0n,
    -1n,
    1n,
    2n ** 31n,
    -(2n ** 31n),
    2n ** 32n,
    -(2n ** 32n) - 1n,
    2n ** 53n - 1n,
    -(2n ** 53n) + 1n,
    2n ** 63n - 1n,
    -(2n ** 63n),
  ]
  expect(await one(`SELECT unnest(['${numbers.join("', '")}']::BIGINT[]) AS value`)).toEqual(numbers.map(Number))
})

it('reads lists of numbers, none, empty ones and those of many chunks', async () => {
  const answer = await answerOf(
    db,
    `SELECT CASE WHEN n % 5 = 0 THEN NULL ELSE list_transform(range(n % 4), lambda x: (n * 10 + x)::DOUBLE) END AS list FROM range(5000) r(n) ORDER BY n`,
  )
  const lists = Array.from({ length: 5_000 }, (_, n) =>
    n % 5 === 0 ? null : Float64Array.from({ length: n % 4 }, (_, x) => n * 10 + x),
  )
  expect(answer.lists(0)).toEqual(lists)
  expect((await answerOf(db, 'SELECT list(x) AS list FROM (SELECT 1.0::DOUBLE AS x WHERE false)')).lists(0)).toEqual([
    null,
  ])
  expect((await answerOf(db, 'SELECT [1.0::DOUBLE] AS list WHERE false')).lists(0)).toEqual([])
})
