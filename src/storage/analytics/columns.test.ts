import { DuckDBInstance } from '@duckdb/node-api'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type Cell, Rows } from './columns.ts'
import { BIGINT, BOOLEAN, DOUBLE, INTEGER, UUID, VARCHAR } from './duckdb.ts'

const TYPES = [BIGINT, INTEGER, DOUBLE, BOOLEAN, UUID, VARCHAR]
const row = fc.tuple(
  ...[
    fc.oneof(fc.maxSafeInteger(), fc.integer(), fc.constantFrom(-1, 0, 2 ** 31, 2 ** 32, -(2 ** 32), -(2 ** 32) - 1)),
    fc.integer(),
    fc.double({ noNaN: true }),
    fc.boolean(),
    fc.uuid(),
    fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\0', '')),
  ].map((value) => fc.option<Cell>(value, { freq: 4 })),
)
/** Some rows, so often that chunks of 2,048 are begun, filled and left over; one by one, or column by column with others in between. */
const batch = fc.record({
  some: fc.array(row, { minLength: 1, maxLength: 20 }),
  times: fc.constantFrom(1, 1, 3, 150, 300),
  how: fc.constantFrom('rows' as const, 'columns' as const, 'picked' as const),
})

it('what is laid down in columns is what stands in the table, batch after batch', async () => {
  const instance = await DuckDBInstance.create(':memory:')
  const db = await instance.connect()
  await db.run('CREATE TABLE t (n INTEGER, a BIGINT, b INTEGER, c DOUBLE, d BOOLEAN, e UUID, f VARCHAR)')
  await fc.assert(
    fc.asyncProperty(fc.array(batch, { minLength: 1, maxLength: 4 }), async (batches) => {
      await db.run('DELETE FROM t')
      const rows = new Rows([INTEGER, ...TYPES])
      const expected: Cell[][] = []
      for (const { some, times, how } of batches) {
        const all = Array.from({ length: times }, () => some).flat()
        const numbered = all.map((one, i): Cell[] => [expected.length + i + 1, ...one])
        expected.push(...all)
        if (how === 'rows') for (const one of numbered) rows.add(one)
        else if (how === 'columns') rows.addColumns(columnsOf(numbered))
        else {
          const apart = numbered.flatMap((one) => [Array.from(one, () => null), one])
          rows.addColumns(
            columnsOf(apart),
            numbered.map((_, i) => 2 * i + 1),
          )
        }
        expect(rows.count).toBe(some.length * times)
        await rows.appendTo(db, 't')
        expect(rows.count).toBe(0)
      }
      const stored = await db.runAndReadAll('SELECT a::DOUBLE, b, c, d, e::VARCHAR, f FROM t ORDER BY n')
      expect(stored.getRows()).toEqual(expected)
    }),
    { numRuns: 30 },
  )
  db.closeSync()
  instance.closeSync()
})

const columnsOf = (rows: readonly (readonly Cell[])[]): Cell[][] =>
  [INTEGER, ...TYPES].map((_, i) => rows.map((one) => one[i] ?? null))

it('keeps the order of UUIDs that their texts have', async () => {
  const instance = await DuckDBInstance.create(':memory:')
  const db = await instance.connect()
  await db.run('CREATE TABLE t (id UUID)')
  const ids = fc.sample(fc.uuid(), 100)
  const rows = new Rows([UUID])
  for (const id of ids) rows.add([id])
  await rows.appendTo(db, 't')
  const stored = await db.runAndReadAll('SELECT id::VARCHAR FROM t ORDER BY id')
  expect(stored.getRows().flat()).toEqual([...ids].sort())
  instance.closeSync()
})
