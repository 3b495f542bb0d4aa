import type { Request } from 'express'
import type { Clock } from '../../clock.ts'
import { AppError } from '../../errors.ts'
import type { Actor, Key, Person } from '../../storage/control/actor.ts'
import type { ControlStore } from '../../storage/control/open.ts'
import type { Endpoint } from '../http/endpoint.ts'
import { hashKey, KEY_START } from './keys.ts'
import { requireSameOrigin } from './origin.ts'
import { cookieToken, type SessionTokens } from './sessions.ts'

export interface IdentifyOptions {
  control: ControlStore
  tokens: SessionTokens
  clock: Clock
  /** Config `server.public_url`. */
  publicUrl: string | null
}

export type Identify = (req: Request, endpoint: Pick<Endpoint, 'access'>) => Promise<Actor | null>

/**
 * Tells who sends a request: an API key (`Authorization: Bearer tl_…`, also without `Bearer`, as the password of `Basic`, or
 * `X-API-Key`), a person by token or by cookie, or nobody (null). Credentials that are there but not valid are a 401, except on a
 * public endpoint: nobody is kept from a public page by an old cookie.
 */
export function createIdentify(options: IdentifyOptions): Identify {
  return async (req, { access }) => {
    try {
      return await whoSends(req, options)
    } catch (error) {
      if (access === 'public' && error instanceof AppError) return null
      throw error
    }
  }
}

async function whoSends(req: Request, options: IdentifyOptions): Promise<Actor | null> {
  const token = headerToken(req)
  if (token !== null) return isJwt(token) ? personByToken(token, options) : keyOf(token, options)
  const cookie = cookieToken(req)
  return cookie === null ? null : personByCookie(req, cookie, options)
}

function headerToken(req: Request): string | null {
  const header = req.headers.authorization?.replace(/^bearer\s+/i, '').trim()
  const basic = header === undefined ? null : BASIC.exec(header)
  if (basic) return passwordOf(basic[1] ?? '')
  return header || req.get('x-api-key')?.trim() || null
}

const BASIC = /^basic\s+([\w+/-]+=*)$/i

/** Senders that know only a name and a password (Langfuse's SDKs) have their key as the password; the name is theirs. */
const passwordOf = (base64: string): string => {
  const text = Buffer.from(base64, 'base64').toString()
  return text.slice(text.indexOf(':') + 1).trim()
}

const isJwt = (token: string): boolean => !token.startsWith(KEY_START) && /^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)

/** The SDKs stop for good on exactly these texts in `error`, so they are not sentences. */
async function keyOf(secret: string, { control, clock }: IdentifyOptions): Promise<Key> {
  const key = await control.apiKeys.find(hashKey(secret))
  if (!key) throw new AppError('invalid_api_key', 'invalid_api_key')
  if (key.revokedAt !== null) throw new AppError('key_revoked', 'invalid_api_key')
  if (key.expiresAt !== null && key.expiresAt <= clock.now()) throw new AppError('api_key_expired', 'api_key_expired')
  control.apiKeys.used(key.id)
  const { id: keyId, tenantId, plan, projectId, scopes } = key
  return { kind: 'key', tenantId, plan, keyId, projectId, scopes }
}

async function personByToken(token: string, { tokens }: IdentifyOptions): Promise<Person> {
  const session = await tokens.verify(token)
  if (!session) throw sessionExpired()
  return session.person
}

async function personByCookie(req: Request, cookie: string, { tokens, publicUrl }: IdentifyOptions): Promise<Person> {
  const session = await tokens.verify(cookie)
  if (!session) throw sessionExpired()
  requireSameOrigin(req, publicUrl)
  const renewed = await tokens.renew(session)
  if (renewed !== null) req.res?.append('Set-Cookie', tokens.cookie(req, renewed))
  return session.person
}

const sessionExpired = (): AppError => new AppError('session_expired', 'Your session has ended; sign in again.')
