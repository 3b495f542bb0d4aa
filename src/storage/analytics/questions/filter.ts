import { setImmediate } from 'node:timers/promises'
import type { Database } from 'better-sqlite3'
import type { ProjectId, TenantId } from '../../../ids.ts'
import { prepared } from '../../telemetry/questions/prepared.ts'
import type { Term } from '../../telemetry/terms.ts'
import { slotOf } from '../buckets.ts'
import { Rows } from '../columns.ts'
import { BIGINT, type DuckDBConnection, type DuckDBValue } from '../duckdb.ts'
import { SEPARATOR, tagMember } from '../schema.ts'
import type { Settled, Shape } from '../settled.ts'

/** What a question is put to. */
export interface QuestionSources {
  db: DuckDBConnection
  /** Names what is in: the same again means that nothing changed. */
  standing: string
  /** What was counted before and has not changed. */
  settled: Settled
  /** `telemetry.db`, for the numbers behind ids and for what only its term index knows. */
  telemetry: Database
}

/** Which traces, in the field's words. Everything composes by AND. */
export interface FactFilter {
  tenantId: TenantId
  projectId?: ProjectId
  /** The model of any of its spans. */
  model?: string
  environment?: string
  sessionId?: string
  userId?: string
  name?: string
  tag?: { key: string; value: string }
  failed?: boolean
  /** Equalities that only the term index of `telemetry.db` can answer: metadata. */
  terms: readonly Term[]
}

/** Milliseconds, both inclusive. */
export interface Range {
  from: number
  to: number
}

/** The values of a statement, bound by place. */
export class Values {
  readonly list: DuckDBValue[] = []

  text(value: string): string {
    return `$${this.list.push(value)}`
  }
}

/** A whole number as SQL: DuckDB skips row groups by constants, not by what is bound as a floating-point number. */
export const int = (value: number): string => String(Math.trunc(value))

export interface Scope {
  values: Values
  /**
   * The traces of the ranges, as `FROM` and `WHERE` that may go on with ` AND`. Each range is read for itself, since DuckDB skips what lies
   * outside of one range and not what lies between two.
   */
  traces(ranges: readonly Range[]): string
  /** The calls of these traces, likewise. */
  calls(ranges: readonly Range[]): string
  /** Conditions on a table with the columns `tenant`, `project` and `started_at`, which `calls` has too. */
  where(alias: string, ranges: readonly Range[]): string
  /** What follows from it for their slots. */
  whereSlots(alias: string, ranges: readonly Range[]): string
  /** Further conditions on `traces`. Empty when there are none. */
  onTraces(alias: string): string
  tenant: number
  /**
   * Parts of a question whose answer depends on what it is named by, on the filter and on traces and their calls. Null where it depends
   * on what is not told when it changes.
   */
  shape<P>(...name: unknown[]): Shape<P> | null
  limits: Settled['limits']
}

/** Runs a question within a filter: looks up numbers, and lays the traces that only the term index knows beside the tables. */
export async function within<T>(
  { db, telemetry, settled }: QuestionSources,
  filter: FactFilter,
  ranges: readonly Range[],
  ask: (scope: Scope) => Promise<T>,
): Promise<T> {
  const tenant = tenantKey(telemetry, filter.tenantId)
  const project = filter.projectId === undefined ? null : projectKey(telemetry, filter.projectId, tenant)
  const values = new Values()
  const where: Scope['where'] = (alias, of) => {
    const times = of.map(({ from, to }) => `${alias}.started_at BETWEEN ${int(from)} AND ${int(to)}`)
    const own = `${alias}.tenant = ${int(tenant)}${project === null ? '' : ` AND ${alias}.project = ${int(project)}`}`
    return `${own} AND (${times.join(' OR ')})`
  }
  const onTraces: Scope['onTraces'] = (alias) =>
    conditions(filter, alias, values)
      .map((condition) => ` AND ${condition}`)
      .join('')
  const tracesOf = (range: Range) => `traces t WHERE ${where('t', [range])}${onTraces('t')}`
  const callsOf = (range: Range) => {
    const further = onTraces('t')
    const among = `c.trace IN (SELECT t.key FROM traces t WHERE ${where('t', [range])}${further})`
    return `calls c WHERE ${where('c', [range])}${further === '' ? '' : ` AND ${among}`}`
  }
  const scope: Scope = {
    ...{ values, tenant, where, onTraces, limits: settled.limits },
    traces: (of) => united('t', of.map(tracesOf)),
    calls: (of) => united('c', of.map(callsOf)),
    whereSlots: (alias, of) => {
      const [first, last] = [Math.min(...of.map(({ from }) => from)), Math.max(...of.map(({ to }) => to))]
      return `${alias}.slot BETWEEN ${int(slotOf(first))} AND ${int(slotOf(last))}`
    },
    shape: (...name) => (filter.terms.length > 0 ? null : settled.shape(tenant, JSON.stringify([name, filter]))),
  }
  if (filter.terms.length === 0) return ask(scope)
  try {
    await layChosen(db, telemetry, { tenant, terms: filter.terms, ranges })
    return await ask(scope)
  } finally {
    await db.run('DROP TABLE IF EXISTS temp.chosen')
  }
}

