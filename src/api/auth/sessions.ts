import type { Request } from 'express'
import jwt from 'jsonwebtoken'
import { z } from 'zod'
import type { Clock } from '../../clock.ts'
import type { SessionId, TenantId, UserId } from '../../ids.ts'
import type { ControlStore } from '../../storage/control/open.ts'
import type { LiveSession } from '../../storage/control/sessions.ts'
import { keyFor } from './secret.ts'

const SESSION_COOKIE = 'trulayer_session'
const ISSUER = 'trulayer'

const claims = z.object({ sub: z.guid(), sid: z.guid(), tid: z.guid(), iat: z.number(), exp: z.number() })

export interface SessionTokenOptions {
  control: ControlStore
  clock: Clock
  /** The appliance's secret, from `loadSecret`. */
  secret: Buffer
  /** How long a session lives without use; config `auth.session_hours`. */
  hours: number
}

export interface VerifiedSession extends LiveSession {
  /** The token's own times, in milliseconds. */
  issuedAt: number
  tokenExpiresAt: number
}

/**
 * Sessions on the wire: a JWT (HS256) that names a session row. The signature keeps strangers away from the database; the row,
 * looked up for each request, says whether the session still lives.
 */
export class SessionTokens {
  readonly #control: ControlStore
  readonly #clock: Clock
  readonly #key: Buffer
  readonly #lifeMs: number

  constructor({ control, clock, secret, hours }: SessionTokenOptions) {
    this.#control = control
    this.#clock = clock
    this.#key = keyFor(secret, 'sessions')
    this.#lifeMs = hours * 3_600_000
  }

  /** When a session that starts or is renewed now ends, in milliseconds. */
  expiry(): number {
    return this.#clock.now() + this.#lifeMs
  }

  sign({ person, expiresAt }: LiveSession): string {
    const { userId: sub, sessionId: sid, tenantId: tid } = person
    const payload = { sub, sid, tid, iat: Math.floor(this.#clock.now() / 1000), exp: Math.floor(expiresAt / 1000) }
    return jwt.sign(payload, this.#key, { algorithm: 'HS256', issuer: ISSUER })
  }

  /** The live session a token stands for; null when the token is not ours or has run out, or the session has ended. */
  async verify(token: string): Promise<VerifiedSession | null> {
    const read = this.#read(token)
    if (!read) return null
    const session = await this.#control.sessions.find(read.sid as SessionId, read.tid as TenantId)
    if (session?.person.userId !== (read.sub as UserId)) return null
    return { ...session, issuedAt: read.iat * 1000, tokenExpiresAt: read.exp * 1000 }
  }

  /** A new token when the old one is past half of its life, else null; the session lives on as long. */
  async renew({ person, issuedAt, tokenExpiresAt }: VerifiedSession): Promise<string | null> {
    if (this.#clock.now() < (issuedAt + tokenExpiresAt) / 2) return null
    const expiresAt = this.expiry()
    await this.#control.sessions.extend(person.sessionId, expiresAt)
    return this.sign({ person, expiresAt })
  }

  /** The `Set-Cookie` that carries a token. */
  cookie(req: Request, token: string): string {
    return cookie(req, token, Math.floor(this.#lifeMs / 1000))
  }

  #read(token: string): z.output<typeof claims> | null {
    try {
      const clockTimestamp = Math.floor(this.#clock.now() / 1000)
      const payload = jwt.verify(token, this.#key, { algorithms: ['HS256'], issuer: ISSUER, clockTimestamp })
      return claims.safeParse(payload).data ?? null
    } catch {
      return null
    }
  }
}

/** The `Set-Cookie` that forgets the session. */
export const clearedCookie = (req: Request): string => cookie(req, '', 0)

/** The token in the request's session cookie, if there is one. */
export function cookieToken(req: Request): string | null {
  for (const pair of (req.headers.cookie ?? '').split(';')) {
    const [name, value = ''] = pair.trim().split('=', 2)
    if (name === SESSION_COOKIE && value !== '') return value
  }
  return null
}

const cookie = (req: Request, value: string, maxAgeS: number): string =>
  `${SESSION_COOKIE}=${value}; Path=/; Max-Age=${maxAgeS}; HttpOnly; SameSite=Lax${req.secure ? '; Secure' : ''}`
