import type { Database } from 'better-sqlite3'
import type { ProjectId, TenantId, TraceId } from '../../../ids.ts'

/** A place in a project's traces, oldest first: where a page ended. */
export type OldPlace = readonly [startedAt: number, key: number]

export interface OldTrace {
  id: TraceId
  startedAt: number
  key: number
}

export interface AskBefore {
  tenantId: TenantId
  projectId: ProjectId
  /** Milliseconds, exclusive. */
  before: number
  now: number
  after: OldPlace | null
  limit: number
}

/**
 * A project's traces that are older than `before`, oldest first. The age is that of the trace's start, which may have come with a wrong
 * clock: one that claims to start after `now` is as old as its arrival.
 */
export const tracesBefore = (db: Database, ask: AskBefore): OldTrace[] =>
  db.transaction(() => {
    const project = db
      .prepare<[string, string], number>(
        'SELECT p.key FROM projects p JOIN tenants n ON n.key = p.tenant WHERE p.id = ? AND n.id = ?',
      )
      .pluck()
      .get(ask.projectId, ask.tenantId)
    if (project === undefined) return []
    const old = db.prepare<Walk, OldTrace>(STARTED_BEFORE).all(project, ...(ask.after ?? OLDEST), ask.before, ask.limit)
    const room = ask.limit - old.length
    if (room === 0) return old
    const edge = Math.max(ask.now, ask.before)
    const from = ask.after && ask.after[0] > edge ? ask.after : ([edge, Number.MAX_SAFE_INTEGER] as const)
    return old.concat(db.prepare<Walk, OldTrace>(ARRIVED_BEFORE).all(project, ...from, ask.before, room))
  })()

type Walk = [project: number, startedAt: number, key: number, before: number, limit: number]

const OLDEST: OldPlace = [Number.MIN_SAFE_INTEGER, 0]

const walk = (age: string): string =>
  `SELECT id, started_at AS startedAt, key FROM traces INDEXED BY traces_project
   WHERE project = ? AND (started_at, key) > (?, ?) AND ${age} < ? ORDER BY started_at, key LIMIT ?`
const STARTED_BEFORE = walk('started_at')
const ARRIVED_BEFORE = walk('created_at')

/** Whose trace it is, too: for those who look over all tenants. */
export interface FirstTrace {
  id: TraceId
  tenantId: TenantId
  key: number
}

/** The traces of all tenants in the order in which they came, after the one with the key `after`. */
export const firstTraces = (db: Database, { after, limit }: { after: number; limit: number }): FirstTrace[] =>
  db
    .prepare<[number, number], FirstTrace>(
      `SELECT t.id, n.id AS tenantId, t.key FROM traces t CROSS JOIN tenants n ON n.key = t.tenant
       WHERE t.key > ? ORDER BY t.key LIMIT ?`,
    )
    .all(after, limit)
