import type { ProjectId, TenantId } from '../../../ids.ts'
import { rowsOf } from '../duckdb.ts'
import { int, projectKey, type QuestionSources, type Range, tenantKey, Values } from './filter.ts'

export interface FailureFilter {
  tenantId: TenantId
  projectId?: ProjectId
  signature?: string
}

/** Failures that are one problem, in a range of when their traces started. */
export interface ClusterRow {
  signature: string
  projectId: string
  type: string | null
  /** Masked. */
  message: string
  span: string
  failureType: string | null
  /** Failures; a trace may have several. */
  count: number
  traces: number
  sessions: number
  users: number
  firstAt: number
  lastAt: number
  /** When the appliance had the latest. */
  lastSeenAt: number
  /** The latest traces first, at most five. */
  samples: string[]
  /** Failures in each of the 24 hours before `trendTo`, the oldest first. */
  trend: number[]
}

export interface AskClusters {
  filter: FailureFilter
  range: Range
  trendTo: number
  limit: number
}

const HOUR = 3_600_000
const SAMPLES = 5

/** Clusters by how often they occurred. */
export async function failureClusters(sources: QuestionSources, ask: AskClusters): Promise<ClusterRow[]> {
  const { where, values } = conditions(sources, ask.filter, ask.range)
  const rows = await rowsOf<Omit<ClusterRow, 'trend'>>(
    sources.db,
    `SELECT f.signature, any_value(p.id)::VARCHAR AS projectId, any_value(f.type) AS type, any_value(f.message) AS message,
       any_value(f.span) AS span, mode(f.failure_type) AS failureType, count(*) AS count, count(DISTINCT f.trace) AS traces,
       count(DISTINCT t.session_id) AS sessions, count(DISTINCT t.user_id) AS users, min(f.started_at) AS firstAt,
       max(f.started_at) AS lastAt, max(f.seen_at) AS lastSeenAt,
       max_by(t.id::VARCHAR, f.started_at, ${int(SAMPLES * 4)}) AS samples
     FROM failures f JOIN traces t ON t.key = f.trace JOIN projects p ON p.key = f.project WHERE ${where}
     GROUP BY f.signature ORDER BY count DESC, f.signature LIMIT ${int(ask.limit)}`,
    values.list,
  )
  const distinct = rows.map((row) => ({ ...row, samples: [...new Set(row.samples)].slice(0, SAMPLES) }))
  return withTrends(sources, ask, distinct)
}

async function withTrends(
  sources: QuestionSources,
  { filter, trendTo }: AskClusters,
  rows: readonly Omit<ClusterRow, 'trend'>[],
): Promise<ClusterRow[]> {
  const from = trendTo - 24 * HOUR
  const { where, values } = conditions(sources, filter, { from, to: trendTo - 1 })
  const trends = new Map(rows.map(({ signature }) => [signature, new Array<number>(24).fill(0)]))
  const counted = await rowsOf<{ signature: string; hour: number; count: number }>(
    sources.db,
    `SELECT f.signature, ((f.started_at - ${int(from)}) // ${HOUR})::INTEGER AS hour, count(*) AS count
     FROM failures f WHERE ${where} GROUP BY 1, 2`,
    values.list,
  )
  for (const { signature, hour, count } of counted) trends.get(signature)?.splice(hour, 1, count)
  return rows.map((row) => ({ ...row, trend: trends.get(row.signature) ?? [] }))
}

export interface ClusterDetail {
  /** How it was said, the most frequent first. */
  variants: { text: string; count: number }[]
  models: { name: string; count: number }[]
  traceNames: { name: string | null; count: number }[]
  feedback: { label: string; count: number }[]
  latest: { id: string; name: string | null; startedAt: number; message: string }[]
}

const MOST = 10
const LATEST = 20

/** What is known of one cluster besides its numbers. */
export async function failureDetail(
  sources: QuestionSources,
  { filter, range }: { filter: FailureFilter; range: Range },
): Promise<ClusterDetail> {
  const { where, values } = conditions(sources, filter, range)
  const ask = <Row>(select: string, from = '', group = 'GROUP BY 1 ORDER BY count DESC, 1') =>
    rowsOf<Row>(
      sources.db,
      `SELECT ${select} FROM failures f JOIN traces t ON t.key = f.trace ${from} WHERE ${where} ${group} LIMIT ${int(MOST)}`,
      values.list,
    )
  const latest = await rowsOf<ClusterDetail['latest'][number]>(
    sources.db,
    `SELECT t.id::VARCHAR AS id, any_value(t.name) AS name, any_value(t.started_at) AS startedAt, any_value(f.variant) AS message
     FROM failures f JOIN traces t ON t.key = f.trace WHERE ${where}
     GROUP BY t.id ORDER BY startedAt DESC, id DESC LIMIT ${int(LATEST)}`,
    values.list,
  )
  return {
    variants: await ask('f.variant AS text, count(*) AS count'),
    models: await ask(
      'm.name, count(*) AS count',
      'JOIN calls c ON c.trace = f.trace AND c.name = f.span JOIN models m ON m.key = c.model',
    ),
    traceNames: await ask('t.name AS name, count(DISTINCT t.key) AS count'),
    feedback: await ask('b.label AS label, count(DISTINCT b.key) AS count', 'JOIN feedback b ON b.trace = f.trace'),
    latest,
  }
}

function conditions(
  { telemetry }: QuestionSources,
  { tenantId, projectId, signature }: FailureFilter,
  { from, to }: Range,
): { where: string; values: Values } {
  const tenant = tenantKey(telemetry, tenantId)
  const values = new Values()
  const project = projectId === undefined ? '' : ` AND f.project = ${int(projectKey(telemetry, projectId, tenant))}`
  const cluster = signature === undefined ? '' : ` AND f.signature = ${values.text(signature)}`
  return {
    where: `f.tenant = ${int(tenant)} AND f.started_at BETWEEN ${int(from)} AND ${int(to)}${project}${cluster}`,
    values,
  }
}
