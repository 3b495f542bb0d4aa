import type { Database } from 'better-sqlite3'
import type { ProjectId, TenantId } from '../../ids.ts'
import type { SessionTotals } from './sessions.ts'
import type { Statements, StoredTrace } from './statements.ts'
import type { TraceTerms } from './trace-terms.ts'

/**
 * What shall go, always of one tenant. `overwrite`: the bytes themselves are overwritten with zeros, which costs about as much
 * writing as storing them did; without it they stay in free pages of the file until something else is stored there.
 */
export type Erase =
  | { what: 'traces'; tenantId: TenantId; ids: readonly string[]; overwrite: boolean }
  /** Those that were received before `before`; without `projectId` all of the tenant's. */
  | { what: 'dead_letters'; tenantId: TenantId; projectId?: ProjectId; before: number; overwrite: boolean }
  /** Those of all tenants that were settled before `before`. */
  | { what: 'settled_dead_letters'; before: number }
  /** Up to a place that every follower has passed: who begins anew meets nothing that they speak of. */
  | { what: 'tombstones'; upTo: number }

/** How far an erasure is: `next` is where in `ids` it goes on. */
export interface Progress {
  next: number
  erased: number
  done: boolean
}

export const BEGIN: Progress = { next: 0, erased: 0, done: false }

/** Asked after each row that went: may this step go on? */
export type GoOn = () => boolean

/**
 * What hangs on a trace: rows by its key in the column `trace`, each with a row of long texts or without. A table that comes to
 * hold rows of a trace is named here; a test looks for those that are not.
 */
const PARTS: readonly { table: string; payloads?: string }[] = [
  { table: 'spans', payloads: 'span_payloads' },
  { table: 'events' },
  { table: 'feedback' },
  { table: 'evaluations' },
  { table: 'awaited_spans' },
  { table: 'said' },
  { table: 'stand_ins' },
  { table: 'repeats' },
  { table: 'attachment_uses' },
]

const FEW = 256

/**
 * Erases in steps, so that ingest waits for none of it longer than for a row or two. A trace vanishes at once, with its tombstone
 * (nobody reads half a trace); what hung on it is removed in the same step or in later ones, also after a crash.
 */
export class Eraser {
  readonly #sql: Statements
  readonly #terms: TraceTerms
  readonly #sessions: SessionTotals
  readonly #own: ReturnType<typeof statements>
  readonly #parts: Part[]

  constructor(db: Database, sql: Statements, terms: TraceTerms, sessions: SessionTotals) {
    this.#sql = sql
    this.#terms = terms
    this.#sessions = sessions
    this.#own = statements(db)
    this.#parts = PARTS.map((part) => new Part(db, part))
  }

  /** Is there anything left to remove of traces that have vanished? */
  get remains(): boolean {
    return this.#own.nextRemains.get() !== undefined
  }

  /** One step, inside the caller's transaction; it always gets at least one row further. */
  step(erase: Erase, from: Progress, goOn: GoOn, nextSeq: () => number): Progress {
    switch (erase.what) {
      case 'traces':
        return this.#traces(erase, from, goOn, nextSeq)
      case 'dead_letters':
        return this.#deadLetters(erase, from, goOn)
      case 'settled_dead_letters':
        return this.#drop(this.#own.lettersSettled.all(erase.before, FEW), from, goOn)
      case 'tombstones': {
        const { changes } = this.#own.dropTombstones.run(erase.upTo, FEW)
        return { ...from, erased: from.erased + changes, done: changes < FEW }
      }
      default:
        return erase satisfies never
    }
  }

  /** Removes what is left of traces that have vanished. True: nothing is left. */
  sweep(goOn: GoOn): boolean {
    for (let key = this.#own.nextRemains.get(); key !== undefined; key = this.#own.nextRemains.get()) {
      if (!this.#sweepTrace(key, goOn)) return false
      this.#own.removeRemains.run(key)
      if (!goOn()) return !this.remains
    }
    return true
  }

  #traces(
    { tenantId, ids }: Extract<Erase, { what: 'traces' }>,
    from: Progress,
    goOn: GoOn,
    nextSeq: () => number,
  ): Progress {
    const tenant = this.#sql.findTenant.get(tenantId)
    if (tenant === undefined) return { ...from, done: true }
    let { next, erased } = from
    if (!this.sweep(goOn)) return from
    while (next < ids.length) {
      const known = this.#sql.findTrace.get(tenant, ids[next] ?? '')
      next += 1
      if (known) {
        this.#vanish(tenant, known, nextSeq())
        erased += 1
        if (!this.#sweepTrace(known.key, goOn)) {
          this.#own.insertRemains.run(known.key)
          break
        }
      }
      if (!goOn()) break
    }
    return { next, erased, done: next === ids.length && !this.remains }
  }

