import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import path from 'node:path'
import type { TenantId } from '../../../ids.ts'
import { type DuckDBConnection, rowsOf } from '../duckdb.ts'
import { int, type QuestionSources, tenantKey } from '../questions/filter.ts'
import { CATALOG, SEPARATOR, TAG_SEPARATOR } from '../schema.ts'
import type { ConsoleTable } from './columns.ts'
import { consoleHome } from './messages.ts'

/** At the start: what was made before is not used again. */
export const clearConsole = (dir: string): void => rmSync(consoleHome(dir), { recursive: true, force: true })

const TIME = (column: string): string => `epoch_ms(${column})`
const TAGS = `CASE WHEN t.tags IS NULL THEN [] ELSE list_transform(string_split(trim(t.tags, '${SEPARATOR}'), '${SEPARATOR}'),
  tag -> replace(tag, '${TAG_SEPARATOR}', '=')) END`

/**
 * What people see, as queries of the mirror; `$TRACES` and `$TASKS` stand for the conditions that leave one tenant's rows of a range, `$PIECE` for
 * those that leave the traces of a piece.
 */
const TABLES: Record<ConsoleTable, string> = {
  traces: `SELECT t.id, p.id AS project_id, ${TIME('t.started_at')} AS started_at, t.latency_ms, t.failed, t.error, t.failure_type, t.name,
      t.model, t.environment, t.session_id, t.user_id, ${TAGS} AS tags, t.cost, t.prompt_tokens, t.completion_tokens, t.span_count
    FROM ${CATALOG}.traces t JOIN ${CATALOG}.projects p ON p.key = t.project WHERE $TRACES`,
  spans: `SELECT t.id AS trace_id, ${TIME('t.started_at + s.offset_ms')} AS started_at, s.latency_ms, s.name, s.type, s.failed, s.failure_type
    FROM ${CATALOG}.spans s JOIN ${CATALOG}.traces t ON t.key = s.trace WHERE s.tenant = t.tenant AND $TRACES AND s.trace $PIECE`,
  calls: `SELECT t.id AS trace_id, p.id AS project_id, ${TIME('t.started_at')} AS trace_started_at, c.latency_ms, c.failed, c.name, m.name AS model,
      c.provider, c.cost, c.prompt_tokens, c.completion_tokens, c.cache_read_tokens, c.cache_write_tokens, c.reasoning_tokens
    FROM ${CATALOG}.calls c JOIN ${CATALOG}.traces t ON t.key = c.trace JOIN ${CATALOG}.projects p ON p.key = t.project
      LEFT JOIN ${CATALOG}.models m ON m.key = c.model WHERE c.tenant = t.tenant AND $TRACES AND c.trace $PIECE`,
  feedback: `SELECT f.id, t.id AS trace_id, f.label, f.score, ${TIME('f.created_at')} AS created_at
    FROM ${CATALOG}.feedback f JOIN ${CATALOG}.traces t ON t.key = f.trace WHERE f.tenant = t.tenant AND $TRACES AND f.trace $PIECE`,
  evaluations: `SELECT e.id, t.id AS trace_id, e.metric, e.evaluator_type, e.context, e.status, e.label, e.score, ${TIME('e.created_at')} AS created_at
    FROM ${CATALOG}.evaluations e JOIN ${CATALOG}.traces t ON t.key = e.trace WHERE e.tenant = t.tenant AND $TRACES AND e.trace $PIECE`,
  tasks: `SELECT k.id, k.kind, k.outcome, k.attempts, k.error, ${TIME('k.created_at')} AS created_at, ${TIME('k.finished_at')} AS finished_at
    FROM ${CATALOG}.tasks k WHERE $TASKS`,
}

/** Traces that are copied by one statement: it holds no more than those in memory. */
const PIECE = 100_000
/** Copies of tenants who asked so long ago are thrown away with the next that is made. */
const OLD_MS = 60 * 60 * 1000

export interface AskSnapshot {
  dir: string
  tenantId: TenantId
  from: number
}

