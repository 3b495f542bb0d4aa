import type { Clock } from '../../clock.ts'
import { newId, type SessionId, type TenantId } from '../../ids.ts'
import type { Person } from './actor.ts'
import { type Author, appendAudit } from './audit.ts'
import type { ControlDb } from './schema.ts'
import type { Login } from './users.ts'

/** How often the time a session was last seen is written down. */
const SEEN_EVERY_MS = 60_000

export interface LiveSession {
  person: Person
  expiresAt: number
}

/** Sessions: a signed-in person's stay. A session that ended, by log-out or by time, is never found again. */
export class Sessions {
  readonly #db: ControlDb
  readonly #clock: Clock

  constructor(db: ControlDb, clock: Clock) {
    this.#db = db
    this.#clock = clock
  }

  /** Opens a session: a successful log-in. */
  open(
    { user, tenantId, plan, role }: Omit<Login, 'status'>,
    expiresAt: number,
    address: string | null,
  ): Promise<LiveSession> {
    const at = this.#clock.now()
    const sessionId = newId<SessionId>(at)
    const person: Person = { kind: 'person', tenantId, plan, userId: user.id, email: user.email, role, sessionId }
    return this.#db.transaction().execute(async (trx) => {
      await trx
        .insertInto('sessions')
        .values({
          id: sessionId,
          user_id: user.id,
          tenant_id: tenantId,
          created_at: at,
          expires_at: expiresAt,
          revoked_at: null,
          last_seen_at: at,
        })
        .execute()
      const target = { type: 'session', id: sessionId }
      await appendAudit(trx, { tenantId, actor: person, action: 'auth.login', target, details: { address }, at })
      return { person, expiresAt }
    })
  }

  /** Records a log-in that failed, in the organisation it was meant for. */
  refused({ user, tenantId }: Login, reason: 'wrong_password' | 'suspended', address: string | null): Promise<void> {
    const actor: Author = { kind: 'stranger', address }
    const target = { type: 'user', id: user.id }
    const at = this.#clock.now()
    return this.#db
      .transaction()
      .execute((trx) =>
        appendAudit(trx, { tenantId, actor, action: 'auth.login_failed', target, details: { reason }, at }),
      )
  }

  /** The session and its person as they are now: role, plan and suspension act at once. */
  async find(sessionId: SessionId, tenantId: TenantId): Promise<LiveSession | undefined> {
    const now = this.#clock.now()
    const row = await this.#db
      .selectFrom('sessions as s')
      .innerJoin('memberships as m', (on) =>
        on.onRef('m.tenant_id', '=', 's.tenant_id').onRef('m.user_id', '=', 's.user_id'),
      )
      .innerJoin('users as u', 'u.id', 's.user_id')
      .innerJoin('tenants as t', 't.id', 's.tenant_id')
      .select(['s.user_id', 's.expires_at', 's.last_seen_at', 'u.email', 'm.role', 't.plan'])
      .where('s.id', '=', sessionId)
      .where('s.tenant_id', '=', tenantId)
      .where('s.revoked_at', 'is', null)
      .where('s.expires_at', '>', now)
      .where('m.status', '=', 'active')
      .executeTakeFirst()
    if (!row) return undefined
    if (now - row.last_seen_at >= SEEN_EVERY_MS) await this.#seen(sessionId, now)
    const { user_id: userId, email, role, plan } = row
    return { person: { kind: 'person', tenantId, plan, userId, email, role, sessionId }, expiresAt: row.expires_at }
  }

  /** Lets a session in use live longer; not an act of anybody, so not audited. */
  async extend(sessionId: SessionId, expiresAt: number): Promise<void> {
    await this.#db
      .updateTable('sessions')
      .set({ expires_at: expiresAt })
      .where('id', '=', sessionId)
      .where('revoked_at', 'is', null)
      .where('expires_at', '<', expiresAt)
      .execute()
  }

  /** Ends the person's own session: a log-out. */
  close(person: Person): Promise<void> {
    const at = this.#clock.now()
    return this.#db.transaction().execute(async (trx) => {
      const { numUpdatedRows } = await trx
        .updateTable('sessions')
        .set({ revoked_at: at })
        .where('id', '=', person.sessionId)
        .where('tenant_id', '=', person.tenantId)
        .where('revoked_at', 'is', null)
        .executeTakeFirst()
      if (numUpdatedRows === 0n) return
      const target = { type: 'session', id: person.sessionId }
      await appendAudit(trx, { tenantId: person.tenantId, actor: person, action: 'auth.logout', target, at })
    })
  }

  async #seen(sessionId: SessionId, at: number): Promise<void> {
    await this.#db.updateTable('sessions').set({ last_seen_at: at }).where('id', '=', sessionId).execute()
  }
}
