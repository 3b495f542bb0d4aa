import type { Database } from 'better-sqlite3'
import { Rows } from './columns.ts'
import { type DuckDBConnection, rowsOf } from './duckdb.ts'
import { columnTypes } from './schema.ts'

/** Tasks that finish in one millisecond may be committed in any order, and clocks are set back: so much is looked at again. */
const AGAIN_MS = 60_000
/** Taken at once at most. */
const MOST = 5_000

interface Finished {
  id: string
  tenant: string
  kind: string
  outcome: string
  attempts: number
  error: string | null
  createdAt: number
  finishedAt: number
}

/**
 * Brings what became of the tenants' tasks from `control.db`, where they have no log: what finished since the last look, by its time. A
 * task that runs again keeps its outcome until it has another. What is swept away there, or goes with its tenant, goes here too.
 */
export class Outcomes {
  readonly #control: Database
  readonly #sql: ReturnType<typeof statements>
  readonly #rows = new Rows(columnTypes('tasks'))
  /** When those told last had finished, and the state of `control.db` then; null: nothing is known. */
  #since = 0
  #seen: number | null = null
  #standing = ''
  /** Those that are looked at again, and when they had finished as they were told. */
  #told = new Map<string, number>()
  #changes = 0

  constructor(control: Database) {
    this.#control = control
    this.#sql = statements(control)
  }

  /** Grows with every change. */
  get changes(): number {
    return this.#changes
  }

  /** Begins again with what the file has, for it may have been taken back or made anew. */
  async reload(db: DuckDBConnection): Promise<void> {
    const [row] = await rowsOf<{ since: number | null }>(db, 'SELECT max(finished_at) AS since FROM tasks')
    this.#since = row?.since ?? 0
    this.#seen = null
    this.#standing = ''
    this.#told.clear()
  }

  /** Has anything been committed to `control.db` since the last look? */
  get stale(): boolean {
    return this.#seen !== this.#version
  }

  /** Brings what is new, inside of a transaction. Throws DuckDB's error; then it is to be reloaded. */
  async bring(db: DuckDBConnection): Promise<void> {
    const seen = this.#version
    for (let more = true; more; ) more = await this.#bringSome(db)
    await this.#forgetGone(db)
    this.#seen = seen
  }

  get #version(): number {
    return this.#control.pragma('data_version', { simple: true }) as number
  }

  async #bringSome(db: DuckDBConnection): Promise<boolean> {
    const found: Finished[] = []
    for (const task of this.#sql.finished.iterate(this.#since - AGAIN_MS)) {
      if (this.#told.get(task.id) === task.finishedAt) continue
      found.push(task)
      if (found.length === MOST) break
    }
    if (found.length === 0) return false
    await db.run(`DELETE FROM tasks WHERE id IN (SELECT unnest(from_json($1, '["UUID"]')))`, [
      JSON.stringify(found.map(({ id }) => id)),
    ])
    for (const { id, tenant, kind, outcome, attempts, error, createdAt, finishedAt } of found) {
      this.#rows.add([id, tenant, kind, outcome, attempts, error, createdAt, finishedAt])
      this.#told.set(id, finishedAt)
      this.#since = Math.max(this.#since, finishedAt)
    }
    await this.#rows.appendTo(db, 'tasks')
    for (const [id, at] of this.#told) if (at < this.#since - AGAIN_MS) this.#told.delete(id)
    this.#changes += 1
    return found.length === MOST
  }

  async #forgetGone(db: DuckDBConnection): Promise<void> {
    const oldest = this.#sql.oldest.get() ?? Number.MAX_SAFE_INTEGER
    const tenants = JSON.stringify(this.#sql.tenants.all())
    if (this.#standing === `${oldest} ${tenants}`) return
    this.#standing = `${oldest} ${tenants}`
    const elder = await rowsOf<{ id: string }>(
      db,
      `SELECT id::VARCHAR AS id FROM tasks WHERE finished_at < ${Math.trunc(oldest)}`,
    )
    // One that runs again is there still.
    const swept = elder.filter(({ id }) => this.#sql.exists.get(id) === undefined).map(({ id }) => id)
    await db.run(
      `DELETE FROM tasks WHERE id IN (SELECT unnest(from_json($1, '["UUID"]')))
         OR tenant NOT IN (SELECT unnest(from_json($2, '["UUID"]')))`,
      [JSON.stringify(swept), tenants],
    )
    this.#changes += 1
  }
}

function statements(control: Database) {
  return {
    finished: control.prepare<[number], Finished>(
      `SELECT id, tenant_id AS tenant, kind, state AS outcome, attempts, error, created_at AS createdAt, finished_at AS finishedAt
       FROM tasks WHERE finished_at >= ? AND tenant_id IS NOT NULL ORDER BY finished_at, id`,
    ),
    oldest: control.prepare<[], number | null>('SELECT min(finished_at) FROM tasks').pluck(),
    exists: control.prepare<[string], number>('SELECT 1 FROM tasks WHERE id = ?').pluck(),
    tenants: control.prepare<[], string>('SELECT id FROM tenants ORDER BY id').pluck(),
  }
}
