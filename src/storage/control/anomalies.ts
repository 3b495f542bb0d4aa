import type { AnomalyId, ProjectId, TenantId } from '../../ids.ts'
import type { AnomalyRow, ControlDb } from './schema.ts'

export interface ListAnomalies {
  projectId?: ProjectId | undefined
  type?: AnomalyRow['type'] | undefined
  /** Detected then; both inclusive. */
  from?: number | undefined
  to?: number | undefined
  limit: number
  after?: { detectedAt: number; id: string } | undefined
  /** How many to pass over; deprecated, and slow where it is large. */
  offset?: number | undefined
}

/** Anomalies that were found. */
export class Anomalies {
  readonly #db: ControlDb

  constructor(db: ControlDb) {
    this.#db = db
  }

  /** Writes them down. Answers those that are new: what was reported of a project, type and bucket before stays as it was. */
  async report(rows: readonly AnomalyRow[]): Promise<AnomalyRow[]> {
    const reported: AnomalyRow[] = []
    await this.#db.transaction().execute(async (trx) => {
      for (const row of rows) {
        const { numInsertedOrUpdatedRows } = await trx
          .insertInto('anomalies')
          .values(row)
          .onConflict((conflict) => conflict.columns(['project_id', 'type', 'bucket_at']).doNothing())
          .executeTakeFirst()
        if (numInsertedOrUpdatedRows === 1n) reported.push(row)
      }
    })
    return reported
  }

  /** Latest first. */
  list(tenantId: TenantId, { projectId, type, from, to, limit, after, offset }: ListAnomalies): Promise<AnomalyRow[]> {
    let query = this.#db.selectFrom('anomalies').selectAll().where('tenant_id', '=', tenantId)
    if (projectId !== undefined) query = query.where('project_id', '=', projectId)
    if (type !== undefined) query = query.where('type', '=', type)
    if (from !== undefined) query = query.where('detected_at', '>=', from)
    if (to !== undefined) query = query.where('detected_at', '<=', to)
    if (after)
      query = query.where((eb) =>
        eb.or([
          eb('detected_at', '<', after.detectedAt),
          eb.and([eb('detected_at', '=', after.detectedAt), eb('id', '<', after.id as AnomalyId)]),
        ]),
      )
    return query
      .orderBy('detected_at', 'desc')
      .orderBy('id', 'desc')
      .limit(limit)
      .$if(offset !== undefined && !after, (q) => q.offset(offset ?? 0))
      .execute()
  }

  get(tenantId: TenantId, id: AnomalyId): Promise<AnomalyRow | undefined> {
    return this.#db
      .selectFrom('anomalies')
      .selectAll()
      .where('tenant_id', '=', tenantId)
      .where('id', '=', id)
      .executeTakeFirst()
  }
}