/**
 * A file that holds one tenant's rows and nothing else: whatever a statement does, there is nobody else's to reach. It is made of the
 * traces that started since `from`, and used again while nothing has changed. It is copied inside of DuckDB, piece by piece, on a connection
 * of its own whose transaction sees the mirror as it was in the beginning: charts and following go on meanwhile, folding afterwards.
 */
export async function consoleSnapshot(
  { db, telemetry, standing }: QuestionSources,
  { dir, tenantId, from }: AskSnapshot,
): Promise<string> {
  const tenant = int(tenantKey(telemetry, tenantId))
  const home = consoleHome(dir)
  mkdirSync(home, { recursive: true, mode: 0o700 })
  const file = path.join(home, `${tenant}-${int(from)}-${standing}.duckdb`)
  return waitForOther(file, async () => {
    if (existsSync(file)) return file
    tidy(home, tenant)
    const making = `${file}.making`
    rmSync(making, { force: true })
    try {
      await copy(db, making, (sql) =>
        sql
          .replaceAll('$TRACES', `t.tenant = ${tenant} AND t.started_at >= ${int(from)} AND t.key $PIECE`)
          .replaceAll('$TASKS', `k.tenant = '${tenantId}' AND k.finished_at >= ${int(from)}`),
      )
      renameSync(making, file)
    } finally {
      rmSync(making, { force: true })
    }
    return file
  })
}

const making = new Map<string, Promise<string>>()

/** Two who ask for the same file at once wait for one. */
function waitForOther(file: string, make: () => Promise<string>): Promise<string> {
  const known = making.get(file)
  if (known) return known
  const made = make().finally(() => making.delete(file))
  making.set(file, made)
  return made
}

/** Leaves the tenant's last one, which a statement may be about to open. */
function tidy(home: string, tenant: string): void {
  const files = readdirSync(home)
    .filter((name) => name.endsWith('.duckdb'))
    .map((name) => ({ name, at: statSync(path.join(home, name)).mtimeMs }))
    .sort((a, b) => b.at - a.at)
  const [last] = files.filter(({ name }) => name.startsWith(`${tenant}-`))
  for (const { name, at } of files) {
    const own = name.startsWith(`${tenant}-`)
    if (own ? name !== last?.name : at < Date.now() - OLD_MS) rmSync(path.join(home, name), { force: true })
  }
}

let copies = 0

async function copy(db: DuckDBConnection, file: string, of: (sql: string) => string): Promise<void> {
  const to = `console_${++copies}`
  await db.run(`ATTACH '${file.replaceAll("'", "''")}' AS ${to} (RECOVERY_MODE NO_WAL_WRITES)`)
  try {
    const [bounds] = await rowsOf<{ least: number | null; most: number | null }>(
      db,
      of(`SELECT min(t.key) AS least, max(t.key) AS most FROM ${CATALOG}.traces t WHERE $TRACES`).replaceAll(
        '$PIECE',
        'IS NOT NULL',
      ),
    )
    for (const [table, sql] of Object.entries(TABLES)) {
      await db.run(`CREATE TABLE ${to}.${table} AS ${of(sql).replaceAll('$PIECE', 'IS NULL')} LIMIT 0`)
      for (const piece of sql.includes('$TRACES') ? piecesOf(bounds) : [''])
        await db.run(`INSERT INTO ${to}.${table} ${of(sql).replaceAll('$PIECE', piece)}`)
    }
    await db.run('COMMIT')
    await db.run(`CHECKPOINT ${to}`)
  } catch (error) {
    await db.run('ROLLBACK').catch(() => undefined)
    throw error
  } finally {
    await db.run(`DETACH ${to}`)
  }
}

function piecesOf(bounds: { least: number | null; most: number | null } | undefined): string[] {
  const { least = null, most = null } = bounds ?? {}
  if (least === null || most === null) return []
  const count = Math.ceil((most - least + 1) / PIECE)
  return Array.from({ length: count }, (_, i) => {
    const from = least + i * PIECE
    return `BETWEEN ${int(from)} AND ${int(Math.min(most, from + PIECE - 1))}`
  })
}
