import type { ProjectId, TenantId } from '../../../ids.ts'
import { bucketNumber, runsOf } from '../buckets.ts'
import { rowsOf } from '../duckdb.ts'
import { int, projectKey, type QuestionSources, type Range, tenantKey, Values } from './filter.ts'

/** Evaluations of one project that have a score; by when they were asked for. */
export interface EvalFilter {
  tenantId: TenantId
  projectId: ProjectId
  metric?: string
}

/** A score passes from one half on. */
const PASSES = 'score >= 0.5'

export interface EvalTrendBucket {
  /** When it begins. */
  at: number
  metric: string
  average: number
  count: number
  passRate: number
}

/** Buckets that have evaluations, in order, a row for each metric. */
export async function evalTrends(
  sources: QuestionSources,
  { filter, range, edges }: { filter: EvalFilter; range: Range; edges: readonly number[] },
): Promise<EvalTrendBucket[]> {
  const { where, values } = scored(sources, filter, range)
  const rows = await rowsOf<Omit<EvalTrendBucket, 'at'> & { bucket: number }>(
    sources.db,
    `SELECT ${bucketNumber(runsOf(edges), 'created_at')} AS bucket, metric, avg(score) AS average, count(*) AS count,
       count(*) FILTER (${PASSES}) / count(*) AS passRate
     FROM evaluations WHERE ${where} GROUP BY 1, 2 ORDER BY 1, 2`,
    values.list,
  )
  return rows.map(({ bucket, ...row }) => ({ at: edges[bucket] ?? range.from, ...row }))
}

/** How many scores lie in each of `buckets` equal parts of 0 to 1; the last one holds 1 too. */
export async function evalHistogram(
  sources: QuestionSources,
  { filter, range, buckets }: { filter: EvalFilter; range: Range; buckets: number },
): Promise<number[]> {
  const { where, values } = scored(sources, filter, range)
  const rows = await rowsOf<{ at: number; count: number }>(
    sources.db,
    `SELECT greatest(0, least(${int(buckets - 1)}, floor(score * ${int(buckets)} + 1e-9)))::INTEGER AS at, count(*) AS count
     FROM evaluations WHERE ${where} GROUP BY 1`,
    values.list,
  )
  const counts = new Array<number>(buckets).fill(0)
  for (const { at, count } of rows) counts[at] = count
  return counts
}

export interface EvalWindow {
  average: number | null
  count: number
  passRate: number | null
}

export async function evalWindow(
  sources: QuestionSources,
  { filter, range }: { filter: EvalFilter; range: Range },
): Promise<EvalWindow> {
  const { where, values } = scored(sources, filter, range)
  const [row] = await rowsOf<EvalWindow>(
    sources.db,
    `SELECT avg(score) AS average, count(*) AS count, CASE WHEN count(*) > 0 THEN count(*) FILTER (${PASSES}) / count(*) END AS passRate
     FROM evaluations WHERE ${where}`,
    values.list,
  )
  return row ?? { average: null, count: 0, passRate: null }
}

function scored(
  { telemetry }: QuestionSources,
  filter: EvalFilter,
  { from, to }: Range,
): { where: string; values: Values } {
  const tenant = tenantKey(telemetry, filter.tenantId)
  const project = projectKey(telemetry, filter.projectId, tenant)
  const values = new Values()
  const metric = filter.metric === undefined ? '' : ` AND metric = ${values.text(filter.metric)}`
  const where = `tenant = ${int(tenant)} AND project = ${int(project)} AND created_at BETWEEN ${int(from)} AND ${int(to)}
    AND status = 'complete' AND score IS NOT NULL${metric}`
  return { where, values }
}
