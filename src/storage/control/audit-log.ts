import type { TenantId } from '../../ids.ts'
import { type ChainCheck, type ChainHead, FIRST_PREV_HASH, verifyChain } from './audit.ts'
import type { AuditRow, ControlDb } from './schema.ts'

/** Entries read at a time while a chain is verified. */
const PART = 1_000

/** Reads a tenant's audit chain. Nothing here writes: entries come from `appendAudit`, with the act they tell of. */
export class AuditLog {
  readonly #db: ControlDb

  constructor(db: ControlDb) {
    this.#db = db
  }

  /** Newest first; `before` is the `n` of the last entry of the page before. */
  list(tenantId: TenantId, { before, limit }: { before?: number | undefined; limit: number }): Promise<AuditRow[]> {
    return this.#db
      .selectFrom('audit_entries')
      .selectAll()
      .where('tenant_id', '=', tenantId)
      .$if(before !== undefined, (q) => q.where('n', '<', before ?? 0))
      .orderBy('n', 'desc')
      .limit(limit)
      .execute()
  }

  /** The last entry's number and hash; `n` is 0 for a tenant without entries. */
  async head(tenantId: TenantId): Promise<ChainHead> {
    const last = await this.#db
      .selectFrom('audit_entries')
      .select(['n', 'curr_hash as hash'])
      .where('tenant_id', '=', tenantId)
      .orderBy('n', 'desc')
      .limit(1)
      .executeTakeFirst()
    return last ?? { n: 0, hash: FIRST_PREV_HASH }
  }

  /** Checks the whole chain, a part at a time. */
  async verify(tenantId: TenantId): Promise<ChainCheck> {
    let check: ChainCheck = { ok: true, head: { n: 0, hash: FIRST_PREV_HASH } }
    while (check.ok) {
      const rows = await this.#after(tenantId, check.head.n)
      if (rows.length === 0) break
      check = verifyChain(rows, check.head)
    }
    return check
  }

  #after(tenantId: TenantId, n: number): Promise<AuditRow[]> {
    return this.#db
      .selectFrom('audit_entries')
      .selectAll()
      .where('tenant_id', '=', tenantId)
      .where('n', '>', n)
      .orderBy('n')
      .limit(PART)
      .execute()
  }
}
