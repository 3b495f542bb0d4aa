import type { Clock } from '../../clock.ts'
import type { TenantId } from '../../ids.ts'
import type { Actor } from './actor.ts'
import { appendAudit } from './audit.ts'
import type { ControlDb, FailureDecisionRow } from './schema.ts'

export type FailureStatus = 'new' | 'acknowledged' | 'resolved'

/** What people decided of clusters of failures. One that nobody decided of is new. */
export class FailureDecisions {
  readonly #db: ControlDb
  readonly #clock: Clock

  constructor(db: ControlDb, clock: Clock) {
    this.#db = db
    this.#clock = clock
  }

  /** By signature. */
  async of(tenantId: TenantId, signatures: readonly string[]): Promise<Map<string, FailureDecisionRow>> {
    if (signatures.length === 0) return new Map()
    const rows = await this.#db
      .selectFrom('failure_decisions')
      .selectAll()
      .where('tenant_id', '=', tenantId)
      .where('signature', 'in', signatures)
      .execute()
    return new Map(rows.map((row) => [row.signature, row]))
  }

  async decide(actor: Actor, signature: string, status: FailureStatus, decidedBy: string): Promise<void> {
    const { tenantId } = actor
    const at = this.#clock.now()
    await this.#db.transaction().execute(async (trx) => {
      await trx
        .deleteFrom('failure_decisions')
        .where('tenant_id', '=', tenantId)
        .where('signature', '=', signature)
        .execute()
      if (status !== 'new') {
        const row = { tenant_id: tenantId, signature, status, decided_at: at, decided_by: decidedBy }
        await trx.insertInto('failure_decisions').values(row).execute()
      }
      const target = { type: 'failure_cluster', id: signature }
      await appendAudit(trx, {
        tenantId,
        actor,
        action: 'failure_cluster.status_changed',
        target,
        details: { status },
        at,
      })
    })
  }
}

/**
 * The status of a cluster whose latest failure came at `lastSeenAt`. What was resolved and came back is new again: nobody has to undo a
 * decision that turned out wrong.
 */
export function failureStatus(
  decision: FailureDecisionRow | undefined,
  lastSeenAt: number,
): { status: FailureStatus; reopened: boolean } {
  if (!decision) return { status: 'new', reopened: false }
  const reopened = decision.status === 'resolved' && lastSeenAt > decision.decided_at
  return { status: reopened ? 'new' : decision.status, reopened }
}
