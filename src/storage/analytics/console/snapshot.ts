import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import path from 'node:path'
import type { TenantId } from '../../../ids.ts'
import { openDuckDb } from '../duckdb.ts'
import { int, type QuestionSources, tenantKey } from '../questions/filter.ts'
import { SEPARATOR, TAG_SEPARATOR } from '../schema.ts'
import type { ConsoleTable } from './columns.ts'
import { consoleHome } from './messages.ts'

/** At the start: what was made before is not used again. */
export const clearConsole = (dir: string): void => rmSync(consoleHome(dir), { recursive: true, force: true })

const TIME = (column: string): string => `epoch_ms(${column})`
const TAGS = `CASE WHEN t.tags IS NULL THEN [] ELSE list_transform(string_split(trim(t.tags, '${SEPARATOR}'), '${SEPARATOR}'),
  tag -> replace(tag, '${TAG_SEPARATOR}', '=')) END`

/** What people see, as queries of the mirror; `$TRACES` and `$TASKS` stand for the conditions that leave one tenant's rows of a range. */
const TABLES: Record<ConsoleTable, string> = {
  traces: `SELECT t.id, p.id AS project_id, ${TIME('t.started_at')} AS started_at, t.latency_ms, t.failed, t.error, t.failure_type, t.name,
      t.model, t.environment, t.session_id, t.user_id, ${TAGS} AS tags, t.cost, t.prompt_tokens, t.completion_tokens, t.span_count
    FROM traces t JOIN projects p ON p.key = t.project WHERE $TRACES`,
  spans: `SELECT t.id AS trace_id, ${TIME('t.started_at + s.offset_ms')} AS started_at, s.latency_ms, s.name, s.type, s.failed, s.failure_type
    FROM spans s JOIN traces t ON t.key = s.trace WHERE s.tenant = t.tenant AND $TRACES`,
  calls: `SELECT t.id AS trace_id, p.id AS project_id, ${TIME('t.started_at')} AS trace_started_at, c.latency_ms, c.failed, c.name, c.model,
      c.provider, c.cost, c.prompt_tokens, c.completion_tokens, c.cache_read_tokens, c.cache_write_tokens, c.reasoning_tokens
    FROM calls c JOIN traces t ON t.key = c.trace JOIN projects p ON p.key = t.project WHERE c.tenant = t.tenant AND $TRACES`,
  feedback: `SELECT f.id, t.id AS trace_id, f.label, f.score, ${TIME('f.created_at')} AS created_at
    FROM feedback f JOIN traces t ON t.key = f.trace WHERE f.tenant = t.tenant AND $TRACES`,
  evaluations: `SELECT e.id, t.id AS trace_id, e.metric, e.evaluator_type, e.context, e.status, e.label, e.score, ${TIME('e.created_at')} AS created_at
    FROM evaluations e JOIN traces t ON t.key = e.trace WHERE e.tenant = t.tenant AND $TRACES`,
  tasks: `SELECT k.id, k.kind, k.outcome, k.attempts, k.error, ${TIME('k.created_at')} AS created_at, ${TIME('k.finished_at')} AS finished_at
    FROM tasks k WHERE $TASKS`,
}

/**
 * A file that holds one tenant's rows and nothing else: whatever a statement does, there is nobody else's to reach. It is made of the
 * traces that started in the last `days`, and used again while nothing has changed.
 */
export async function consoleSnapshot(
  { db, telemetry, standing }: QuestionSources,
  { dir, tenantId, from }: { dir: string; tenantId: TenantId; from: number },
): Promise<string> {
  const tenant = tenantKey(telemetry, tenantId)
  const home = consoleHome(dir)
  mkdirSync(home, { recursive: true, mode: 0o700 })
  const name = `${int(tenant)}-${int(from)}-${standing}.duckdb`
  const file = path.join(home, name)
  if (existsSync(file)) return file
  for (const old of readdirSync(home))
    if (old.startsWith(`${int(tenant)}-`)) rmSync(path.join(home, old), { force: true })
  const making = `${file}.making`
  rmSync(making, { force: true })
  const instance = await openDuckDb(making, {
    memoryBytes: 256 * 1024 * 1024,
    threads: 1,
    spillDir: path.join(home, 'spill'),
  })
  const to = await instance.connect()
  try {
    for (const [table, sql] of Object.entries(TABLES)) {
      const query = sql
        .replace('$TRACES', `t.tenant = ${int(tenant)} AND t.started_at >= ${int(from)}`)
        .replace('$TASKS', `k.tenant = '${tenantId}' AND k.finished_at >= ${int(from)}`)
      const result = await db.stream(query)
      const types = result.columnTypes()
      await to.run(`CREATE TABLE ${table} (${result.columnNames().map((column, i) => `${column} ${types[i]}`)})`)
      const appender = await to.createAppender(table)
      for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk())
        appender.appendDataChunk(chunk)
      appender.closeSync()
    }
  } finally {
    to.closeSync()
    instance.closeSync()
  }
  renameSync(making, file)
  return file
}