/** Rows of several places as one source. */
const united = (alias: string, sources: readonly string[]): string =>
  sources.length === 1 && sources[0]
    ? sources[0]
    : `(${sources.map((source) => `SELECT * FROM ${source}`).join(' UNION ALL ')}) ${alias} WHERE true`

/** The number of a tenant in `telemetry.db`; -1, which nothing has, before its first trace. */
export const tenantKey = (telemetry: Database, id: TenantId): number =>
  prepared<[string], number>(telemetry, 'SELECT key FROM tenants WHERE id = ?', 'pluck').get(id) ?? -1

export const projectKey = (telemetry: Database, id: ProjectId, tenant: number): number =>
  prepared<[string, number], number>(telemetry, 'SELECT key FROM projects WHERE id = ? AND tenant = ?', 'pluck').get(
    id,
    tenant,
  ) ?? -1

function conditions(filter: FactFilter, t: string, values: Values): string[] {
  const found: string[] = []
  const equal = (column: string, value: string | undefined) => {
    if (value !== undefined) found.push(`${t}.${column} = ${values.text(value)}`)
  }
  equal('environment', filter.environment)
  equal('session_id', filter.sessionId)
  equal('user_id', filter.userId)
  equal('name', filter.name)
  if (filter.model !== undefined) {
    const member = values.text(`${SEPARATOR}${filter.model}${SEPARATOR}`)
    found.push(`(${t}.model = ${values.text(filter.model)} OR contains(${t}.models, ${member}))`)
  }
  if (filter.tag) {
    const { key, value } = filter.tag
    found.push(`contains(${t}.tags, ${values.text(`${SEPARATOR}${tagMember(key, value)}${SEPARATOR}`)})`)
  }
  if (filter.failed !== undefined) found.push(filter.failed ? `${t}.failed` : `NOT ${t}.failed`)
  if (filter.terms.length > 0) found.push(`${t}.key IN (SELECT key FROM temp.chosen)`)
  return found
}

const PAGE = 20_000
const ENOUGH = 10_000

interface Chosen {
  tenant: number
  terms: readonly Term[]
  ranges: readonly Range[]
}

/** Keys of the traces that have all of the terms, in a table of this connection. Read a page at a time, so that others get their turn. */
async function layChosen(db: DuckDBConnection, telemetry: Database, { tenant, terms, ranges }: Chosen): Promise<void> {
  await db.run('CREATE OR REPLACE TEMP TABLE chosen (key BIGINT)')
  const find = telemetry
    .prepare<[number, string, string], number>('SELECT key FROM terms WHERE tenant = ? AND name = ? AND value = ?')
    .pluck()
  const keys = terms.map(([name, value]) => find.get(tenant, name, value) ?? -1)
  const count = telemetry
    .prepare<[number], number>(`SELECT count(*) FROM (SELECT 1 FROM postings WHERE term = ? LIMIT ${ENOUGH})`)
    .pluck()
  const [rarest, ...others] = keys.map((key) => ({ key, count: count.get(key) ?? 0 })).sort((a, b) => a.count - b.count)
  if (!rarest) return
  const also = others.map(
    ({ key }) =>
      ` AND EXISTS (SELECT 1 FROM postings x WHERE x.term = ${int(key)} AND x.started_at = o.started_at AND x.trace = o.trace)`,
  )
  const page = telemetry
    .prepare<number[], [startedAt: number, trace: number]>(
      `SELECT o.started_at, o.trace FROM postings o
       WHERE o.term = ${int(rarest.key)} AND (o.started_at, o.trace) > (?, ?) AND o.started_at <= ?${also.join('')}
       ORDER BY o.started_at, o.trace LIMIT ${PAGE}`,
    )
    .raw()
  const chosen = new Rows([BIGINT])
  for (const { from, to } of ranges) {
    let rows = page.all(from, -1, to)
    while (rows.length > 0) {
      for (const [, trace] of rows) chosen.add([trace])
      await chosen.appendTo(db, 'chosen', 'temp')
      const [startedAt, trace] = rows.at(-1) ?? [0, 0]
      rows = rows.length === PAGE ? page.all(startedAt, trace, to) : []
      await setImmediate()
    }
  }
}
