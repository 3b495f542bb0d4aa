import { createHash } from 'node:crypto'
import { rfc3339 } from '../../clock.ts'
import { newId, type TenantId } from '../../ids.ts'
import type { Job, Key, Person } from './actor.ts'
import { canonicalJson } from './canonical-json.ts'
import type { AuditRow, ControlTrx } from './schema.ts'

/** The `prev_hash` of a tenant's first entry. */
export const FIRST_PREV_HASH = '0'.repeat(64)

/** Who an entry names: an actor, or somebody who could not prove who they are. */
export type Author =
  | Pick<Person, 'kind' | 'userId' | 'email' | 'role'>
  | Pick<Key, 'kind' | 'keyId'>
  | Pick<Job, 'kind' | 'name'>
  | { kind: 'stranger'; address: string | null }

export interface Act {
  tenantId: TenantId
  actor: Author
  /** `thing.done`, e.g. `project.archived`. */
  action: string
  target: { type: string; id: string } | null
  /** Anything JSON can hold; never a secret. */
  details?: Record<string, unknown>
  at: number
}

/**
 * Adds an act to its tenant's chain, inside the transaction that does it:
 * `curr_hash = sha256(prev_hash ‖ canonical JSON of the entry)`, hex.
 */
export async function appendAudit(
  trx: ControlTrx,
  { tenantId, actor, action, target, details = {}, at }: Act,
): Promise<void> {
  const last = await trx
    .selectFrom('audit_entries')
    .select(['n', 'curr_hash'])
    .where('tenant_id', '=', tenantId)
    .orderBy('n', 'desc')
    .limit(1)
    .executeTakeFirst()
  const entry = {
    tenant_id: tenantId,
    n: (last?.n ?? 0) + 1,
    id: newId<string>(at),
    at,
    actor: canonicalJson(authorJson(actor)),
    action,
    target_type: target?.type ?? null,
    target_id: target?.id ?? null,
    details: canonicalJson(details),
  }
  const prev_hash = last?.curr_hash ?? FIRST_PREV_HASH
  await trx
    .insertInto('audit_entries')
    .values({ ...entry, prev_hash, curr_hash: hashEntry(prev_hash, entry) })
    .execute()
}

export interface AuditEntry {
  tenant_id: TenantId
  n: number
  id: string
  /** RFC 3339 UTC with milliseconds. */
  at: string
  actor: unknown
  action: string
  target_type: string | null
  target_id: string | null
  details: unknown
}

/** The entry as it is shown, exported and hashed: without its two hashes. Throws when the stored JSON is broken. */
function auditEntry(row: Omit<AuditRow, 'prev_hash' | 'curr_hash'>): AuditEntry {
  const { tenant_id, n, id, at, action, target_type, target_id } = row
  const actor: unknown = JSON.parse(row.actor)
  const details: unknown = JSON.parse(row.details)
  return { tenant_id, n, id, at: rfc3339(at), actor, action, target_type, target_id, details }
}

/** Where a chain stands: number and hash of its last entry. */
export interface ChainHead {
  n: number
  hash: string
}

export type ChainCheck = { ok: true; head: ChainHead } | { ok: false; n: number; id: string; reason: string }

/**
 * Walks entries in order of `n` and names the first that is missing, moved or altered. `from` is the head before the first of
 * them, so that a long chain is checked in parts. Entries cut off the end show only against an anchor of the head.
 */
export function verifyChain(rows: Iterable<AuditRow>, from: ChainHead = { n: 0, hash: FIRST_PREV_HASH }): ChainCheck {
  let head = from
  for (const row of rows) {
    const reason = wrongWith(row, head)
    if (reason) return { ok: false, n: row.n, id: row.id, reason }
    head = { n: row.n, hash: row.curr_hash }
  }
  return { ok: true, head }
}

function wrongWith(row: AuditRow, head: ChainHead): string | null {
  if (row.n !== head.n + 1) return `entry ${head.n + 1} is missing before it`
  if (row.prev_hash !== head.hash) return 'its prev_hash is not the hash of the entry before it'
  try {
    if (hashEntry(row.prev_hash, row) !== row.curr_hash) return 'its content does not match its hash'
  } catch {
    return 'its content is not JSON any more'
  }
  return null
}

const hashEntry = (prevHash: string, row: Omit<AuditRow, 'prev_hash' | 'curr_hash'>): string =>
  createHash('sha256')
    .update(prevHash)
    .update(canonicalJson(auditEntry(row)))
    .digest('hex')

function authorJson(author: Author): Record<string, string | null> {
  switch (author.kind) {
    case 'person':
      return { kind: 'person', user_id: author.userId, email: author.email, role: author.role }
    case 'key':
      return { kind: 'key', key_id: author.keyId }
    case 'job':
      return { kind: 'job', name: author.name }
    case 'stranger':
      return { kind: 'stranger', address: author.address }
    default:
      return author satisfies never
  }
}
