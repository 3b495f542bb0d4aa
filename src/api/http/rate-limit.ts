import type { Request, Response } from 'express'
import type { Clock } from '../../clock.ts'
import { AppError } from '../../errors.ts'
import { LIMITS } from '../../plans.ts'
import type { Actor } from '../../storage/control/actor.ts'
import type { Endpoint } from './endpoint.ts'

const WINDOW_MS = 60_000
/** Said where there is no limit: the header is a number that clients parse. */
const UNLIMITED = 2_147_483_647
const PUBLIC_PER_WINDOW = 600
/** Addresses counted one by one in a window; whoever comes beyond shares one count, so that memory is bounded. */
const MOST_ADDRESSES = 10_000

/** Fixed one-minute windows: per tenant and endpoint family, or per address where nobody is identified. */
export class RateLimits {
  readonly #clock: Clock
  readonly #counts = new Map<string, number>()
  #window = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Counts the call and sets the `X-RateLimit-*` headers. Throws `rate_limited` (429) over the limit. */
  count(req: Request, res: Response, { family }: Endpoint, actor: Actor | null): void {
    const now = this.#clock.now()
    const window = Math.floor(now / WINDOW_MS)
    if (window !== this.#window) {
      this.#window = window
      this.#counts.clear()
    }
    const limit = limitOf(family, actor)
    const who = actor ? `${actor.tenantId} ${family}` : this.#address(req)
    const used = (this.#counts.get(who) ?? 0) + 1
    this.#counts.set(who, used)
    const resetAt = (window + 1) * WINDOW_MS
    res.setHeader('X-RateLimit-Limit', limit)
    res.setHeader('X-RateLimit-Remaining', limit === UNLIMITED ? UNLIMITED : Math.max(0, limit - used))
    res.setHeader('X-RateLimit-Reset', Math.ceil(resetAt / 1000))
    if (used <= limit) return
    const retryAfterS = Math.ceil((resetAt - now) / 1000)
    throw new AppError('rate_limited', `More than ${limit} calls in this minute; try again in ${retryAfterS} s.`, {
      retryAfterS,
    })
  }

  #address(req: Request): string {
    const address = `address ${req.ip}`
    return this.#counts.has(address) || this.#counts.size < MOST_ADDRESSES ? address : 'every other address'
  }
}

/** Ingest has no rate of its own: it is bounded by the month's quota and by what can be stored. */
function limitOf(family: Endpoint['family'], actor: Actor | null): number {
  if (!actor) return PUBLIC_PER_WINDOW
  const perSecond = LIMITS[actor.plan].readsPerSecond
  return family === 'ingest' || perSecond === null ? UNLIMITED : (perSecond * WINDOW_MS) / 1000
}
