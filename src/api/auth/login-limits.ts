import type { Clock } from '../../clock.ts'
import { AppError } from '../../errors.ts'

/** Failures that cost nothing. Many people can share an address, so it gets more of them than an account. */
const FREE = { account: 5, address: 20 }
const LONGEST_WAIT_MS = 15 * 60_000
/** After this long without a failure, what was before is forgotten. */
const FORGET_MS = 60 * 60_000
const MAX_ENTRIES = 10_000

interface Failures {
  count: number
  lastAt: number
}

/**
 * Slows down who guesses passwords: per account and per address, the wait doubles with each failure past the free ones, from one
 * second to 15 minutes. Kept in memory, bounded: the entries that were longest not touched go first.
 */
export class LoginLimits {
  readonly #clock: Clock
  readonly #failures = new Map<string, Failures>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * Call before the password is looked at: throws `login_slowed` while a wait runs, else counts the attempt as failed already, so
   * that many at once cannot slip through. `succeeded` takes it back.
   */
  attempt(email: string, address: string): void {
    const keys = keysOf(email, address)
    const now = this.#clock.now()
    const waitMs = Math.max(...keys.map(({ key, free }) => this.#waitUntil(key, free) - now))
    if (waitMs > 0) {
      throw new AppError('login_slowed', 'Too many failed log-ins; wait before you try again.', {
        retryAfterS: Math.ceil(waitMs / 1000),
      })
    }
    for (const { key } of keys) this.#put(key, { count: (this.#live(key)?.count ?? 0) + 1, lastAt: now })
  }

  /** Forgets the account's failures, and the address's last one. */
  succeeded(email: string, address: string): void {
    const [account, from] = keysOf(email, address)
    this.#failures.delete(account.key)
    const failures = this.#live(from.key)
    if (failures) this.#put(from.key, { ...failures, count: failures.count - 1 })
  }

  #waitUntil(key: string, free: number): number {
    const failures = this.#live(key)
    if (!failures || failures.count < free) return 0
    return failures.lastAt + Math.min(LONGEST_WAIT_MS, 1000 * 2 ** (failures.count - free))
  }

  #live(key: string): Failures | undefined {
    const failures = this.#failures.get(key)
    const now = this.#clock.now()
    if (!failures || now - failures.lastAt >= FORGET_MS) return undefined
    // A clock that was set back must not make anybody wait for it to come round again.
    failures.lastAt = Math.min(failures.lastAt, now)
    return failures
  }

  #put(key: string, failures: Failures): void {
    this.#failures.delete(key)
    this.#failures.set(key, failures)
    if (this.#failures.size <= MAX_ENTRIES) return
    const [oldest] = this.#failures.keys()
    if (oldest !== undefined) this.#failures.delete(oldest)
  }
}

const keysOf = (email: string, address: string) =>
  [
    { key: `account:${email.trim().toLowerCase()}`, free: FREE.account },
    { key: `address:${networkOf(address)}`, free: FREE.address },
  ] as const

/** An IPv6 customer has a whole /64 to choose addresses from, so that is what counts. */
function networkOf(address: string): string {
  const v4 = /^(?:::ffff:)?(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
  if (v4?.[1]) return v4[1]
  const [head = ''] = address.split('::')
  return head.split(':').slice(0, 4).join(':')
}