  #vanish(tenant: number, known: StoredTrace, seq: number): void {
    const { key, project } = known
    this.#sessions.change({ tenant, project }, known, null)
    this.#terms.erase(tenant, known)
    this.#own.bury.run(seq, key)
    this.#own.dropPayload.run(key)
    this.#own.dropTrace.run(key)
  }

  /** False: the step is over before the trace is gone whole. */
  #sweepTrace(key: number, goOn: GoOn): boolean {
    return this.#parts.every((part) => part.sweep(key, goOn))
  }

  #deadLetters(erase: Extract<Erase, { what: 'dead_letters' }>, from: Progress, goOn: GoOn): Progress {
    const { tenantId, projectId, before } = erase
    const tenant = this.#sql.findTenant.get(tenantId)
    const project = projectId === undefined ? undefined : this.#own.projectOf.get(projectId, tenant ?? 0)
    if (tenant === undefined || (projectId !== undefined && project === undefined)) return { ...from, done: true }
    const letters =
      project === undefined
        ? this.#own.lettersOf.all(tenant, before, FEW)
        : this.#own.lettersIn.all(project, before, FEW)
    return this.#drop(letters, from, goOn)
  }

  #drop(letters: readonly number[], from: Progress, goOn: GoOn): Progress {
    let { erased } = from
    for (const key of letters) {
      this.#own.dropLetterPayload.run(key)
      this.#own.dropLetter.run(key)
      erased += 1
      if (!goOn()) return { ...from, erased }
    }
    return { ...from, erased, done: letters.length < FEW }
  }
}

/** One table of rows that hang on a trace. */
class Part {
  readonly #some
  readonly #drops

  constructor(db: Database, { table, payloads }: (typeof PARTS)[number]) {
    this.#some = db.prepare<[number, number], number>(`SELECT key FROM ${table} WHERE trace = ? LIMIT ?`).pluck()
    this.#drops = [payloads, table]
      .filter((name) => name !== undefined)
      .map((name) => db.prepare<[number]>(`DELETE FROM ${name} WHERE key = ?`))
  }

  sweep(trace: number, goOn: GoOn): boolean {
    for (;;) {
      const keys = this.#some.all(trace, FEW)
      for (const key of keys) {
        for (const drop of this.#drops) drop.run(key)
        if (!goOn()) return false
      }
      if (keys.length < FEW) return true
    }
  }
}

function statements(db: Database) {
  const keys = <P extends unknown[]>(sql: string) => db.prepare<P, number>(sql).pluck()
  return {
    bury: db.prepare<[number, number]>(
      'INSERT INTO tombstones (seq, tenant, project, trace_key, id) SELECT ?, tenant, project, key, id FROM traces WHERE key = ?',
    ),
    dropPayload: db.prepare<[number]>('DELETE FROM trace_payloads WHERE key = ?'),
    dropTrace: db.prepare<[number]>('DELETE FROM traces WHERE key = ?'),

    insertRemains: db.prepare<[number]>('INSERT INTO remains (key) VALUES (?)'),
    removeRemains: db.prepare<[number]>('DELETE FROM remains WHERE key = ?'),
    nextRemains: keys<[]>('SELECT key FROM remains LIMIT 1'),

    projectOf: keys<[string, number]>('SELECT key FROM projects WHERE id = ? AND tenant = ?'),
    lettersOf: keys<[number, number, number]>(
      'SELECT key FROM dead_letters WHERE tenant = ? AND received_at < ? ORDER BY received_at, key LIMIT ?',
    ),
    lettersIn: keys<[number, number, number]>(
      'SELECT key FROM dead_letters WHERE project = ? AND received_at < ? ORDER BY received_at, key LIMIT ?',
    ),
    lettersSettled: keys<[number, number]>(
      'SELECT key FROM dead_letters WHERE settled_at < ? ORDER BY settled_at LIMIT ?',
    ),
    dropLetterPayload: db.prepare<[number]>('DELETE FROM dead_letter_payloads WHERE key = ?'),
    dropLetter: db.prepare<[number]>('DELETE FROM dead_letters WHERE key = ?'),

    dropTombstones: db.prepare<[number, number]>(
      'DELETE FROM tombstones WHERE seq IN (SELECT seq FROM tombstones WHERE seq <= ? ORDER BY seq LIMIT ?)',
    ),
  }
}
