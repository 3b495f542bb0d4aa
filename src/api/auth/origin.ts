import type { Request } from 'express'
import { AppError } from '../../errors.ts'

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Does the browser say that a page of this appliance sent the request? `Sec-Fetch-Site` where there is one (browsers send it over
 * https and to localhost), else `Origin`. Null: neither is there, so it cannot be told.
 */
function sameOrigin(req: Request, publicUrl: string | null): boolean | null {
  const site = req.get('sec-fetch-site')
  if (site !== undefined) return site === 'same-origin' || site === 'none'
  const origin = req.get('origin')
  if (origin === undefined) return null
  const { host, protocol } = URL.canParse(origin) ? new URL(origin) : NO_URL
  // A page that came without TLS may be anybody's who sits on the wire.
  if (req.secure && protocol !== 'https:') return false
  return host !== null && (host === req.host?.toLowerCase() || (publicUrl !== null && host === new URL(publicUrl).host))
}

const NO_URL = { host: null, protocol: null }

/** A cookie comes along with whatever page made the browser send it, so what it changes must be asked by one of ours. */
export function requireSameOrigin(req: Request, publicUrl: string | null): void {
  if (SAFE.has(req.method) || sameOrigin(req, publicUrl) === true) return
  throw new AppError(
    'cross_origin',
    'A signed-in person can change things only from the pages of this appliance; scripts use an API key.',
  )
}

/** For log-in and set-up, which have no cookie yet: a page of another site may not do it, a program may. */
export function refuseForeignPage(req: Request, publicUrl: string | null): void {
  if (sameOrigin(req, publicUrl) !== false) return
  throw new AppError('cross_origin', 'This was sent by a page of another site.')
}
