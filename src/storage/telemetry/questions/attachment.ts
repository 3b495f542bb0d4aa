import type { Database } from 'better-sqlite3'
import type { TenantId } from '../../../ids.ts'

export interface StoredAttachment {
  mediaType: string
  body: Uint8Array
}

/** An image, sound or file that a trace of the tenant shows; null when there is none, or the last of those traces was erased. */
export function attachment(
  db: Database,
  { tenantId, id }: { tenantId: TenantId; id: string },
): StoredAttachment | null {
  const found = db
    .prepare<[string, string], StoredAttachment>(
      `SELECT a.media_type AS mediaType, y.body FROM attachments a JOIN attachment_bodies y ON y.key = a.key
       WHERE a.tenant = (SELECT key FROM tenants WHERE id = ?) AND a.id = ?
         AND EXISTS (SELECT 1 FROM attachment_uses u JOIN traces t ON t.key = u.trace WHERE u.attachment = a.key)`,
    )
    .get(tenantId, id)
  return found ?? null
}
