import { afterEach, beforeEach, expect, it } from 'vitest'
import { START, TENANT } from '../telemetry/testing.ts'
import { rowsOf } from './duckdb.ts'
import { TestMirror } from './testing.ts'

const OTHER = '00000000-0000-7000-8000-00000000000b'
const HOUR = 3_600_000
let test: TestMirror
beforeEach(async () => {
  test = await TestMirror.open()
  for (const [id, slug] of [
    [TENANT, 'ours'],
    [OTHER, 'other'],
  ])
    test.control
      .prepare("INSERT INTO tenants (id, name, slug, plan, created_at) VALUES (?, ?, ?, 'pro', 0)")
      .run(id, slug, slug)
})
afterEach(() => test.close())

interface Task {
  n: number
  state?: string
  finishedAt?: number | null
  tenant?: string | null
}

const id = (n: number) => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`
const put = ({ n, state = 'done', finishedAt = START, tenant = TENANT }: Task) =>
  test.control
    .prepare(
      `INSERT OR REPLACE INTO tasks (id, tenant_id, kind, payload, state, run_at, max_attempts, created_at, updated_at, finished_at)
       VALUES (?, ?, 'prices.recompute', '{}', ?, 0, 3, ?, 0, ?)`,
    )
    .run(id(n), tenant, state, START - 1000, finishedAt)
const outcomes = async () => {
  await test.mirror.bringOutcomes()
  const rows = await test.mirror.use((db) =>
    rowsOf<{ id: string; outcome: string }>(db, 'SELECT id::VARCHAR AS id, outcome FROM tasks ORDER BY id'),
  )
  return rows.map(({ id: one, outcome }) => [Number(one.slice(-3)), outcome])
}

it('has what became of tasks that ended, and nothing of those that wait or are of the appliance', async () => {
  put({ n: 1 })
  put({ n: 2, state: 'dead' })
  put({ n: 3, state: 'queued', finishedAt: null })
  put({ n: 4, tenant: null })
  expect(await outcomes()).toEqual([
    [1, 'done'],
    [2, 'dead'],
  ])
})

it('sees those that ended in the same millisecond and were committed later, and each once', async () => {
  put({ n: 1 })
  expect(await outcomes()).toEqual([[1, 'done']])
  put({ n: 2 })
  put({ n: 3, finishedAt: START - 5 })
  expect(await outcomes()).toEqual([
    [1, 'done'],
    [2, 'done'],
    [3, 'done'],
  ])
})

it('keeps the outcome of a task that runs again until it has another', async () => {
  put({ n: 1, state: 'dead' })
  expect(await outcomes()).toEqual([[1, 'dead']])
  put({ n: 1, state: 'running', finishedAt: null })
  expect(await outcomes()).toEqual([[1, 'dead']])
  put({ n: 1, state: 'done', finishedAt: START + HOUR })
  expect(await outcomes()).toEqual([[1, 'done']])
})

it('takes any number of them, and goes on where it was after a restart', async () => {
  test.control.transaction(() => {
    for (let n = 1; n <= 12_000; n += 1) put({ n, finishedAt: START + Math.floor(n / 100) })
  })()
  await test.mirror.bringOutcomes()
  await test.mirror.fold()
  put({ n: 12_001, finishedAt: START + 120 })
  await test.mirror.bringOutcomes()
  await test.reopen()
  expect(await outcomes()).toHaveLength(12_001)
})

it('forgets what was swept away, and what went with its tenant', async () => {
  for (const n of [1, 2, 3]) put({ n, finishedAt: START + n * HOUR })
  put({ n: 4, tenant: OTHER, finishedAt: START + 4 * HOUR })
  expect(await outcomes()).toHaveLength(4)
  test.control.prepare('DELETE FROM tasks WHERE id = ?').run(id(1))
  expect(await outcomes()).toHaveLength(3)
  test.control.prepare('DELETE FROM tenants WHERE id = ?').run(OTHER)
  expect(await outcomes()).toEqual([
    [2, 'done'],
    [3, 'done'],
  ])
  test.control.prepare('DELETE FROM tasks').run()
  expect(await outcomes()).toEqual([])
})

it('reads again what was taken back', async () => {
  put({ n: 1 })
  expect(await outcomes()).toHaveLength(1)
  put({ n: 2 })
  const rename = (from: string, to: string) => test.mirror.use((db) => db.run(`ALTER TABLE ${from} RENAME TO ${to}`))
  await rename('tasks', 'elsewhere')
  await expect(test.mirror.bringOutcomes()).rejects.toThrow(/tasks/)
  await rename('elsewhere', 'tasks')
  expect(await outcomes()).toHaveLength(2)
})
