import Database from 'better-sqlite3'
import { expect, it } from 'vitest'
import { TELEMETRY_MIGRATIONS } from './migrations.ts'
import { START, TestStore, uuid, wireSpan, wireTrace } from './testing.ts'

const SUMS = 'SELECT id, first_at, last_at, traces, errors, spans, tokens, priced, cost FROM sessions ORDER BY id'

const TRACES = [
  { id: 1, session: 'a', startedAt: START, error: null, cost: 1.5 },
  { id: 2, session: 'a', startedAt: START + 5, error: 'boom', cost: null },
  { id: 3, session: 'b', startedAt: START + 3, error: null, cost: null },
  { id: 4, session: null, startedAt: START + 9, error: null, cost: 7 },
]

it('are the same whether they grew with the traces or were summed up by the migration', () => {
  const store = new TestStore()
  for (const { id, session, ...fields } of TRACES)
    store.write(
      wireTrace({
        ...fields,
        id: uuid(id),
        sessionId: session,
        whenKnown: 'duplicate',
        spans: [wireSpan({ id: uuid(id), promptTokens: 10 * id })],
      }),
    )
  const grown = store.db.prepare(SUMS).all()
  expect(grown).toEqual([
    { id: 'a', first_at: START, last_at: START + 5, traces: 2, errors: 1, spans: 2, tokens: 30, priced: 1, cost: 1.5 },
    {
      id: 'b',
      first_at: START + 3,
      last_at: START + 3,
      traces: 1,
      errors: 0,
      spans: 1,
      tokens: 30,
      priced: 0,
      cost: 0,
    },
  ])

  const old = new Database(':memory:')
  for (const { up } of TELEMETRY_MIGRATIONS.slice(0, 3)) up(old)
  for (const table of ['tenants', 'projects', 'traces', 'terms', 'postings'])
    for (const row of store.db.prepare<[], object>(`SELECT * FROM ${table}`).all()) insert(old, table, row)
  TELEMETRY_MIGRATIONS[3]?.up(old)
  expect(old.prepare(SUMS).all()).toEqual(grown)
  old.close()
  store.close()
})

/** The columns that the table has at its version. */
function insert(db: Database.Database, table: string, row: object): void {
  const known = new Set(db.prepare<[string], string>('SELECT name FROM pragma_table_info(?)').pluck().all(table))
  const fields = Object.entries(row).filter(([name]) => known.has(name))
  const names = fields.map(([name]) => name)
  db.prepare(`INSERT INTO ${table} (${names}) VALUES (${names.map(() => '?')})`).run(
    ...fields.map(([, value]) => value),
  )
}
