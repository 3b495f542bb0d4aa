import path from 'node:path'
import { Kysely } from 'kysely'
import { systemClock } from '../../clock.ts'
import { openSqlite } from '../sqlite.ts'
import type { ChainCheck } from './audit.ts'
import { AuditLog } from './audit-log.ts'
import { ImmediateSqliteDialect } from './dialect.ts'
import type { ControlSchema } from './schema.ts'
import { Tenants } from './tenants.ts'

export interface ChainReport {
  organization: string
  organization_id: string
  check: ChainCheck
}

/** Verifies the audit chain of every organisation in the `control.db` of `dir`, from a connection that only reads. */
export async function readAuditChains(dir: string): Promise<ChainReport[]> {
  const database = openSqlite(path.join(dir, 'control.db'), { readonly: true, timeout: 10_000 })
  const db = new Kysely<ControlSchema>({ dialect: new ImmediateSqliteDialect({ database }) })
  try {
    const auditLog = new AuditLog(db)
    const reports: ChainReport[] = []
    for (const { id, name } of await new Tenants(db, systemClock).list()) {
      reports.push({ organization: name, organization_id: id, check: await auditLog.verify(id) })
    }
    return reports
  } finally {
    await db.destroy()
  }
}
