import type { ProjectId, TenantId } from '../../../ids.ts'
import { rowsOf } from '../duckdb.ts'
import { int, projectKey, type QuestionSources, type Range, tenantKey } from './filter.ts'

const HOUR = 3_600_000

/** One full hour of one project. Hours in which nothing ran are not there. */
export interface HourRow {
  projectId: ProjectId
  /** When it began. */
  at: number
  count: number
  errors: number
  latencyP95: number | null
}

/** The hours of each of a tenant's projects, or of one, in order. */
export async function hourly(
  { db, telemetry }: QuestionSources,
  { tenantId, projectId, range }: { tenantId: TenantId; projectId?: ProjectId; range: Range },
): Promise<HourRow[]> {
  const tenant = tenantKey(telemetry, tenantId)
  const project = projectId === undefined ? '' : ` AND t.project = ${int(projectKey(telemetry, projectId, tenant))}`
  return rowsOf<HourRow>(
    db,
    `SELECT p.id::VARCHAR AS projectId, h.at, h.count, h.errors, h.latencyP95 FROM (
       SELECT t.project, (t.started_at // ${HOUR}) * ${HOUR} AS at, count(*) AS count, count(*) FILTER (t.failed) AS errors,
         quantile_cont(t.latency_ms, 0.95) AS latencyP95
       FROM traces t WHERE t.tenant = ${int(tenant)} AND t.started_at BETWEEN ${int(range.from)} AND ${int(range.to)}${project}
       GROUP BY 1, 2
     ) h JOIN projects p ON p.key = h.project ORDER BY h.project, h.at`,
  )
}

/** A trace of a range that stands for it: the one whose latency is nearest to a value, or the latest that failed. Null when there is none. */
export async function traceNear(
  { db, telemetry }: QuestionSources,
  {
    tenantId,
    projectId,
    range,
    by,
  }: { tenantId: TenantId; projectId: ProjectId; range: Range; by: { latencyMs: number } | 'failed' | 'latest' },
): Promise<string | null> {
  const tenant = tenantKey(telemetry, tenantId)
  const order =
    typeof by === 'object' ? `abs(latency_ms - ${Number(by.latencyMs)}) NULLS LAST, key` : 'started_at DESC, key DESC'
  const [row] = await rowsOf<{ id: string }>(
    db,
    `SELECT id::VARCHAR AS id FROM traces WHERE tenant = ${int(tenant)} AND project = ${int(projectKey(telemetry, projectId, tenant))}
       AND started_at BETWEEN ${int(range.from)} AND ${int(range.to)}${by === 'failed' ? ' AND failed' : ''} ORDER BY ${order} LIMIT 1`,
  )
  return row?.id ?? null
}

/** How the latencies of each project are spread: their quantiles at `levels`. */
export async function latencyTails(
  { db, telemetry }: QuestionSources,
  {
    tenantId,
    projectId,
    range,
    levels,
  }: { tenantId: TenantId; projectId?: ProjectId; range: Range; levels: readonly number[] },
): Promise<{ projectId: ProjectId; count: number; values: number[] }[]> {
  const tenant = tenantKey(telemetry, tenantId)
  const project = projectId === undefined ? '' : ` AND t.project = ${int(projectKey(telemetry, projectId, tenant))}`
  return rowsOf(
    db,
    `SELECT p.id::VARCHAR AS projectId, l.count, l.values FROM (
       SELECT t.project, count(t.latency_ms) AS count, quantile_cont(t.latency_ms, [${levels.map(Number)}]) AS values
       FROM traces t WHERE t.tenant = ${int(tenant)} AND t.started_at BETWEEN ${int(range.from)} AND ${int(range.to)}${project}
         AND t.latency_ms IS NOT NULL
       GROUP BY 1
     ) l JOIN projects p ON p.key = l.project`,
  )
}
